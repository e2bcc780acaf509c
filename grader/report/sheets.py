"""A class too large for one table: how its rows are laid out on several pages, and what each page is called.

Every row stands on three pages: among the names, among the totals, and among those with the same state. So a reader
without scripts finds anyone by name, the weakest and the strongest by total, and whoever waits for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.report.rows import NEEDS, Need, OverviewRow
from grader.report.visible_text import prose
from grader.report.wording import percent

MOST_ON_ONE_PAGE = 500
"""Rows. A browser opens a table of so many at once on a small machine, and a person still finds somebody in it."""
ROWS_PER_SHEET = 250
FOLDER = "overview"
"""Below the results folder; all sheets lie in it."""
LONGEST_NAME = 28

STATES: dict[Need, str] = {
    "ours": "Our side failed",
    "unreadable": "Could not be read",
    "code": "Code to look at",
    "written": "Only written answers to mark",
    "none": "Final, or nothing for a person to do",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of rows. `file` is its path below the results folder; `rows` are numbers of rows in the order of
    names; `first` and `last` say what stands at its ends."""

    file: str
    rows: tuple[int, ...]
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Arrangement:
    """All rows, or all with one state, in one order. `by_total`: lowest first, undecided last."""

    title: str
    sheets: tuple[Sheet, ...]
    count: str
    by_total: bool = False


def arrangements(rows: Sequence[OverviewRow], needs: Sequence[Need]) -> tuple[Arrangement, ...]:
    """By name, by total, and one for each state that occurs. `rows` in the order of names, `needs` beside them."""
    names = [prose(row.name, LONGEST_NAME) or prose(row.id, LONGEST_NAME) or "No name given" for row in rows]
    totals = [_share(row) for row in rows]
    everyone = range(len(rows))
    lowest = sorted(everyone, key=lambda number: _undecided_last(rows[number].result.total.share))
    made = [
        _arrangement("By name", "name", everyone, names),
        _arrangement("By total, lowest first", "total", lowest, totals, by_total=True),
    ]
    for state in NEEDS:
        members = [number for number in everyone if needs[number] == state]
        if members:
            made.append(_arrangement(STATES[state], first_sheet_of(state, stem=True), members, names))
    return tuple(made)


def first_sheet_of(state: Need, *, stem: bool = False) -> str:
    """The page on which the submissions of a state begin; with `stem` the part that all its pages share."""
    name = f"state-{state}"
    return name if stem else f"{FOLDER}/{name}-001.html"


def _arrangement(
    title: str, stem: str, members: Sequence[int], words: Sequence[str], *, by_total: bool = False
) -> Arrangement:
    return Arrangement(title, tuple(_sheets(stem, members, words)), f"{len(members):,}", by_total)


def _sheets(stem: str, members: Sequence[int], words: Sequence[str]) -> Iterator[Sheet]:
    for number, begin in enumerate(range(0, len(members), ROWS_PER_SHEET), 1):
        rows = tuple(members[begin : begin + ROWS_PER_SHEET])
        yield Sheet(f"{FOLDER}/{stem}-{number:03}.html", rows, words[rows[0]], words[rows[-1]])


def _share(row: OverviewRow) -> str:
    share = row.result.total.share
    return "nothing decided" if share is None else percent(share)


def _undecided_last(share: float | None) -> tuple[bool, float]:
    return (share is None, share or 0.0)
