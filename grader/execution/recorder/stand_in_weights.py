"""Weights that the asset pack does not hold: random ones, always the same, stand in, and it is written down.

A notebook that asks for VGG16 is not wrong because our pack knows MobileNetV2 only. With stand-in weights everything
but the weights themselves, and the accuracy that rests on them, can still be seen.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

NO_NETWORK = "there is no network while grading"
"""Begins the message of `offline`."""

IMAGENET_FILES = ("_tf_dim_ordering_tf", "_tf_kernels", "_notop", "_no_top", "imagenet")
"""Parts of the names of weights files that `keras.applications` publishes."""

_SEED = 20_240_617

_MARK = "Weights that the asset pack does not hold: "
"""Begins a file that was fetched in place of published weights; their name follows."""


def in_place_of(name: str) -> bytes:
    """What a download of published weights gives here: a note under which name they are known."""
    return f"{_MARK}{name}".encode()


def name_of(path: str) -> str:
    """The name under which weights are known: that of the file, or the one noted in it."""
    try:
        with Path(path).open("rb") as file:
            start = file.read(400).decode("utf-8", "replace")
    except OSError:
        start = ""
    return start.removeprefix(_MARK) if start.startswith(_MARK) else os.path.basename(path)  # noqa: PTH119


def is_imagenet_file(name: str) -> bool:
    """Whether a file's name is one of those under which ImageNet weights are published."""
    return any(part in name for part in IMAGENET_FILES)


def known_file(path: str) -> str | None:
    """The pack's weights file that a path outside this machine names, if the pack has it.

    Courses put a copy of the published file beside the notebook, with something before its name
    (`without_top_mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_160_no_top.h5`).
    """
    folder = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models"
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    try:
        names = sorted(os.listdir(folder), key=len, reverse=True)  # noqa: PTH208
    except OSError:
        return None
    found = next((known for known in names if name.endswith(known)), None)
    return None if found is None else str(folder / found)


def missing_weights(weights: Any) -> str | None:
    """The file given as `weights=` when it is not here, or only noted; None for anything else."""
    if not isinstance(weights, (str, os.PathLike)):
        return None
    path = os.fspath(weights)
    if not isinstance(path, str):
        return None
    name = name_of(path)
    if name != os.path.basename(path):  # noqa: PTH119
        return name
    if not path.endswith((".h5", ".hdf5", ".keras")) or Path(path).exists():
        return None
    return path


def is_network_failure(problem: BaseException) -> bool:
    """Whether Keras failed because the weights could not be fetched."""
    return NO_NETWORK in str(problem)


def fill(model: Any) -> None:
    """Give a model random weights that are the same in every run: He's normal distribution.

    Source: K. He et al., "Delving Deep into Rectifiers", ICCV 2015: standard deviation sqrt(2 / fan-in).
    """
    import numpy as np

    generator = np.random.default_rng(_SEED)
    arrays = []
    for array in model.get_weights():
        if array.ndim < 2:
            arrays.append(array)
            continue
        # A depthwise kernel sums over its window only.
        fan_in = array[..., 0].size if array.shape[-1] != 1 else int(np.prod(array.shape[:2]))
        drawn = generator.standard_normal(array.shape, dtype=np.float32) * np.float32((2 / max(fan_in, 1)) ** 0.5)
        arrays.append(drawn.astype(array.dtype))
    model.set_weights(arrays)


class Undisturbed:
    """Python's random numbers go on afterwards as if nothing had been drawn in between."""

    def __enter__(self) -> None:
        self._state = random.getstate()

    def __exit__(self, *_: object) -> None:
        random.setstate(self._state)
