// Single keys press what bears their name in data-key. Without this file every page works by its buttons.
// The page loads this before its body, so that a key pressed as soon as something is to be seen is not lost.
"use strict";
(() => {
  const writing = (element) =>
    element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement ||
    (element instanceof HTMLInputElement && !["checkbox", "radio"].includes(element.type));

  let pressed = false; // a form that is on its way is not sent twice
  addEventListener("pageshow", () => { pressed = false; });

  // Keys that come before the page has been read to its end wait for what they name.
  const early = [];
  addEventListener("DOMContentLoaded", () => { for (const key of early.splice(0)) press(key); });

  const press = (key) => {
    const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
    if (!target || pressed) return false;
    if (target.matches("summary")) {
      target.parentElement.open = true;
      target.parentElement.querySelector("textarea").focus();
      return true;
    }
    if (target.matches("button, a")) pressed = true;
    target.click();
    return true;
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    const focus = document.activeElement;
    if (writing(focus)) {
      if (event.key === "Escape") focus.blur();
      return;
    }
    // Enter and the space bar belong to whatever has the focus.
    if (event.key === "Enter" && focus instanceof HTMLElement && focus.matches("a, button, summary")) return;
    if (document.readyState === "loading") early.push(event.key);
    else if (press(event.key)) event.preventDefault();
  });
})();
