"""Results on a terminal of 80 columns. Names, reasons and hints may quote a student: see `grader.console`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
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
STATUS_WORDS = {
    "graded": "final",
    "needs_review": "to review",
    "unreadable": "unreadable",
    "infrastructure_error": "our failure",
}


def print_summary(graded: Graded, out: Path) -> None:
    """One row per student, one column per criterion, then where the reports are."""
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column("student", max_width=24, no_wrap=True, overflow="ellipsis")
    for number, _ in enumerate(graded.rubric.criteria, 1):
        table.add_column(str(number), justify="center", no_wrap=True, min_width=2 if number > 9 else 1)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for result in graded.results:
        by_id = {verdict.criterion: verdict for verdict in result.verdicts}
        marks = [Text(*MARKS[by_id[criterion.id].status]) for criterion in graded.rubric.criteria]
        table.add_row(Text(console_line(result.name, 80)), *marks, points_in_words(result), STATUS_WORDS[result.status])
    console.print(table)
    console.print()
    console.print(LEGEND, style="bright_black")
    for number, criterion in enumerate(graded.rubric.criteria, 1):
        title = console_line(criterion.title)
        console.print(f"{number:>2} {title} ({criterion.points:g})", markup=False, style="bright_black")
    console.print(f"\nOverview: {out / 'index.html'}\nGrades:   {out / 'grades.csv'}", soft_wrap=True, markup=False)


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
        points = (
            f"{verdict.points:g}/{verdict.maximum:g}"
            if verdict.status in ("met", "partial", "unmet")
            else f"?/{verdict.maximum:g}"
        )
        console.print(Text.assemble((f"{sign} ", style), (console_line(verdict.title), "bold"), f"  {points}"))
        where = (
            f" (code cell {verdict.places[0].code_cell}, line {verdict.places[0].first_line})" if verdict.places else ""
        )
        console.print(f"  {console_line(verdict.reason)}{where}", markup=False)
        if verdict.hint and verdict.status != "met":
            console.print(f"  → {console_line(verdict.hint)}", markup=False)
    console.print()
    console.print(LEGEND, style="bright_black")
