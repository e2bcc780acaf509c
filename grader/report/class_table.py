"""The table of a class, or of a part of it: one row per submission, one sign per criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from grader.report import sorting
from grader.report.distribution import LEGEND, Key
from grader.report.rows import Need, OverviewRow
from grader.report.visible_text import prose
from grader.report.wording import MARKS, RESULTS, RUNS_IN_SHORT, accuracy, duration, number
from grader.rubric.model import Rubric
from grader.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Cell:
    """A criterion's mark in the table: class for shape and colour, word for those who cannot see them."""

    css: str
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. `index` numbers lines in the order in which they stand, from 0."""

    index: int
    name: str
    id: str
    href: str
    cells: tuple[Cell, ...]
    total: str
    pending: str
    status: str
    accuracy: str
    run: str
    time: str


@dataclass(frozen=True, slots=True)
class ClassTable:
    """What `table.html` shows, in its order. Without `orders` the rows stay as they stand."""

    sort_by: str
    orders: tuple[sorting.Order, ...]
    legend: tuple[Key, ...]
    criteria: tuple[str, ...]
    rows: tuple[Row, ...]


def class_table(
    rubric: Rubric, rows: Sequence[OverviewRow], *, sort_by: str = "Sort by",
    orders: tuple[sorting.Order, ...] = sorting.ORDERS, up: str = "",
) -> ClassTable:  # fmt: skip
    """The rows as they are given. `up` leads from the page's folder to the results folder, such as `../`."""
    return ClassTable(
        sort_by=sort_by,
        orders=orders,
        legend=LEGEND,
        criteria=tuple(prose(criterion.title, 160) for criterion in rubric.criteria),
        rows=tuple(_row(index, row, rubric, up) for index, row in enumerate(rows)),
    )


def table_css(rubric: Rubric, rows: Sequence[OverviewRow], needs: Sequence[Need]) -> str:
    """Columns and orders of that table; numbers only."""
    columns = f":root {{ --criteria: {max(1, len(rubric.criteria))}; }}"
    return "\n".join([columns, sorting.rules(), sorting.ranks([row.result for row in rows], needs)])


def name_of(row: OverviewRow) -> str:
    """The student's name as far as it can be seen, else the submission's id."""
    return prose(row.name, 80) or prose(row.id, 80) or "No name given"


def link(href: str) -> str:
    """A link to a file below this page, percent-encoded: no scheme, no host, no way up; else empty."""
    parts = href.split("/")
    if not href or any(part in {"", ".", ".."} for part in parts):
        return ""
    return quote(href[:1000], safe="/-._~", errors="replace")


def _row(index: int, row: OverviewRow, rubric: Rubric, up: str) -> Row:
    verdicts = {verdict.criterion: verdict for verdict in row.result.verdicts}
    total = row.result.total
    href = link(row.href)
    return Row(
        index=index,
        name=name_of(row),
        id=prose(row.id, 40) if row.id != row.name else "",
        href=up + href if href else "",
        cells=tuple(_cell(verdicts.get(criterion.id)) for criterion in rubric.criteria),
        total=f"{number(total.points)} of {number(total.counted)}" if total.counted else "–",
        pending=f"+{number(total.pending)} open" if total.pending else "",
        status=RESULTS[row.result.status],
        accuracy=accuracy(row.accuracy),
        run=RUNS_IN_SHORT[row.run_status],
        time=duration(row.seconds) if row.seconds else "",
    )


def _cell(verdict: Verdict | None) -> Cell:
    if verdict is None:
        return Cell("absent", "no verdict")
    mark = MARKS[verdict.status]
    if verdict.status == "partial":
        return Cell(mark.css, f"{mark.word}, {number(verdict.points)} of {number(verdict.maximum)}")
    return Cell(mark.css, "Needs a person" if verdict.status == "needs_review" else mark.word)
