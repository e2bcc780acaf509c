"""The buttons on which points are given, and reading points that were typed."""

from __future__ import annotations

import math
from dataclasses import dataclass

from grader.report.wording import number

_STEPS = (0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0, 20.0, 25.0, 50.0, 100.0)
_MOST = 9
"""Steps between nothing and everything: one key from 0 to 9 each."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what it says and sends, and its key."""

    points: float
    words: str
    key: str


def choices(maximum: float) -> list[Choice]:
    """Points to choose from, at most ten: from 0 to `maximum` in the finest round steps that fit."""
    step = next((step for step in _STEPS if maximum / step <= _MOST), maximum / _MOST)
    if maximum <= 1:
        step = maximum / 4
    values = [index * step for index in range(math.ceil(maximum / step - 1e-9))]
    return [Choice(round(value, 4), number(value), str(key)) for key, value in enumerate([*values, maximum])]


def parse_points(text: str, maximum: float) -> float | None:
    """Points as typed, with a point or a comma; None when they are no number from 0 to `maximum`."""
    if len(text) > 20:
        return None
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= maximum else None
