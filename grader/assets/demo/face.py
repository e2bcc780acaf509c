"""Heads: ears, coat markings, eyes, muzzle. What tells a cat from a dog is here, with overlaps on purpose."""

from __future__ import annotations

import numpy as np

from grader.assets.demo.brush import Brush, Colour, blend, oval, shade, smooth
from grader.assets.demo.traits import Traits

PINK: Colour = (226, 158, 152)
INK: Colour = (34, 28, 28)


def draw_ears_behind(brush: Brush, traits: Traits, rng: np.random.Generator) -> None:
    """Pointed and folded ears, which the head covers at their root."""
    if traits.ears == "floppy":
        return
    ear = shade(traits.second if traits.coat == "masked" else traits.fur, 0.86)
    for side in (-1, 1):
        lean = 0.12 * traits.turn * side
        if traits.ears == "folded":
            brush.fur(
                smooth([(side * 0.35, -0.75), (side * 0.72, -0.98), (side * 0.98, -0.62), (side * 0.8, -0.4)]),
                ear, rng, traits.fluff * 0.5,
            )  # fmt: skip
            continue
        tall = 1.6 + 0.18 * traits.ear_length + (0.05 if traits.kind == "cat" else -0.02)
        spread = 0.72 if traits.kind == "cat" else 0.8
        outer, inner = (0.98, -0.3), (0.2, -0.82)
        tip = (side * (spread + 0.06 + lean), -tall)
        points = np.array([(side * inner[0], inner[1]), tip, (side * outer[0], outer[1]), (side * 0.5, -0.2)])
        if traits.kind == "dog":
            points = smooth(
                [points[0], (tip[0] - side * 0.15, -tall + 0.08), (tip[0] + side * 0.12, -tall + 0.12), *points[2:]]
            )
        brush.fill(points, ear)
        middle = points.mean(axis=0)
        brush.fill(middle + (points - middle) * 0.6 + (0, -0.03), blend(PINK, traits.fur, 0.35))


def draw_head(brush: Brush, traits: Traits, rng: np.random.Generator) -> None:
    """The head itself with its coat's markings, and floppy ears over it."""
    round_ = 0.05 * traits.roundness
    if traits.kind == "cat":
        outline = smooth(
            [(0, -0.88), (0.62, -0.74), (1.0 + round_, -0.1), (0.98 + round_, 0.38), (0.5, 0.82), (0, 0.92),
             (-0.5, 0.82), (-0.98 - round_, 0.38), (-1.0 - round_, -0.1), (-0.62, -0.74)]
        )  # fmt: skip
    else:
        outline = smooth(
            [(0, -0.95), (0.6, -0.82), (0.9 + round_, -0.25), (0.82 + round_, 0.35), (0.55, 0.85), (0, 1.05),
             (-0.55, 0.85), (-0.82 - round_, 0.35), (-0.9 - round_, -0.25), (-0.6, -0.82)]
        )  # fmt: skip
    brush.fur(outline, traits.fur, rng, traits.fluff)
    _markings(brush, traits, rng)
    if traits.ears == "floppy":
        _floppy_ears(brush, traits, rng)


def _markings(brush: Brush, traits: Traits, rng: np.random.Generator) -> None:
    look = 0.16 * traits.turn
    dark = shade(traits.fur, 0.6)
    if traits.coat == "striped":
        for x in (-0.3, 0.0, 0.3):
            brush.blob(
                [(x - 0.05, -0.82), (x + 0.05, -0.82), (x * 0.6 + look + 0.02, -0.42), (x * 0.6 + look - 0.02, -0.42)],
                dark,
            )
        for side in (-1, 1):
            for y in (0.12, 0.36):
                brush.blob([(side * 0.95, y), (side * 0.6, y + 0.1), (side * 0.93, y + 0.12)], dark)
    elif traits.coat == "patched":
        side = 1 if rng.random() < 0.5 else -1
        brush.fur(oval(side * 0.42 + look, -0.25, 0.38, 0.44), traits.second, rng, traits.fluff)
    elif traits.coat == "masked":
        brush.fur(
            smooth([(look, -0.8), (look + 0.14, -0.2), (0.55, 0.45), (0, 0.82), (-0.55, 0.45), (look - 0.14, -0.2)]),
            traits.second,
            rng,
            traits.fluff,
        )
    elif traits.coat == "spotted":
        for _ in range(9):
            where = rng.uniform(-0.65, 0.65, size=2)
            brush.oval(where[0], where[1] * 0.9, 0.07, 0.06, dark)


def _floppy_ears(brush: Brush, traits: Traits, rng: np.random.Generator) -> None:
    colour = shade(traits.second if traits.coat in ("patched", "masked") and rng.random() < 0.3 else traits.fur, 0.72)
    long = 0.55 + 0.4 * traits.ear_length
    for side in (-1, 1):
        swing = 0.1 * traits.turn * side + float(rng.uniform(-0.05, 0.05))
        ear = smooth(
            [(side * 0.42, -0.86), (side * 0.85, -0.85), (side * (1.18 + swing), -0.3), (side * (1.2 + swing), long),
             (side * (0.95 + swing), long + 0.22), (side * 0.76, long - 0.1), (side * 0.72, -0.25)]
        )  # fmt: skip
        brush.fur(ear, colour, rng, traits.fluff * 0.7)
        brush.line([(side * 0.74, -0.3), (side * (0.8 + swing / 2), long * 0.6)], shade(colour, 0.75), 0.03)


