"""The total, with what is still open said out loud, as words and as a bar."""

from __future__ import annotations

from dataclasses import dataclass

from grader.report.wording import counted, number
from grader.verdict import Result, Total

BAR = 600.0
"""Length of the bar in drawing units."""


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the bar: its words double as the legend."""

    css: str
    words: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Score:
    """`points` of `counted` in big type, `sentence` below, `parts` as a bar."""

    points: str
    counted: str
    decided: bool
    sentence: str
    parts: tuple[Part, ...]
    description: str


def score(result: Result) -> Score:
    """The total of a result for people."""
    total = result.total
    ours = sum(verdict.maximum for verdict in result.verdicts if verdict.status == "infrastructure_error")
    ours = min(ours, total.pending)
    amounts = [
        ("met", max(0.0, total.points), "earned"),
        ("unmet", max(0.0, total.counted - total.points), "not earned"),
        ("review", total.pending - ours, "open for your teacher"),
        ("ours", ours, "open because of us"),
        ("blocked", total.excluded, "not counted twice"),
    ]
    amounts = [(css, amount, words) for css, amount, words in amounts if amount > 1e-9]
    whole = sum(amount for _, amount, _ in amounts) or 1.0
    parts: list[Part] = []
    x = 0.0
    for css, amount, words in amounts:
        width = BAR * amount / whole
        parts.append(Part(css, f"{number(amount)} {words}", round(x, 1), round(max(1.0, width - 3), 1)))
        x += width
    return Score(
        points=number(total.points),
        counted=number(total.counted),
        decided=total.counted > 0,
        sentence=_sentence(total, total.pending - ours, ours),
        parts=tuple(parts),
        description=f"Of {counted(total.maximum, 'point')}: {', '.join(part.words for part in parts)}.",
    )


def _sentence(total: Total, teacher: float, ours: float) -> str:
    parts: list[str] = []
    point = "more point" if total.counted > 0 else "point"
    excluded = total.excluded
    if teacher > 1e-9:
        parts.append(f"{counted(teacher, point)} {'awaits' if teacher == 1 else 'await'} your teacher.")
    if ours > 1e-9:
        parts.append(f"{counted(ours, point)} {'waits' if ours == 1 else 'wait'} for us.")
    if excluded > 1e-9:
        parts.append(f"{counted(excluded, 'point')} {'is' if excluded == 1 else 'are'} not counted twice.")
    if total.final:
        parts.append("This total is final.")
    return " ".join(parts)
