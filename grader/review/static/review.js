// Single keys press what bears their name in data-key. Without this file every page works by its buttons.
"use strict";
(() => {
  const writing = (element) =>
    element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement ||
    (element instanceof HTMLInputElement && !["checkbox", "radio"].includes(element.type));

  let pressed = false; // a form that is on its way is not sent twice
  addEventListener("pageshow", () => { pressed = false; });

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    const focus = document.activeElement;
    if (writing(focus)) {
      if (event.key === "Escape") focus.blur();
      return;
    }
    // Enter and the space bar belong to whatever has the focus.
    if (event.key === "Enter" && focus instanceof HTMLElement && focus.matches("a, button, summary")) return;
    const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
    if (!target || pressed) return;
    event.preventDefault();
    if (target.matches("summary")) {
      target.parentElement.open = true;
      target.parentElement.querySelector("textarea").focus();
      return;
    }
    if (target.matches("button, a")) pressed = true;
    target.click();
  });
})();
