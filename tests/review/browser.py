"""The app as a program of its own, and a real browser before it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 30_000
"""Milliseconds for a page: machines that run tests are busy."""


@dataclass(frozen=True)
class Running:
    """The app at work: where it answers, and the link that works once."""

    address: str
    link: str


@contextmanager
def running(out: Path, *options: str) -> Iterator[Running]:
    """`grader review OUT`, as a person starts it."""
    app = subprocess.Popen(
        [sys.executable, "-u", "-m", "grader", "review", str(out), "--as", "Grace", *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", env=os.environ,
    )  # fmt: skip
    try:
        assert app.stdout is not None
        line = app.stdout.readline()
        link = re.search(r"http://127\.0\.0\.1:\d+/enter\?token=\S+", line)
        assert link is not None, line + app.stdout.read()
        yield Running(link[0].partition("/enter")[0], link[0])
    finally:
        app.terminate()
        app.wait(timeout=30)
        if app.stdout is not None:
            app.stdout.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    assert CHROMIUM is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def page_of(browser: Browser, *, width: int = 1280, scripts: bool = True, dark: bool = False) -> Page:
    """A page in a profile of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, accept_downloads=True,
        color_scheme="dark" if dark else "light",
    )  # fmt: skip
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and its best practices, with the place."""
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    return [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def sticking_out(page: Page) -> bool:
    """Whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
