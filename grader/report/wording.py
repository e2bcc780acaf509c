"""The words for statuses, strengths, runs and numbers: one place, so that every page says the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from grader.evidence.model import Run, RunStatus, Strength
from grader.report.visible_text import prose
from grader.verdict import ResultStatus, Status


@dataclass(frozen=True, slots=True)
class Mark:
    """A status as people see it: a word, and the name of its shape and colour in the style sheet."""

    word: str
    css: str


HUGE: Final = 10**15
"""Larger whole numbers are nobody's count (and Python refuses to print the largest)."""
GROUPED: Final = 1000
"""From here on digits are grouped by thousands."""

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

MARKS: Final[Mapping[Status, Mark]] = {
    "met": Mark("Met", "met"),
    "partial": Mark("Partly met", "partial"),
    "unmet": Mark("Not met yet", "unmet"),
    "needs_review": Mark("Awaits your teacher", "review"),
    "blocked": Mark("Not counted again", "blocked"),
    "infrastructure_error": Mark("Our fault", "ours"),
}

STRENGTHS: Final[Mapping[Strength, str]] = {
    "verified": "Measured by us in a clean process",
    "observed": "Recorded while your notebook ran",
    "stated": "Read from your source",
}

RUNS: Final[Mapping[RunStatus, str]] = {
    "completed": "Your notebook ran from top to bottom without an error.",
    "cells_failed": "Your notebook ran to its end, but not every cell worked.",
    "timed_out": "Your notebook ran out of time before its end.",
    "kernel_died": "Python stopped before your notebook reached its end.",
    "not_run": "We did not run your notebook.",
    "unreadable": "We could not read your notebook.",
}

RUNS_IN_SHORT: Final[Mapping[RunStatus, str]] = {
    "completed": "ran through",
    "cells_failed": "a cell failed",
    "timed_out": "out of time",
    "kernel_died": "stopped early",
    "not_run": "not run",
    "unreadable": "unreadable",
}

RESULTS: Final[Mapping[ResultStatus, str]] = {
    "graded": "final",
    "needs_review": "needs a person",
    "unreadable": "unreadable",
    "infrastructure_error": "our fault",
}


def policy(name: str) -> str:
    """A training policy in one sentence. Other names than the known ones are shown as they are."""
    return {
        "auto": "Automatic: heads on a frozen base were trained again by us; other notebooks were trained in full.",
        "replay": "Replay: heads on a frozen base were trained again by us; no notebook was trained in full.",
        "full": "Full: training ran as you wrote it.",
        "capped": "Capped: each training was cut short after a few steps.",
        "none": "None: nothing was trained.",
    }.get(name, prose(name, 60))


def run_sentence(run: Run) -> str:
    """How the run went, in one friendly sentence."""
    if run.status == "cells_failed" and run.errors:
        count = counted(len(run.errors), "cell")
        if all(error.ours for error in run.errors):
            return f"Your notebook ran to its end. {count} failed because our machine lacks something."
        return f"Your notebook ran to its end, but {count} stopped with an error."
    return RUNS[run.status]


def number(value: float, digits: int = 2) -> str:
    """A number without needless zeros; words for what is no number, or too large to be one."""
    if isinstance(value, int) and abs(value) >= HUGE:
        return "a huge number"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if abs(value) >= 1e9:
        return f"{value:.3g}"
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def counted(count: float, noun: str, plural: str = "") -> str:
    """`1 point`, `2 points`, `0.5 points`."""
    text = grouped(count)
    return f"{text} {noun}" if text == "1" else f"{text} {plural or noun + 's'}"


def grouped(count: float) -> str:
    """A count with its digits in groups: `950`, `2,259,265`."""
    return f"{count:,.0f}" if GROUPED <= count < HUGE else number(count)


def percent(share: float) -> str:
    """A fraction in [0, 1] as whole per cent; never 100 % for less than all, nor 0 % for more than none."""
    whole = round(100 * share)
    if whole == 100 and share < 1:
        whole = 99
    if whole == 0 and share > 0:
        whole = 1
    return f"{whole}\u202f%"


def accuracy(value: float | None) -> str:
    """A fraction in [0, 1] to three digits, or a dash."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"


def duration(seconds: float) -> str:
    """Seconds in words: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`."""
    if not math.isfinite(seconds) or seconds < 0:
        return "unknown"
    if seconds < 9.95:
        return f"{number(seconds, 1)} s"
    if seconds >= HUGE:
        return "very long"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def moment(stamp: str) -> str:
    """An ISO 8601 date and time for people, in UTC; unknown forms are shown as they are."""
    try:
        when = datetime.fromisoformat(stamp)
        if when.tzinfo is not None:
            when = when.astimezone(UTC)
    except (ValueError, OverflowError):
        return prose(stamp, 60)
    return f"{when:%Y-%m-%d %H:%M} UTC"


def day(stamp: str) -> str:
    """The date of an ISO 8601 moment for people, in UTC, such as `22 November 2026`; unknown forms as they are."""
    try:
        when = datetime.fromisoformat(stamp)
        when = when if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return prose(stamp, 60)
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def listed(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
