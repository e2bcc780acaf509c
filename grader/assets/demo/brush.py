"""Drawing in an animal's own coordinates: origin at the head's centre, one unit = the head's radius, y down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Points = npt.NDArray[np.float64]
"""Shape (n, 2): x and y."""

CURVE_STEPS = 7


def smooth(points: Sequence[tuple[float, float]] | Points) -> Points:
    """A closed Catmull-Rom curve through (n, 2) points, as a (n * CURVE_STEPS, 2) polygon."""
    knots = np.asarray(points, dtype=np.float64)
    before, after, beyond = np.roll(knots, 1, 0), np.roll(knots, -1, 0), np.roll(knots, -2, 0)
    t = np.linspace(0.0, 1.0, CURVE_STEPS, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (part[:, None, :] for part in (before, knots, after, beyond))
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.asarray(curve.reshape(-1, 2))


def oval(x: float, y: float, rx: float, ry: float, tilt: float = 0.0, steps: int = 36) -> Points:
    """An ellipse as a (steps, 2) polygon; `tilt` in radians."""
    turn = np.linspace(0.0, 2 * np.pi, steps, endpoint=False)
    flat = np.stack([rx * np.cos(turn), ry * np.sin(turn)], axis=1)
    c, s = np.cos(tilt), np.sin(tilt)
    return np.asarray(flat @ np.array([[c, s], [-s, c]]) + (x, y))


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (factor < 1) or lighter (factor > 1)."""
    if factor <= 1:
        return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))
    mix = min(factor - 1, 1.0)
    return blend(colour, (255, 250, 244), mix)


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    red, green, blue = (int(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


class Brush:
    """Fills and strokes shapes on one transparent RGBA layer, placed, turned and scaled as a whole."""

    def __init__(
        self, size: tuple[int, int], centre: tuple[float, float], scale: float, angle: float, mirrored: bool
    ) -> None:
        self.layer = Image.new("RGBA", size, (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.layer)
        self._centre = np.asarray(centre, dtype=np.float64)
        self.scale = scale
        cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
        side = -1.0 if mirrored else 1.0
        self._turn = np.array([[side * cos, side * sin], [-sin, cos]])

    def place(self, points: Sequence[tuple[float, float]] | Points) -> list[tuple[float, float]]:
        """Pixel coordinates of (n, 2) points."""
        pixels = np.asarray(points, dtype=np.float64) @ self._turn + self._centre
        return [(float(x), float(y)) for x, y in pixels]

    def fill(self, points: Sequence[tuple[float, float]] | Points, colour: Colour) -> None:
        """Fill a polygon as it is."""
        self._draw.polygon(self.place(points), fill=(*colour, 255))

    def blob(self, points: Sequence[tuple[float, float]] | Points, colour: Colour) -> None:
        """Fill the smooth closed curve through the points."""
        self.fill(smooth(points), colour)

    def fur(self, points: Points, colour: Colour, rng: np.random.Generator, fluff: float) -> None:
        """Fill a polygon whose edge is ragged by about `fluff` units, as fur is."""
        middle = points.mean(axis=0)
        outward = points - middle
        length = np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-6)
        self.fill(points + outward / length * rng.uniform(-fluff, fluff, size=(len(points), 1)), colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour, tilt: float = 0.0) -> None:
        """Fill an ellipse."""
        self.fill(oval(x, y, rx, ry, tilt), colour)

    def line(self, points: Sequence[tuple[float, float]] | Points, colour: Colour, width: float) -> None:
        """Stroke an open line; `width` in units, at least one pixel."""
        self._draw.line(self.place(points), fill=(*colour, 255), width=max(1, round(width * self.scale)), joint="curve")
