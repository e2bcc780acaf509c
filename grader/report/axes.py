"""Scales and round numbers for the charts."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map from data in [low, high] to drawing units between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Drawing position of `value`, to a tenth of a unit."""
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return round(self.start + share * (self.end - self.start), 1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled position on an axis."""

    at: float
    label: str


def step(span: float, count: int) -> float:
    """A round step (1, 2 or 5 times a power of ten) that cuts `span` > 0 into about `count` parts.

    After "Nice numbers for graph labels", Paul Heckbert, Graphics Gems, 1990.
    """
    rough = span / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    return min((factor * power for factor in (1, 2, 5, 10)), key=lambda nice: abs(math.log(nice / rough)))


def bounds(low: float, high: float, count: int = 4) -> tuple[float, float]:
    """The closest round numbers around [low, high]."""
    if not high - low > 1e-9 * max(1.0, abs(low), abs(high)):
        pad = max(abs(low) * 0.1, 0.1)
        low, high = low - pad, high + pad
    for _ in range(3):  # rounding outwards widens the span, which may ask for a wider step
        width = step(high - low, count)
        low, high = math.floor(low / width + 1e-9) * width, math.ceil(high / width - 1e-9) * width
    return low, high


def ticks(scale: Scale, count: int = 4, *, whole: bool = False) -> tuple[Tick, ...]:
    """Round numbers within the scale, smallest first; `whole` admits whole numbers only."""
    span = scale.high - scale.low
    if not span > 0:
        return (Tick(scale(scale.low), _label(scale.low, 1)),)
    width = step(span, count)
    if whole:
        width = max(1.0, round(width))
    first = math.ceil(scale.low / width - 1e-9)
    last = math.floor(scale.high / width + 1e-9)
    return tuple(Tick(scale(index * width), _label(index * width, width)) for index in range(first, last + 1))


def _label(value: float, width: float) -> str:
    if abs(value) >= 1e5 or width < 1e-4:
        return f"{value:.2g}"
    if width >= 1:
        return f"{value:,.0f}"
    digits = max(0, -math.floor(math.log10(width) + 1e-9))
    return f"{value:.{digits}f}"