def draw_face(brush: Brush, traits: Traits, rng: np.random.Generator) -> None:
    """Eyes, muzzle, nose, mouth and whiskers, drawn over the shaded fur."""
    look = 0.16 * traits.turn
    muzzle = shade(traits.second if traits.coat in ("masked", "patched") else traits.fur, 1.22)
    if traits.kind == "cat":
        _eyes(brush, traits, look, apart=0.42, y=-0.1, wide=0.215, tall=0.19)
        _cat_muzzle(brush, traits, look * 1.3, muzzle, rng)
    else:
        _eyes(brush, traits, look, apart=0.36, y=-0.2, wide=0.135, tall=0.14)
        _dog_muzzle(brush, traits, look * 1.5, muzzle, rng)


def _eyes(brush: Brush, traits: Traits, look: float, *, apart: float, y: float, wide: float, tall: float) -> None:
    for side in (-1, 1):
        x = side * apart + look
        if traits.asleep:
            arc = np.linspace(0, np.pi, 9)
            brush.line(np.stack([x + wide * np.cos(arc), y + 0.09 * np.sin(arc)], axis=1), INK, 0.05)
            continue
        if traits.kind == "cat":
            rim = smooth(
                [
                    (x - side * wide * 1.1, y + 0.06),
                    (x, y - tall * 1.15),
                    (x + side * wide * 1.25, y - 0.08),
                    (x, y + tall),
                ]
            )
            brush.fill(rim, INK)
            brush.fill((rim - (x, y)) * 0.84 + (x, y), traits.eyes)
            brush.oval(x + look * 0.2, y, 0.05 + 0.035 * (1 + traits.roundness), tall * 0.86, INK)
        else:
            brush.oval(x, y, wide * 1.25, tall * 1.2, INK)
            brush.oval(x, y, wide, tall * 0.95, traits.eyes)
            brush.oval(x + look * 0.1, y, wide * 0.62, tall * 0.62, INK)
            brush.line(
                [(x - 0.14, y - 0.27 - 0.03 * side), (x + 0.14, y - 0.27 + 0.03 * side)], shade(traits.fur, 0.7), 0.07
            )
        brush.oval(x - 0.05, y - 0.07, 0.042, 0.042, (250, 250, 250))


def _cat_muzzle(brush: Brush, traits: Traits, look: float, colour: Colour, rng: np.random.Generator) -> None:
    for side in (-1, 1):
        brush.fur(oval(look + side * 0.17, 0.45, 0.23, 0.18), colour, rng, 0.012)
    if traits.mouth_open:
        brush.oval(look, 0.66, 0.13, 0.13, (150, 62, 66))
    nose = blend(PINK, INK, 0.1 if traits.muzzle > -0.2 else 0.75)
    brush.blob([(look - 0.12, 0.26), (look + 0.12, 0.26), (look, 0.39)], nose)
    brush.line([(look, 0.38), (look, 0.5)], INK, 0.035)
    for side in (-1, 1):
        brush.line([(look, 0.5), (look + side * 0.1, 0.57), (look + side * 0.24, 0.53)], INK, 0.035)
    hair = (246, 244, 240) if sum(traits.fur) < 520 else (96, 90, 88)
    reach = float(rng.uniform(0.75, 1.1))
    for side in (-1, 1):
        for lift in (-0.2, 0.0, 0.2):
            start = (look + side * 0.3, 0.42 + lift * 0.3)
            brush.line(
                [
                    start,
                    (look + side * (0.3 + reach * 0.6), 0.38 + lift),
                    (look + side * (0.3 + reach), 0.42 + lift * 1.6),
                ],
                hair,
                0.018,
            )


def _dog_muzzle(brush: Brush, traits: Traits, look: float, colour: Colour, rng: np.random.Generator) -> None:
    long = 0.06 * traits.muzzle
    brush.fur(
        smooth(
            [
                (look - 0.2, -0.05),
                (look + 0.2, -0.05),
                (look + 0.46, 0.4),
                (look + 0.36, 0.82 + long),
                (look, 0.94 + long),
                (look - 0.36, 0.82 + long),
                (look - 0.46, 0.4),
            ]
        ),
        colour,
        rng,
        0.012,
    )
    if traits.mouth_open:
        brush.blob(
            [(look - 0.28, 0.72), (look + 0.28, 0.72), (look + 0.2, 1.02 + long), (look - 0.2, 1.02 + long)],
            (96, 40, 44),
        )
        brush.blob(
            [
                (look - 0.15, 0.84),
                (look + 0.15, 0.84),
                (look + 0.14, 1.26 + long),
                (look, 1.36 + long),
                (look - 0.14, 1.26 + long),
            ],
            (226, 116, 124),
        )
        brush.line([(look, 0.9), (look, 1.2 + long)], (192, 84, 96), 0.025)
    brush.blob(
        [(look - 0.22, 0.26), (look, 0.2), (look + 0.22, 0.26), (look + 0.14, 0.44), (look, 0.48), (look - 0.14, 0.44)],
        INK,
    )
    brush.oval(look - 0.07, 0.28, 0.06, 0.03, (122, 116, 118))
    brush.line([(look, 0.46), (look, 0.68)], INK, 0.04)
    for side in (-1, 1):
        brush.line([(look, 0.68), (look + side * 0.16, 0.77), (look + side * 0.34, 0.68)], INK, 0.04)
        for spot in (0.18, 0.27):
            brush.oval(look + side * spot, 0.56 + spot * 0.2, 0.015, 0.015, INK)
