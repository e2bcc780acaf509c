"""What one drawn animal is like. Chosen at random, but never telling the class by colour, place or size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from grader.assets.demo.brush import Colour, blend

Kind = Literal["cat", "dog"]
Pose = Literal["portrait", "sitting", "lying"]
Coat = Literal["plain", "striped", "patched", "masked", "spotted"]
Ears = Literal["pointed", "folded", "floppy"]

POSES: tuple[Pose, ...] = ("portrait", "sitting", "lying")
COATS: tuple[Coat, ...] = ("plain", "striped", "patched", "masked", "spotted")
FURS: tuple[Colour, ...] = (
    (46, 43, 44), (92, 92, 98), (150, 150, 156), (228, 221, 208), (214, 142, 74), (173, 103, 52),
    (108, 70, 46), (206, 172, 126), (224, 186, 120), (128, 112, 96), (186, 120, 92), (84, 88, 104),
)  # fmt: skip
EYES: dict[Kind, tuple[Colour, ...]] = {
    "cat": ((122, 168, 62), (214, 168, 52), (92, 150, 196), (176, 190, 84), (160, 108, 48)),
    "dog": ((92, 56, 30), (60, 40, 28), (134, 92, 44), (112, 152, 190), (176, 130, 60)),
}


@dataclass(frozen=True)
class Traits:
    """All choices about one animal. Lengths in head radii, `angle` in radians, `turn` in [-1, 1]."""

    kind: Kind
    pose: Pose
    coat: Coat
    ears: Ears
    fur: Colour
    second: Colour
    eyes: Colour
    turn: float
    angle: float
    size: float
    """Head radius as a fraction of the picture's shorter side."""
    x: float
    y: float
    """Centre of the head as fractions of the picture's width and height."""
    mirrored: bool
    asleep: bool
    mouth_open: bool
    collar: Colour | None
    roundness: float
    ear_length: float
    muzzle: float
    fluff: float


def _ears(kind: Kind, rng: np.random.Generator) -> Ears:
    # A few cats with folded ears and a few dogs with pricked ones: ears alone must not decide the class.
    if kind == "cat":
        return "folded" if rng.random() < 0.08 else "pointed"
    return "pointed" if rng.random() < 0.2 else "floppy"


def choose(kind: Kind, rng: np.random.Generator) -> Traits:
    """Draw the traits of one animal of that kind."""
    pose = POSES[int(rng.choice(3, p=(0.45, 0.35, 0.2)))]
    fur = FURS[int(rng.integers(len(FURS)))]
    fur = blend(fur, FURS[int(rng.integers(len(FURS)))], float(rng.uniform(0, 0.3)))
    second = FURS[int(rng.integers(len(FURS)))] if rng.random() < 0.4 else (240, 234, 224)
    size = {"portrait": (0.24, 0.36), "sitting": (0.16, 0.22), "lying": (0.16, 0.23)}[pose]
    height = {"portrait": (0.42, 0.58), "sitting": (0.3, 0.42), "lying": (0.42, 0.6)}[pose]
    eyes = EYES[kind]
    collar = None
    if rng.random() < 0.35:
        collar = ((190, 48, 52), (40, 96, 168), (44, 132, 92), (222, 168, 40), (124, 70, 150))[int(rng.integers(5))]
    return Traits(
        kind=kind,
        pose=pose,
        coat=COATS[int(rng.integers(len(COATS)))],
        ears=_ears(kind, rng),
        fur=fur,
        second=second,
        eyes=eyes[int(rng.integers(len(eyes)))],
        turn=float(rng.uniform(-1, 1)),
        angle=float(np.clip(rng.normal(0, 0.17), -0.5, 0.5)),
        size=float(rng.uniform(*size)),
        x=float(rng.uniform(0.34, 0.66)),
        y=float(rng.uniform(*height)),
        mirrored=bool(rng.random() < 0.5),
        asleep=bool(rng.random() < 0.1),
        mouth_open=bool(rng.random() < (0.12 if kind == "cat" else 0.4)),
        collar=collar,
        roundness=float(rng.uniform(-1, 1)),
        ear_length=float(rng.uniform(-1, 1)),
        muzzle=float(rng.uniform(-1, 1)),
        fluff=float(rng.uniform(0.01, 0.05)),
    )
