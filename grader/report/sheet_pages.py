"""The pages of a class that is too large for one: see `sheets.py` for what stands on which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.report import page, sorting
from grader.report.class_table import ClassTable, class_table, table_css
from grader.report.rows import BatchInfo, OverviewRow, by_name, need
from grader.report.sheets import MOST_ON_ONE_PAGE, Arrangement, Sheet, arrangements
from grader.report.visible_text import prose
from grader.rubric.model import Rubric

UP = "../"


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Everything the template shows. `before` and `after` are links, empty at the ends."""

    title: str
    place: str
    lab: str
    first: str
    last: str
    before: str
    after: str
    table: ClassTable


def render_sheets(rubric: Rubric, rows: Sequence[OverviewRow], batch_info: BatchInfo) -> Iterator[tuple[str, str]]:
    """Each page's path below the results folder and its HTML, one at a time; none for a class that fits on one page."""
    if len(rows) <= MOST_ON_ONE_PAGE:
        return
    ordered = by_name(rows)
    needs = [need(row, rubric) for row in ordered]
    lab = prose(batch_info.title, 160)
    for arrangement in arrangements(ordered, needs):
        for place, sheet in enumerate(arrangement.sheets):
            members = [ordered[number] for number in sheet.rows]
            css = table_css(rubric, members, [needs[number] for number in sheet.rows])
            view = _view(rubric, arrangement, place, members, lab)
            yield sheet.file, page.render("sheet.html", ("page.css", "overview.css"), css, sheet=view)


def _view(rubric: Rubric, arrangement: Arrangement, place: int, members: list[OverviewRow], lab: str) -> SheetPage:
    sheets = arrangement.sheets
    return SheetPage(
        title=arrangement.title,
        place=f"page {place + 1} of {len(sheets)}",
        lab=lab,
        first=sheets[place].first,
        last=sheets[place].last,
        before=_beside(sheets, place - 1),
        after=_beside(sheets, place + 1),
        table=class_table(
            rubric, members, sort_by="Sort this page by", up=UP,
            orders=() if arrangement.by_total else sorting.ORDERS,
        ),
    )  # fmt: skip


def _beside(sheets: Sequence[Sheet], place: int) -> str:
    return PurePosixPath(sheets[place].file).name if 0 <= place < len(sheets) else ""
