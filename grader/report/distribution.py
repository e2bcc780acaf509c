"""The class at a glance: how totals spread, and which criteria were hardest."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from grader.report.axes import Scale, Tick, bounds, ticks
from grader.report.visible_text import prose
from grader.report.wording import MARKS, counted, percent
from grader.rubric.model import Rubric
from grader.verdict import Result, Status, Verdict

BINS = 10
LEFT, RIGHT, TOP, BOTTOM = 44, 360, 30, 190
BAR = 300.0
"""Length of a criterion's bar in drawing units."""

_ORDER: tuple[Status, ...] = ("met", "partial", "unmet", "needs_review", "blocked", "infrastructure_error")
_DECIDED = frozenset({"met", "partial", "unmet"})
_LEGEND: dict[Status, str] = {
    "met": "met",
    "partial": "partly met",
    "unmet": "not met",
    "needs_review": "waiting for a person",
    "blocked": "not counted again",
    "infrastructure_error": "our fault",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One bin of the histogram. `top` is where its count is written."""

    x: float
    y: float
    width: float
    height: float
    count: str
    top: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares of decided points over the class; `sentence` says the same in words."""

    columns: tuple[Column, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A status' share of a criterion's bar."""

    css: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Difficulty:
    """One criterion over the class: the share of its decided points that was earned, and who got what."""

    title: str
    earned: str
    segments: tuple[Segment, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the legend."""

    css: str
    words: str


LEGEND = tuple(Key(MARKS[status].css, _LEGEND[status]) for status in _ORDER)


def histogram(results: Sequence[Result]) -> Histogram:
    """Ten bins of ten per cent; results without decided points are left out and counted in words."""
    shares = [min(1.0, max(0.0, share)) for result in results if (share := result.total.share) is not None]
    counts = [0] * BINS
    for share in shares:
        counts[min(BINS - 1, int(share * BINS + 1e-9))] += 1
    most = max(counts, default=0)
    y = Scale(0, bounds(0, most)[1] if most > 1 else 1, BOTTOM, TOP)
    x = Scale(0, 1, LEFT, RIGHT)
    columns = tuple(
        Column(
            x=round(x(index / BINS) + 1.5, 1), y=y(count), width=round((RIGHT - LEFT) / BINS - 3, 1),
            height=round(BOTTOM - y(count), 1), count=f"{count:,}" if count else "", top=round(y(count) - 5, 1),
        )
        for index, count in enumerate(counts)
    )  # fmt: skip
    x_ticks = tuple(Tick(x(share), f"{round(100 * share)} %") for share in (0, 0.25, 0.5, 0.75, 1))
    return Histogram(columns, x_ticks, ticks(y, 4, whole=True), _sentence(shares, len(results)))


def _sentence(shares: list[float], size: int) -> str:
    if not shares:
        return "Nothing is decided yet."
    low, middle, high = min(shares), statistics.median(shares), max(shares)
    text = f"Median {percent(middle)}, lowest {percent(low)}, highest {percent(high)}."
    left = size - len(shares)
    return f"{text} Left out: {counted(left, 'submission')} without decided points." if left else text


def difficulties(results: Sequence[Result], rubric: Rubric) -> tuple[Difficulty, ...]:
    """Every criterion, hardest first: by the points that the class lost by it; undecided ones last.

    What waits counts as not lost: two empty answers of fourteen, with the others unread, make no hardest question.
    """
    by_criterion: dict[str, list[Verdict]] = {criterion.id: [] for criterion in rubric.criteria}
    for result in results:
        for verdict in result.verdicts:
            if verdict.criterion in by_criterion:
                by_criterion[verdict.criterion].append(verdict)
    rated = [
        (_lost(by_criterion[criterion.id]), _difficulty(criterion.title, by_criterion[criterion.id]))
        for criterion in rubric.criteria
    ]
    return tuple(one for _, one in sorted(rated, key=lambda pair: (pair[0] is None, -(pair[0] or 0.0))))


def _lost(verdicts: list[Verdict]) -> float | None:
    if _earned(verdicts) is None:
        return None
    lost = sum(verdict.maximum - verdict.points for verdict in verdicts if verdict.status in _DECIDED)
    return lost / sum(verdict.maximum for verdict in verdicts if verdict.status != "blocked")


def _earned(verdicts: list[Verdict]) -> float | None:
    decided = [verdict for verdict in verdicts if verdict.status in _DECIDED]
    possible = sum(verdict.maximum for verdict in decided)
    return sum(verdict.points for verdict in decided) / possible if possible else None


def _difficulty(title: str, verdicts: list[Verdict]) -> Difficulty:
    counts = Counter(verdict.status for verdict in verdicts)
    segments: list[Segment] = []
    x = 0.0
    for status in _ORDER:
        width = BAR * counts[status] / max(1, len(verdicts))
        if width:
            segments.append(Segment(MARKS[status].css, round(x, 1), round(max(0.8, width - 1.5), 1)))
        x += width
    share = _earned(verdicts)
    words = ", ".join(f"{counts[status]:,} {_LEGEND[status]}" for status in _ORDER if counts[status])
    so_far = " so far" if any(counts[status] for status in ("needs_review", "infrastructure_error")) else ""
    earned = "none decided yet" if share is None else f"{percent(share)} earned{so_far}"
    return Difficulty(prose(title, 160), earned, tuple(segments), words or "no submissions")
