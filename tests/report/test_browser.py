"""The pages in a real browser. A page around them looks in from outside: they run no script themselves."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from grader.report import render_overview, render_report
from tests.report.examples import BATCH, EXAMPLES, class_of, exemplary
from tests.report.lab import RUBRIC
from tests.report.test_hostile_text import ATTACKS, poisoned

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)"),
]

HARNESS = """<!doctype html><meta charset="utf-8"><title>harness</title>
<iframe id="page" width="{width}" height="900" srcdoc="{page}"></iframe><pre id="out"></pre>
<script>
addEventListener("load", () => {{
  const frame = document.getElementById("page"), page = frame.contentDocument, view = frame.contentWindow;
  const answer = (() => {{ {script} }})();
  document.getElementById("out").textContent = JSON.stringify(answer);
}});
</script>"""


def ask(tmp_path: Path, page: str, script: str, width: int = 1200) -> Any:
    """What the script returns; in it, `page` is the document and `view` its window."""
    assert CHROMIUM is not None
    harness = tmp_path / "harness.html"
    harness.write_text(HARNESS.format(width=width, page=html.escape(page), script=script), encoding="utf-8")
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", harness.as_uri(),
        ],
        capture_output=True, encoding="utf-8", timeout=120, check=True,
    )  # fmt: skip
    text = done.stdout.partition('<pre id="out">')[2].partition("</pre>")[0]
    return json.loads(html.unescape(text))


ORDER = """
const names = () => [...page.querySelectorAll("tbody tr")]
  .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
  .map(row => row.querySelector("bdi").textContent);
const found = {};
for (const id of ["by-name", "by-low", "by-high", "by-need"]) { page.getElementById(id).click(); found[id] = names(); }
return found;
"""

SIZE = """
const far = [...page.querySelectorAll("body *")].filter(e => {
  const box = e.getBoundingClientRect();
  return box.right > view.innerWidth + 1 && box.width > 1 && !e.closest("pre, .scroll");
});
return {page: page.documentElement.scrollWidth, view: page.documentElement.clientWidth,
  styled: view.getComputedStyle(page.querySelector("h1")).lineHeight !== "normal",
  far: far.map(e => e.outerHTML.slice(0, 120))};
"""


def test_the_table_sorts_without_a_script_of_its_own(tmp_path: Path) -> None:
    rows = class_of(12)
    orders = ask(tmp_path, render_overview(RUBRIC, rows, BATCH), ORDER)
    totals = {row.name: row.result.total.share for row in rows}
    by_name = orders["by-name"]
    assert by_name == sorted(by_name)

    def expected(sign: int) -> list[str]:
        return sorted(by_name, key=lambda name: (totals[name] is None, sign * (totals[name] or 0)))

    assert orders["by-low"] == expected(1)
    assert orders["by-high"] == expected(-1)
    assert orders["by-need"][:2] == ["Rosalind Franklin", "Kurt Gödel"]


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("name", ["exemplary", "not_frozen", "crashed"])
def test_nothing_sticks_out_of_the_page(tmp_path: Path, name: str, width: int) -> None:
    example = EXAMPLES[name]()
    found = ask(tmp_path, render_report(example.evidence, example.result, RUBRIC), SIZE, width)
    assert found["styled"], "the Content-Security-Policy refused the page's own style sheet"
    assert found["far"] == []
    assert found["page"] <= found["view"]


def test_the_overview_scrolls_only_inside_its_table_on_a_phone(tmp_path: Path) -> None:
    found = ask(tmp_path, render_overview(RUBRIC, class_of(12), BATCH), SIZE, width=390)
    assert found["styled"]
    assert found["far"] == []
    assert found["page"] <= found["view"]


def test_every_attack_at_once_runs_nothing_and_sticks_out_nowhere(tmp_path: Path) -> None:
    made, judged = poisoned(" ".join(text for text in ATTACKS if "\x00" not in text))
    found = ask(tmp_path, render_report(made, judged, RUBRIC), SIZE, width=390)
    assert found["far"] == []
    assert found["page"] <= found["view"]


def test_an_injected_script_would_be_refused(tmp_path: Path) -> None:
    example = exemplary()
    page = render_report(example.evidence, example.result, RUBRIC)
    injected = page.replace("<h1>", "<script>document.title = 'owned'</script><h1 style='display:none'>")
    found = ask(tmp_path, injected, "return [page.title, view.getComputedStyle(page.querySelector('h1')).display];")
    assert found[0] != "owned"
    assert found[1] != "none"
