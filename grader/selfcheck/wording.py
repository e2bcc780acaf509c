"""Words of the self-check that the terminal, the notebook and the page share."""

from __future__ import annotations

from collections.abc import Mapping

from grader.selfcheck.table import Group, How, Row, SelfCheck
from grader.verdict import Status

GROUPS: Mapping[Group, str] = {"fix": "To fix", "open": "Not decided here", "fine": "Fine"}

SIGNS: Mapping[Status, str] = {
    "met": "+", "partial": "~", "unmet": "x", "needs_review": "?", "blocked": "-", "infrastructure_error": "!",
}  # fmt: skip

STATES: Mapping[Status, str] = {
    "met": "fine", "partial": "partly", "unmet": "missing or wrong", "needs_review": "open",
    "blocked": "follows from another", "infrastructure_error": "our fault",
}  # fmt: skip

HOW: Mapping[How, str] = {
    "run": "Your notebook was run from top to bottom.",
    "source": "Nothing was run, only the text was read: a run can show more.",
    "session": "Your live session was looked at; nothing was run again.",
}

UNDECIDED: Mapping[How, str] = {
    "run": "need a person",
    "source": "need a run or a person",
    "session": "need a fresh run or a person",
}


def points_so_far(answer: SelfCheck) -> str:
    """`12 of 17 points so far; 4 more need a person.`"""
    line = f"{answer.points:g} of {answer.decided:g} points so far"
    blocked = sum(row.maximum for row in answer.rows if row.status == "blocked")
    waiting = answer.maximum - answer.decided - blocked
    parts = [f"{waiting:g} more {UNDECIDED[answer.how]}"] if waiting else []
    parts += [f"{blocked:g} depend on what is to fix"] if blocked else []
    return "; ".join([line, *parts]) + "."


def row_points(row: Row) -> str:
    """`1.5/3`, or `?/3` where it is not decided here."""
    return f"{'?' if row.points is None else format(row.points, 'g')}/{row.maximum:g}"


def told_together(answer: SelfCheck, group: Group) -> list[tuple[Row, ...]]:
    """The rows of one group in the table's order; those with one cause are told once, where the first of them stands.

    A notebook without a model would otherwise hear the same advice seven times.
    """
    by_cause: dict[tuple[str, ...], list[Row]] = {}
    for row in answer.rows:
        if row.group != group:
            continue
        told = () if group == "fine" else (row.found, row.hint)
        cause = (row.follows_from,) if row.follows_from else told
        by_cause.setdefault(cause, []).append(row)
    return [tuple(rows) for rows in by_cause.values()]
