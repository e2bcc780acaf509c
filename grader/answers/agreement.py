"""How well suggestions agree with a person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """How well suggestions agreed with the teacher on marks that they had not seen (leave-one-out)."""

    marks: int
    correlation: float | None
    """Pearson's r; None where all marks, or all suggestions, are the same."""
    kappa: float | None
    """Quadratic weighted kappa over steps of a quarter; None where all marks are the same."""
    mean_error: float
    """Mean absolute difference, as a fraction of the points."""
    would_accept: int
    """Answers that automatic acceptance would have taken."""
    overrated: int
    """Those of them that lie more than one step above the teacher's mark."""


def pearson(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's correlation; None where either does not vary."""
    n = len(one)
    if n < 2:
        return None
    mean_one, mean_other = math.fsum(one) / n, math.fsum(other) / n
    over = math.fsum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    under = math.sqrt(math.fsum((a - mean_one) ** 2 for a in one) * math.fsum((b - mean_other) ** 2 for b in other))
    return over / under if under > 1e-12 else None


def quadratic_kappa(marks: Sequence[float], predicted: Sequence[float], step: float = 0.25) -> float | None:
    """Cohen's kappa with quadratic weights over marks rounded to `step` (Cohen, Psych. Bulletin 70, 1968).

    None where all marks are the same: then agreement cannot be told from habit.
    """
    one = [round(mark / step) for mark in marks]
    other = [math.floor(min(1.0, max(0.0, value)) / step + 0.5) for value in predicted]
    if len(set(one)) < 2:
        return None
    n = len(one)
    seen = math.fsum((a - b) ** 2 for a, b in zip(one, other, strict=True)) / n
    chance = math.fsum((a - b) ** 2 for a in one for b in other) / n**2
    return 1 - seen / chance if chance else None
