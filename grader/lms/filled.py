"""Marks put into a platform's list, and all that has to be said about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from grader.exports.mark import Mark, mark_of
from grader.exports.results_json import SubmissionResult
from grader.lms.people import Matched
from grader.lms.table import Table, disarmed, starts_formula


@dataclass(frozen=True)
class Rules:
    """What a teacher allows."""

    provisional: bool = False
    """Write marks that can still rise."""
    keep: bool = False
    """Leave a mark that stands there."""


@dataclass
class Filled:
    """The list with marks in it."""

    table: Table
    matched: Matched
    written: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Marks that stood there and were another."""
    kept: list[str] = field(default_factory=list)
    """Marks that stood there and were left."""
    waiting: list[str] = field(default_factory=list)
    """Not final: nothing was written, whatever stood there is as it was."""
    ours: list[str] = field(default_factory=list)
    """Our side failed on these: nothing was written."""
    notes: list[str] = field(default_factory=list)


def mark_to_write(filled: Filled, entry: SubmissionResult, possible: float, old: str, rules: Rules) -> Mark | None:
    """The mark for one row, or None when what stands there stays; says why in `filled`."""
    name = entry.submission.name
    mark = mark_of(entry.total, possible)
    if entry.status == "infrastructure_error":
        filled.ours.append(name)
        return None
    if mark is None or (not mark.final and not rules.provisional):
        filled.waiting.append(name)
        return None
    if old.strip() and same_number(old, mark.value):
        filled.written.append(name)
        return mark
    if old.strip() and rules.keep:
        filled.kept.append(f"{name}: {old.strip()} stays, {mark.value:g} was found")
        return None
    if old.strip():
        filled.changed.append(f"{name}: {old.strip()} becomes {mark.value:g}")
    filled.written.append(name)
    return mark


def same_number(text: str, value: float) -> bool:
    """Whether a cell holds that number, with a point or a comma."""
    number = number_in(text)
    return number is not None and abs(number - value) < 0.005


def number_in(text: str) -> float | None:
    """The number in a cell; None for anything else."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return number if -1e9 < number < 1e9 else None


def disarm(table: Table, keys: Iterable[int | None]) -> list[str]:
    """Make the cells that came with the list safe for a spreadsheet, but for those that the platform finds people by.

    Returns what was done, in words.
    """
    spared = set(keys)
    done, left = 0, 0
    for row in table.rows:
        for at, cell in enumerate(row):
            if starts_formula(cell):
                if at in spared:
                    left += 1
                else:
                    row[at] = disarmed(cell)
                    done += 1
    notes = []
    if done:
        notes.append(f"{done} cell(s) that a spreadsheet would take for a formula got an apostrophe in front.")
    if left:
        notes.append(f"{left} id(s) in this list begin like a formula and were left: do not open it in a spreadsheet.")
    return notes
