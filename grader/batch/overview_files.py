"""The overview on disk: one page, and pages of rows beside it where the class is large."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.report import BatchInfo, OverviewRow, render_overview, render_sheets
from grader.report.sheets import FOLDER
from grader.rubric.model import Rubric
from grader.storage import write_text_atomically


def write_overview(out: Path, rubric: Rubric, rows: Sequence[OverviewRow], batch: BatchInfo) -> None:
    """Write `index.html` below `out`, last, so that it leads to pages that are there; pages of an earlier and larger
    class go.

    Raises:
        OSError: cannot be written.
    """
    written: set[str] = set()
    for name, html in render_sheets(rubric, rows, batch):
        (out / FOLDER).mkdir(exist_ok=True)
        write_text_atomically(out / name, html, durable=False)  # what is lost is made again from the evidence
        written.add(name)
    write_text_atomically(out / "index.html", render_overview(rubric, rows, batch))
    for page in (out / FOLDER).glob("*.html"):
        if f"{FOLDER}/{page.name}" not in written:
            page.unlink()
