"""The self-check on a terminal of 80 columns. Texts may quote the notebook: see `grader.console`."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.console import console_line
from grader.selfcheck.table import Row, SelfCheck, Where
from grader.selfcheck.wording import GROUPS, HOW, SIGNS, points_so_far, row_points, told_together

STYLES = {"fix": "red", "open": "cyan", "fine": "green"}
PARTLY = "yellow"


def print_self_check(answer: SelfCheck, console: Console | None = None) -> None:
    """What to fix first, with what was asked, found, where, and what to try; then the rest on a line each.

    Rich leaves colours out where the output is no terminal or `NO_COLOR` is set (no-color.org).
    """
    out = console or Console(highlight=False)
    out.print(Text(console_line(answer.lab), "bold"))
    out.print(f"{points_so_far(answer)} {HOW[answer.how]}", markup=False)
    for group, heading in GROUPS.items():
        together = told_together(answer, group)
        if together:
            out.print(Text(f"\n{heading}", "bold"))
        for rows in together:
            _print_rows(out, rows, whole=group == "fix")
    if answer.later:
        out.print(Text("\nWhen your lab is graded", "bold"))
        for later in answer.later:
            out.print(Text(f"  {console_line(later.title)} ({later.points:g})"))
    for note in answer.notes:
        out.print(Text(f"\nNote: {console_line(note)}", "dim"))


def _print_rows(out: Console, rows: tuple[Row, ...], *, whole: bool) -> None:
    """The titles of criteria with one cause, then what is to be said about all of them."""
    head = Table.grid(padding=(0, 1))
    head.add_column(width=1)
    head.add_column(max_width=66)
    head.add_column(justify="right")
    for row in rows:
        style = PARTLY if row.status == "partial" else STYLES[row.group]
        title = Text(console_line(row.title), "bold" if whole else "")
        head.add_row(Text(SIGNS[row.status], style), title, row_points(row))
    out.print(head)
    row = rows[0]
    if row.group == "fine":
        return
    said = Table.grid(padding=(0, 2))
    said.add_column(width=5, style="dim")
    said.add_column(max_width=66)
    if row.follows_from:
        said.add_row("Why", Text(f"This can follow from “{console_line(row.follows_from)}”. It costs nothing more."))
    else:
        if whole and len(rows) == 1:
            said.add_row("Asked", Text(console_line(row.expected)))
        said.add_row("Found", Text(console_line(row.found)))
        if row.where:
            said.add_row("Where", _place(row.where[0], with_code=whole))
    if row.hint:
        said.add_row("Try", Text(console_line(row.hint), "bold"))
    out.print(Padding(said, (0, 0, 1 if whole else 0, 2)))


def _place(place: Where, *, with_code: bool) -> Text:
    code = console_line(place.code, 100) if with_code else ""
    return Text.assemble(place.words, ("\n" + code, "dim")) if code else Text(place.words)
