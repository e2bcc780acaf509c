"""Bodies: what is seen of the animal behind and below its head."""

from __future__ import annotations

import numpy as np

from grader.assets.demo.brush import Brush, blend, oval, shade, smooth
from grader.assets.demo.traits import Traits


def draw_body(brush: Brush, traits: Traits, rng: np.random.Generator) -> None:
    """Draw the body for the pose: shoulders only, sitting upright, or lying to one side."""
    if traits.pose == "portrait":
        _shoulders(brush, traits, rng)
    elif traits.pose == "sitting":
        _sitting(brush, traits, rng)
    else:
        _lying(brush, traits, rng)


def _tail(brush: Brush, traits: Traits, root: tuple[float, float], rng: np.random.Generator) -> None:
    x, y = root
    lift = float(rng.uniform(-0.2, 1.0))
    # A cat's tail is long and even; a dog's is shorter, thicker at the root and feathered.
    length, width = (2.3, 0.24) if traits.kind == "cat" else (1.5, 0.34)
    along = np.linspace(0, 1, 14)
    path = np.stack([x + length * (along - 0.35 * along**2), y - length * lift * along**1.7], axis=1)
    for step, point in zip(along, path, strict=True):
        narrow = 1.0 - 0.35 * step if traits.kind == "cat" else 1.0 - 0.75 * step
        tip = traits.coat in ("patched", "masked") and step > 0.75
        ring = traits.coat == "striped" and int(step * 12) % 3 == 0
        colour = traits.second if tip else shade(traits.fur, 0.7 if ring else 0.92)
        brush.fur(oval(point[0], point[1], width * narrow, width * narrow, steps=14), colour, rng, traits.fluff * 1.5)


def _shoulders(brush: Brush, traits: Traits, rng: np.random.Generator) -> None:
    wide = 1.25 if traits.kind == "cat" else 1.4
    outline = smooth([(-0.55, 0.35), (0.55, 0.35), (wide, 1.7), (wide + 0.15, 3.6), (-wide - 0.15, 3.6), (-wide, 1.7)])
    brush.fur(outline, shade(traits.fur, 0.9), rng, traits.fluff)
    if traits.coat in ("patched", "masked"):
        brush.fur(oval(0, 1.75, 0.5, 0.85), traits.second, rng, traits.fluff * 2)
    _stripes(brush, traits, [(-wide * 0.9, 1.6), (-wide * 0.95, 2.1), (wide * 0.55, 1.6), (wide * 0.6, 2.1)])


def _sitting(brush: Brush, traits: Traits, rng: np.random.Generator) -> None:
    _tail(brush, traits, (0.9, 3.1), rng)
    wide = 1.05 if traits.kind == "cat" else 1.15
    back = smooth(
        [
            (-0.5, 0.4),
            (0.5, 0.4),
            (0.95, 1.5),
            (wide + 0.3, 2.8),
            (0.8, 3.6),
            (-0.8, 3.6),
            (-wide - 0.3, 2.8),
            (-0.95, 1.5),
        ]
    )
    brush.fur(back, shade(traits.fur, 0.88), rng, traits.fluff)
    _stripes(brush, traits, [(-1.05, 1.9), (-1.2, 2.4), (0.65, 1.9), (0.8, 2.4)])
    for side in (-1, 1):
        brush.fur(oval(side * 0.95, 3.15, 0.48, 0.52), shade(traits.fur, 0.82), rng, traits.fluff)
    chest = traits.second if traits.coat in ("patched", "masked") else shade(traits.fur, 1.12)
    brush.fur(oval(0, 1.75, 0.5, 0.85), chest, rng, traits.fluff * 2)
    paw = traits.second if traits.coat in ("patched", "masked") else shade(traits.fur, 1.1)
    for side in (-1, 1):
        leg = smooth([(side * 0.12, 2.0), (side * 0.58, 2.0), (side * 0.55, 3.5), (side * 0.14, 3.5)])
        brush.fur(leg, traits.fur, rng, traits.fluff * 0.5)
        _paw(brush, side * 0.36, 3.52, paw)


def _lying(brush: Brush, traits: Traits, rng: np.random.Generator) -> None:
    _tail(brush, traits, (2.6, 1.1), rng)
    back = smooth(
        [(-0.6, 0.1), (0.4, -0.15), (1.7, -0.1), (2.8, 0.4), (3.0, 1.25), (1.6, 1.65), (-0.2, 1.6), (-0.9, 1.0)]
    )
    brush.fur(back, shade(traits.fur, 0.9), rng, traits.fluff)
    _stripes(brush, traits, [(1.0, 0.15), (1.5, 0.2), (2.0, 0.3), (2.4, 0.5)])
    if traits.coat in ("patched", "spotted"):
        brush.fur(oval(1.8, 0.5, 0.45, 0.3, 0.3), traits.second, rng, traits.fluff * 2)
    brush.fur(oval(2.3, 1.15, 0.65, 0.5), shade(traits.fur, 0.82), rng, traits.fluff)
    paw = traits.second if traits.coat in ("patched", "masked") else shade(traits.fur, 1.1)
    for x in (-0.75, 0.15):
        brush.fur(oval(x, 1.35, 0.32, 0.26), traits.fur, rng, traits.fluff * 0.5)
        _paw(brush, x - 0.15, 1.52, paw)


def _paw(brush: Brush, x: float, y: float, colour: tuple[int, int, int]) -> None:
    brush.oval(x, y, 0.31, 0.2, colour)
    dark = blend(colour, (40, 30, 28), 0.5)
    for toe in (-0.09, 0.09):
        brush.line([(x + toe, y), (x + toe, y + 0.16)], dark, 0.03)


def _stripes(brush: Brush, traits: Traits, roots: list[tuple[float, float]]) -> None:
    if traits.coat != "striped":
        return
    dark = shade(traits.fur, 0.6)
    for x, y in roots:
        brush.blob([(x, y), (x + 0.25, y + 0.05), (x + 0.45, y + 0.3), (x + 0.2, y + 0.17)], dark)
