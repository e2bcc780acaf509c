"""What came of a verification, on a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.console import console_line
from grader.mutation.campaign import Campaign
from grader.mutation.outcome import Row, in_words

_COLUMNS = (
    ("caught", "caught", False), ("missed", "missed", True), ("other", "else", True), ("asked_lost", "asked", True),
    ("kept", "kept", False), ("waiting", "open", False), ("blocked", "blkd", False), ("wronged", "lost", True),
    ("asked_kept", "asked", True),
)  # fmt: skip
"""Counts, their headings, and whether anything but 0 is wrong. The first four are where points must be lost."""
_LEGEND = (
    "Where points must be lost: caught, missed, lost for something else, asked of a person. "
    "Where they must be kept: kept, open (a person decides, as for the reference), blocked by a criterion that failed, "
    "lost, asked of a person."
)


def print_campaign(campaign: Campaign, out: Path) -> None:
    """The confusion table, everything that is not as expected, and where the rest stands."""
    console = Console(highlight=False)
    console.print(_table(campaign.table()))
    console.print(_LEGEND, style="bright_black")
    console.print()
    for line in summary(campaign):
        console.print(console_line(line), markup=False)
    if campaign.lost_by_reference:
        console.print(
            f"The reference itself loses points: {', '.join(campaign.lost_by_reference)}. Correct it, or the rubric, "
            "first.", style="red", markup=False,
        )  # fmt: skip
    for each in campaign.outcomes:
        if not each.as_expected:
            console.print(Text.assemble(("x ", "red"), (f"{each.name}", "bold"), f" ({each.source}): {each.says}"))
            for part in each.wrong:
                console.print(f"    {console_line(in_words(part), 300)}", markup=False)
    console.print(f"\nTable:   {out / 'verification.html'}\nData:    {out / 'verification.json'}", soft_wrap=True)
    console.print(f"Reports: {out / 'runs'}", soft_wrap=True, markup=False)


def summary(campaign: Campaign) -> Iterator[str]:
    """One line for each source: how many were run, how many are as expected, how many do not apply."""
    for source, plural in (("sample", "samples"), ("mutant", "mutants"), ("rewrite", "rewrites")):
        mine = [each for each in campaign.outcomes if each.source == source]
        left = [made for made in campaign.not_applicable if made.kind == source]
        if mine or left:
            right = sum(each.as_expected for each in mine)
            tail = f"; {len(left)} not applicable" if left else ""
            yield f"{plural:<9}{right} of {len(mine)} as expected{tail}"
    if campaign.untried:
        names = ", ".join(campaign.untried)
        yield f"untried  no mutant takes points from {names}: see “Variants of your own” in docs/verifying.md"
    yield from (f"  not applicable: {made.name}: {made.why_not}" for made in campaign.not_applicable)


def _table(rows: tuple[Row, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column("criterion", max_width=21, no_wrap=True, overflow="ellipsis")
    for _, heading, _ in _COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        cells = []
        for name, _, wrong in _COLUMNS:
            number = getattr(row, name)
            cells.append(Text(str(number or "·"), "bright_black" if not number else "bold red" if wrong else "green"))
        table.add_row(row.criterion, *cells)
    return table
