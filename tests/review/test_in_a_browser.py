"""From opening the link to the exported mark, in a real browser, with and without JavaScript."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from tests.review.browser import CHROMIUM, PATIENCE, chromium, page_of, running, sticking_out, violations
from tests.review.classes import QUESTION

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)"),
]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all."""
    with chromium() as one:
        yield one


def exported(page: Page, address: str, tmp_path: Path) -> dict[str, dict[str, str]]:
    """The rows of the downloaded table, by id."""
    page.goto(f"{address}/export")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download grades.csv").click()
    download.value.save_as(tmp_path / "grades.csv")
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_from_the_link_to_the_exported_mark_by_keyboard(browser: Browser, out: Path, tmp_path: Path) -> None:
    with running(out) as app:
        page = page_of(browser)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto(app.link)
        page.goto(f"{app.address}/questions/{QUESTION}")
        page.keyboard.press("Enter")
        first = page.get_by_role("heading", level=1)
        expect(page.get_by_text("0 of 4 marked")).to_be_visible()
        name = first.inner_text()
        page.keyboard.press("r")
        page.keyboard.type("Say 1 more thing.")
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        expect(page.get_by_text("1 of 4 marked")).to_be_visible()
        page.keyboard.press("a")
        page.keyboard.press("2")
        expect(page.get_by_text("2 of 4 marked")).to_be_visible()
        page.keyboard.press("0")
        expect(page.get_by_text("3 of 4 marked")).to_be_visible()
        page.keyboard.press("u")
        expect(page.get_by_text("2 of 4 marked")).to_be_visible()
        rows = exported(page, app.address, tmp_path)
        given = sorted(row[QUESTION] for row in rows.values() if row[f"{QUESTION} status"] != "needs_review")
        assert given == ["0", "0.5", "1"]  # nothing was written by one student: 0 by itself
        assert rows[name.split()[0].lower()][QUESTION] in ("0.5", "1")
        assert problems == []


def late(route: Route) -> None:
    """Let a second pass before the answer."""
    time.sleep(1)
    route.continue_()


def test_a_key_pressed_as_soon_as_there_is_something_to_see_is_not_lost(browser: Browser, out: Path) -> None:
    with running(out) as app:
        page = page_of(browser)
        page.goto(app.link)
        # The script comes a second late, as over a slow line: no answer is shown that keys do not work on.
        page.route("**/review.js", late)
        page.goto(f"{app.address}/questions/{QUESTION}/next", wait_until="commit")
        expect(page.get_by_text("0 of 4 marked")).to_be_visible()
        page.keyboard.press("2")
        expect(page.get_by_text("1 of 4 marked")).to_be_visible()


def test_from_the_link_to_the_exported_mark_without_javascript(browser: Browser, out: Path, tmp_path: Path) -> None:
    with running(out) as app:
        page = page_of(browser, scripts=False)
        page.goto(app.link)
        page.get_by_role("link", name="Question: why is the base frozen?").first.click()
        page.get_by_role("link", name="Start marking").click()
        page.get_by_role("button", name="Accept").click()
        expect(page.get_by_text("1 of 4 marked")).to_be_visible()
        page.get_by_text("Write something").click()
        page.get_by_label("A new reusable comment").fill("Say why.")
        page.get_by_role("button", name="0.25").click()
        expect(page.get_by_text("2 of 4 marked")).to_be_visible()
        page.get_by_label("Say why.").check()
        page.get_by_role("button", name="Save the comments only").click()
        expect(page.get_by_label("Say why.")).to_be_checked()
        page.goto(f"{app.address}/submissions/ada")
        control = page.locator("#c-head")
        control.locator("summary").first.click()
        control.get_by_label("Other points").fill("2.5")
        # Enter in a field must save what stands there, and not press the first button with points.
        control.get_by_label("Other points").press("Enter")
        expect(control.get_by_text("Decided by Grace")).to_be_attached()
        rows = exported(page, app.address, tmp_path)
        assert rows["ada"]["head"] == "2.5"
        assert max(row[QUESTION] for row in rows.values()) in ("0.75", "1")
        page.get_by_role("button", name="Write all files").click()
        expect(page.get_by_text("Written: 5 reports")).to_be_visible()
        assert "Decided by your teacher" in (out / "reports/ada.html").read_text()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_axe_finds_nothing_and_nothing_sticks_out(browser: Browser, out: Path, width: int, dark: bool) -> None:
    with running(out) as app:
        page = page_of(browser, width=width, dark=dark)
        page.goto(app.link)
        found = violations(page)
        page.goto(f"{app.address}/questions/{QUESTION}/next")
        page.get_by_text("Write something").click()
        page.get_by_label("A new reusable comment").fill("Say why.")
        found += violations(page)
        page.get_by_role("button", name="Accept").click()
        expect(page.get_by_text("1 of 4 marked")).to_be_visible()
        found += violations(page)
        found += ["sticks out: answer"] if sticking_out(page) else []
        for where in (f"/questions/{QUESTION}", "/", "/history", "/export", f"/comments/{QUESTION}", "/nowhere"):
            page.goto(app.address + where)
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            found += violations(page)
            found += [f"sticks out: {where}"] if sticking_out(page) else []
        page.goto(f"{app.address}/submissions/ada")
        page.locator("#c-head > summary").click()
        page.locator("#c-head").get_by_text("Write down a question of the student").click()
        page.locator("#appeal-head").fill("Why?")
        page.locator("#c-head").get_by_role("button", name="Write it down").click()
        expect(page.locator("#c-head blockquote")).to_have_text("Why?")
        found += violations(page)
        found += ["sticks out: submission"] if sticking_out(page) else []
        assert found == []


def test_text_of_a_student_runs_nowhere(browser: Browser, out: Path) -> None:
    said: list[str] = []

    def heard(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    with running(out) as app:
        page = page_of(browser)
        page.on("dialog", heard)
        page.goto(app.link)
        for where in (f"/questions/{QUESTION}", "/submissions/dana"):
            page.goto(app.address + where)
            page.wait_for_load_state("load")
        assert page.locator("iframe").count() == 1
        assert page.frame_locator("iframe").get_by_text("<img src=x").first.text_content() is not None
        assert said == []
