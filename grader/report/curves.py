"""Training curves: what each `fit` recorded, joined into one run of epochs.

Histories come from the student's kernel: any name, any length, any number, NaN and infinity among them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeGuard

from grader.evidence.model import Fit
from grader.report.axes import Scale, Tick, bounds, ticks
from grader.report.wording import counted, number

WIDTH, HEIGHT = 380, 240
LEFT, RIGHT, TOP, BOTTOM = 46, 368, 30, 200
MOST_POINTS = 300
LARGEST = 1e12
"""Anything beyond is as useless to draw as infinity, and safe to divide by."""
MOST_ROWS = 60
MOST_BOUNDARIES = 12
ROOM_FOR_LABEL = 110
"""Drawing units that the longest name of a phase needs."""

_ACCURACY = re.compile(r"(binary_|categorical_|sparse_categorical_)?acc(uracy)?(_\d{1,4})?")


@dataclass(frozen=True, slots=True)
class Phase:
    """A span of epochs: one `fit`. `first` and `last` count epochs from 1 over all fits drawn."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Boundary:
    """The line where a later `fit` takes over, with what stands on either side of it (empty where there is
    no room)."""

    x: float
    before: str
    after: str
    label_y: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One measured quantity over epochs, in drawing units. `css` is `training` or `validation`."""

    css: str
    name: str
    path: str
    dots: tuple[tuple[float, float], ...]
    legend_x: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing, with the words that replace it for those who cannot see it."""

    id: str
    title: str
    description: str
    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    boundaries: tuple[Boundary, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers behind the drawings."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Curves:
    """All that is drawn about training; `notes` say what the drawings cannot."""

    charts: tuple[Chart, ...]
    table: Table
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Series:
    css: str
    name: str
    values: tuple[float | None, ...]
    """None where a fit recorded nothing under that name: no fault, unlike NaN."""


def draw(fits: Sequence[Fit], names: Sequence[str]) -> Curves:
    """Accuracy and loss of the given fits, one after the other; `names` says what each fit was."""
    pairs = [(fit, name) for fit, name in zip(fits, names, strict=True) if _length(fit)]
    phases = _phases(pairs)
    joined = [fit for fit, _ in pairs]
    key = next((key for fit in joined for key in fit.history if _ACCURACY.fullmatch(key)), None)
    groups = [
        ("accuracy", "Accuracy", _series(joined, _ACCURACY if key else None)),
        ("loss", "Loss", _series(joined, re.compile("loss"))),
    ]
    charts = [_chart(id_, title, series, phases) for id_, title, series in groups if _drawable(series)]
    every = [(f"{title.lower()}, {one.css}", one) for _, title, series in groups for one in series]
    return Curves(tuple(charts), _table(every, phases), tuple(_notes(every)))


def _length(fit: Fit) -> int:
    return max((len(values) for values in fit.history.values()), default=0)


def _phases(pairs: Iterable[tuple[Fit, str]]) -> list[Phase]:
    phases: list[Phase] = []
    for fit, name in pairs:
        first = phases[-1].last + 1 if phases else 1
        phases.append(Phase(name, first, first + _length(fit) - 1))
    return phases


def _series(fits: list[Fit], pattern: re.Pattern[str] | None) -> list[_Series]:
    """Training and validation values over all fits."""
    if pattern is None:
        return []
    found: list[_Series] = []
    for css, prefix in (("training", ""), ("validation", "val_")):
        values: list[float | None] = []
        for fit in fits:
            names = (name for name in fit.history if name.startswith(prefix))
            key = next((name for name in names if pattern.fullmatch(name.removeprefix(prefix))), None)
            recorded = fit.history[key] if key is not None else ()
            values += [*recorded, *[None] * (_length(fit) - len(recorded))]
        if any(value is not None for value in values):
            found.append(_Series(css, css, tuple(values)))
    return found


def _fine(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value) and abs(value) <= LARGEST


def _drawable(series: list[_Series]) -> bool:
    return any(_fine(value) for one in series for value in one.values)


def _chart(id_: str, title: str, series: list[_Series], phases: list[Phase]) -> Chart:
    values = [value for one in series for value in one.values if _fine(value)]
    low, high = bounds(min(values), max(values))
    if id_ == "accuracy":
        low, high = min(low, 0.5), max(high, 1.0)
    epochs = phases[-1].last
    x = Scale(1, epochs, LEFT + 10, RIGHT - 10)
    y = Scale(low, high, BOTTOM, TOP)
    curves = tuple(_curve(one, x, y, index) for index, one in enumerate(series) if any(map(_fine, one.values)))
    described = [_described(one) for one in series if any(map(_fine, one.values))]
    span = f"{title} over {counted(epochs, 'epoch')}."
    marks = _boundaries(phases, x, label_y=BOTTOM - 8 if id_ == "accuracy" else TOP + 10)
    later = " ".join(f"From epoch {phase.first}: {phase.name}." for phase in phases[1:5])
    description = " ".join(part for part in (span, *described, later) if part)
    return Chart(id_, title, description, curves, ticks(x, 6, whole=True), ticks(y), marks)


def _curve(series: _Series, x: Scale, y: Scale, index: int) -> Curve:
    stride = max(1, math.ceil(len(series.values) / MOST_POINTS))
    points: list[tuple[float, float] | None] = [
        (x(epoch), y(value)) if _fine(value) else None
        for epoch, value in enumerate(series.values, start=1)
        if (epoch - 1) % stride == 0 or epoch == len(series.values)
    ]
    path: list[str] = []
    pen_down = False
    for point in points:
        if point is None:
            pen_down = False
            continue
        path.append(f"{'L' if pen_down else 'M'}{point[0]} {point[1]}")
        pen_down = True
    seen = [point for point in points if point is not None]
    dots = tuple(seen) if len(seen) <= 40 else (seen[-1],)
    return Curve(series.css, series.name, "".join(path), dots, LEFT + 130.0 * index)


def _described(series: _Series) -> str:
    seen = [value for value in series.values if _fine(value)]
    return f"{series.name.capitalize()}: from {number(seen[0], 3)} to {number(seen[-1], 3)}."


def _boundaries(phases: list[Phase], x: Scale, label_y: float) -> tuple[Boundary, ...]:
    """One line per change of phase. Accuracy climbs and loss falls, so labels stand low there and high here."""
    found: list[Boundary] = []
    for before, after in pairwise(phases):
        at = round((x(before.last) + x(after.first)) / 2, 1)
        only = len(phases) == 2
        left = before.name if only and at - LEFT > ROOM_FOR_LABEL else ""
        right = after.name if only and RIGHT - at > ROOM_FOR_LABEL else ""
        found.append(Boundary(at, left, right, label_y))
    return tuple(found) if len(found) <= MOST_BOUNDARIES else ()


def _table(every: list[tuple[str, _Series]], phases: list[Phase]) -> Table:
    total = phases[-1].last if phases else 0
    rows = [
        (str(epoch), phase.name, *(_cell(one.values[epoch - 1]) for _, one in every))
        for phase in phases
        for epoch in range(phase.first, min(phase.last, MOST_ROWS) + 1)
    ]
    notice = f"The first {MOST_ROWS} of {total} epochs." if total > MOST_ROWS else ""
    return Table(("epoch", "phase", *(name for name, _ in every)), tuple(rows), notice)


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return number(value, 4) if math.isfinite(value) else "NaN" if math.isnan(value) else "infinite"


def _notes(every: list[tuple[str, _Series]]) -> Iterable[str]:
    """Say where a training loss or accuracy stopped being a number: the drawing only shows a gap."""
    for name, series in every:
        if series.css != "training":
            continue
        for epoch, value in enumerate(series.values, start=1):
            if value is not None and not _fine(value):
                quantity = name.partition(",")[0]
                yield f"In epoch {epoch} the {quantity} was {_broken(value)}. The curve has a gap there."
                break


def _broken(value: float) -> str:
    return "not a number (NaN)" if math.isnan(value) else "infinite" if math.isinf(value) else "too large to draw"
