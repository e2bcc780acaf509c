"""The shipped backbone: eight-bit kernels with one scale per output channel, batch normalisation in half precision.

9 MB of float32 become about 2.3 MB. The file is a plain `.npz` without pickle: `kernels` int8 (n,), `scales` float16
(channels of all kernels,), `batch_norm` float16 (4, channels of all batch normalisations), where the fourth row holds
the square root of the moving variance, which fits half precision better than the variance does.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from grader.assets.mobilenet_v2 import Layer, layers
from grader.errors import AssetError

Weights = tuple[npt.NDArray[np.float32], ...]
"""All arrays in Keras' `get_weights()` order."""

SHIPPED = Path(__file__).with_name("mobilenet_v2_drawn_int8.npz")


def _kernel_axes(layer: Layer) -> tuple[int, ...]:
    return (0, 1, 3) if layer.kind == "depthwise" else (0, 1, 2)


def quantise(weights: Sequence[npt.NDArray[np.float32]]) -> dict[str, npt.NDArray[np.generic]]:
    """Pack all arrays of the backbone, given in `get_weights()` order, into the three arrays of the file."""
    kernels, scales, batch_norm = [], [], []
    given = iter(weights)
    for layer in layers():
        if layer.kind == "batch_norm":
            gamma, beta, mean, variance = (next(given) for _ in range(4))
            batch_norm.append(np.stack([gamma, beta, mean, np.sqrt(variance)]))
            continue
        kernel = next(given)
        scale = (np.abs(kernel).max(axis=_kernel_axes(layer), keepdims=True) / 127).astype(np.float16)
        # A scale rounded down to zero would divide by zero; such a channel is zero anyway.
        safe = np.maximum(scale.astype(np.float32), 1e-7)
        kernels.append(np.clip(np.rint(kernel / safe), -127, 127).astype(np.int8).ravel())
        scales.append(scale.ravel())
    return {
        "kernels": np.concatenate(kernels),
        "scales": np.concatenate(scales),
        "batch_norm": np.concatenate(batch_norm, axis=1).astype(np.float16),
    }


def dequantise(arrays: dict[str, npt.NDArray[np.generic]]) -> Weights:
    """The inverse of `quantise`, up to rounding: float32 arrays in `get_weights()` order."""
    result: list[npt.NDArray[np.float32]] = []
    kernel_at = scale_at = norm_at = 0
    for layer in layers():
        if layer.kind == "batch_norm":
            rows = arrays["batch_norm"][:, norm_at : norm_at + layer.channels].astype(np.float32)
            norm_at += layer.channels
            result.extend((rows[0], rows[1], rows[2], rows[3] ** 2))
            continue
        count = int(np.prod(layer.shape))
        whole = arrays["kernels"][kernel_at : kernel_at + count].astype(np.float32).reshape(layer.shape)
        scale = arrays["scales"][scale_at : scale_at + layer.channels].astype(np.float32)
        kernel_at, scale_at = kernel_at + count, scale_at + layer.channels
        result.append(whole * (scale[:, None] if layer.kind == "depthwise" else scale))
    return tuple(np.ascontiguousarray(array) for array in result)


def save(path: Path, weights: Sequence[npt.NDArray[np.float32]]) -> None:
    """Write the packed file; the same weights always give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in quantise(weights).items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)


def load(path: Path = SHIPPED) -> Weights:
    """Read the packed file and restore float32 weights.

    Raises:
        AssetError: The file is missing or does not hold this network.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in ("kernels", "scales", "batch_norm")}
        return dequantise(arrays)
    except (OSError, KeyError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise AssetError(
            expected="the packed MobileNetV2 weights of the demo pack",
            received=f"{type(error).__name__}: {error}",
            where=path,
            todo="Install the package again, or make the file with `python -m grader.assets.demo.train_backbone`.",
        ) from error


def count(weights: Iterable[npt.NDArray[np.float32]]) -> int:
    """Number of parameters."""
    return sum(int(array.size) for array in weights)
