"""Results on a terminal of 80 columns. Names, reasons and hints may quote a student: see `grader.console`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from grader.batch.deliver import Graded
from grader.console import console_line
from grader.verdict import Result, Status

MARKS: dict[Status, tuple[str, str]] = {
    "met": ("+", "green"),
    "partial": ("~", "yellow"),
    "unmet": ("x", "red"),
    "needs_review": ("?", "cyan"),
    "blocked": ("-", "bright_black"),
    "infrastructure_error": ("!", "magenta"),
}
LEGEND = "+ met  ~ partly  x not met  ? a person decides  - not counted twice  ! our fault"
MOST_ROWS = 400
"""A longer table scrolls away what stands above it."""
LONGEST_NAME = 24
"""Columns of a terminal."""
STATUS_WORDS = {
    "graded": "final",
    "needs_review": "to review",
    "unreadable": "unreadable",
    "infrastructure_error": "our failure",
}


def print_summary(graded: Graded, out: Path) -> None:
    """One row per student, one column per criterion, then where the reports are and what is left to do."""
    console = Console(highlight=False)
    for line in _table(graded):
        console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    console.print()
    console.print(LEGEND, style="bright_black")
    for number, criterion in enumerate(graded.rubric.criteria, 1):
        title = console_line(criterion.title)
        console.print(f"{number:>2} {title} ({criterion.points:g})", markup=False, style="bright_black")
    console.print(f"\nOverview: {out / 'index.html'}\nGrades:   {out / 'grades.csv'}", soft_wrap=True, markup=False)
    waiting = sum(result.status == "needs_review" for result in graded.in_short)
    if waiting:
        wait = "waits" if waiting == 1 else "wait"
        command = f"grader review {shlex.quote(str(out))}"
        console.print(
            f"{waiting:,} of {len(graded.in_short):,} {wait} for a person: {command}", soft_wrap=True, markup=False
        )


def _table(graded: Graded) -> Iterator[Text]:
    """Lines as wide as their content. rich's own tables take a second for a class of 300, and hold all of it."""
    ids = [criterion.id for criterion in graded.rubric.criteria]
    head = [str(number) for number in range(1, len(ids) + 1)]
    shown = graded.in_short[:MOST_ROWS]
    rows = [_row(result, ids) for result in shown]
    widths = [
        max([len("student"), *(cell_len(name) for name, _, _, _ in rows)]),
        max([len("points"), *(len(points) for _, _, points, _ in rows)]),
    ]
    yield Text(_line("student", head, "points", "status", widths), "bold")
    for name, statuses, points, status in rows:
        line = Text(_line(name, [MARKS[one][0].center(len(title)) for one, title in zip(statuses, head, strict=True)],
                          points, status, widths))  # fmt: skip
        place = widths[0] + 2
        for one, title in zip(statuses, head, strict=True):
            line.stylize(MARKS[one][1], place, place + len(title))
            place += len(title) + 2
        yield line
    left = len(graded.in_short) - len(shown)
    if left:
        yield Text(f"and {left:,} more: see the overview", "bright_black")


def _row(result: Result, criteria: Sequence[str]) -> tuple[str, tuple[Status, ...], str, str]:
    by_id = {verdict.criterion: verdict.status for verdict in result.verdicts}
    name = console_line(result.name, 80)
    if cell_len(name) > LONGEST_NAME:
        name = set_cell_size(name, LONGEST_NAME - 1).rstrip() + "…"
    return name, tuple(by_id[one] for one in criteria), points_in_words(result), STATUS_WORDS[result.status]


def _line(name: str, marks: Sequence[str], points: str, status: str, widths: Sequence[int]) -> str:
    return "  ".join([set_cell_size(name, widths[0]), *marks, points.rjust(widths[1]), status])


def points_in_words(result: Result) -> str:
    """`12.5/15`: earned of what has been decided."""
    return f"{result.total.points:g}/{result.total.counted:g}"


def print_result(result: Result) -> None:
    """One submission: the total, what to do next, then each criterion."""
    console = Console(highlight=False)
    total = result.total
    line = f"{total.points:g} of {total.counted:g} points decided"
    if total.pending:
        line += f", {total.pending:g} wait for a person"
    if total.excluded:
        line += f", {total.excluded:g} not counted twice"
    console.print(line, style="bold", markup=False)
    if result.next_step:
        console.print(f"Next: {console_line(result.next_step)}", markup=False)
    console.print()
    for verdict in result.verdicts:
        sign, style = MARKS[verdict.status]
        decided = verdict.status in ("met", "partial", "unmet")
        points = f"{verdict.points:g}/{verdict.maximum:g}" if decided else f"{sign}/{verdict.maximum:g}"
        console.print(Text.assemble((f"{sign} ", style), (console_line(verdict.title), "bold"), f"  {points}"))
        where = (
            f" (code cell {verdict.places[0].code_cell}, line {verdict.places[0].first_line})" if verdict.places else ""
        )
        console.print(f"  {console_line(verdict.reason)}{where}", markup=False)
        if verdict.hint and verdict.status != "met":
            console.print(f"  → {console_line(verdict.hint)}", markup=False)
    console.print()
    console.print(LEGEND, style="bright_black")
