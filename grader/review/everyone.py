"""The whole class as the first page lists it: found by name, chosen by what waits, a page of rows at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from grader.verdict import Result

ROWS = 250
"""Rows of one page: as many as the overview shows on one; a browser opens them at once."""
LONGEST_SEARCH = 200

Chosen = Literal["all", "waiting", "final"]
CHOICES: Mapping[Chosen, str] = {"all": "Everyone", "waiting": "Waits for a person", "final": "Final"}


@dataclass(frozen=True, slots=True)
class Line:
    """One submission in the list."""

    id: str
    name: str
    result: Result
    waits: tuple[str, ...]
    """Titles of the criteria that wait for a person."""
    appeals: int
    """Unanswered ones."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of rows: its number from 1, and the names at its ends."""

    number: int
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Everyone:
    """The rows of one page, out of `found` that were asked for."""

    rows: tuple[Line, ...]
    found: int
    begin: int
    """Number of the first row shown, from 1; 0 when there is none."""
    page: int
    leaves: tuple[Leaf, ...]
    search: str
    chosen: Chosen


def everyone(lines: Sequence[Line], asked: Mapping[str, str]) -> Everyone:
    """The page asked for; whatever cannot be a page or a choice means the first of all.

    Args:
        lines: the class in the order of names.
        asked: of the address: `q` (part of a name or id), `show` (a key of `CHOICES`), `page`.
    """
    search = asked.get("q", "").strip()[:LONGEST_SEARCH]
    show = asked.get("show", "all")
    chosen = cast(Chosen, show) if show in get_args(Chosen) else "all"
    wanted = search.casefold()
    found = [
        line for line in lines
        if _is_chosen(line, chosen) and (wanted in line.name.casefold() or wanted in line.id.casefold())
    ]  # fmt: skip
    leaves = tuple(
        Leaf(number, found[begin].name, found[min(begin + ROWS, len(found)) - 1].name)
        for number, begin in enumerate(range(0, len(found), ROWS), 1)
    )
    page = min(max(1, _number(asked.get("page", ""))), max(1, len(leaves)))
    begin = (page - 1) * ROWS
    rows = tuple(found[begin : begin + ROWS])
    return Everyone(rows, len(found), begin + 1 if rows else 0, page, leaves, search, chosen)


def _is_chosen(line: Line, chosen: Chosen) -> bool:
    if chosen == "waiting":
        return bool(line.waits or line.appeals)
    return chosen == "all" or line.result.total.final


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
