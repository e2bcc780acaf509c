"""Test pictures that both sides can draw: the same model must give the same answers to them. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

PICTURES = 2
MAXIMUM_OUTPUTS = 64


def pictures(height: int, width: int, minimum: float, maximum: float) -> npt.NDArray[np.float32]:
    """Pictures of shape (2, height, width, 3): coarse blocks of random colours, values in [minimum, maximum].

    Blocks and not noise: pooling averages noise away, and all noisy pictures then look alike to a network.
    """
    coarse = np.random.default_rng(20_240_617).uniform(minimum, maximum, (PICTURES, 8, 8, 3))
    rows, columns = np.arange(height) * 8 // height, np.arange(width) * 8 // width
    return coarse[:, rows][:, :, columns].astype(np.float32)


def answers(model: Any, height: int, width: int, minimum: float, maximum: float) -> list[float] | None:
    """What a Keras model with one image input answers to them; None where it has several outputs."""
    outputs = model(pictures(height, width, minimum, maximum), training=False)
    if isinstance(outputs, (list, tuple, dict)):
        return None
    return [float(value) for value in np.asarray(outputs, np.float64).ravel()[:MAXIMUM_OUTPUTS]]
