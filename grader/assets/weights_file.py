"""Keras' HDF5 weights files, read and written without TensorFlow.

The layout is the one `Model.load_weights` accepts from files that end in `.h5`: one group per layer, named in the
root's attribute `layer_names`; in it one data set per array, named in the group's attribute `weight_names`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from grader.assets.mobilenet_v2 import FEATURES, layers
from grader.errors import AssetError
from grader.execution.recorder.digest import array_digest, combined_digest

Array = npt.NDArray[np.float32]
LayerWeights: TypeAlias = Sequence[tuple[str, dict[str, Array]]]
"""Arrays by layer and name, in Keras' order."""
CLASSES = 1000
TOP_SEED = 20
MAX_ARRAY_BYTES = 64 * 1024 * 1024


def write(path: Path, weights: Sequence[Array], top: Sequence[Array] | None = None) -> None:
    """Write MobileNetV2 weights (`get_weights()` order); `top`: kernel (1280, 1000) and bias (1000,)."""
    given = iter(weights)
    groups = [(layer.name, {name: next(given) for name in layer.weight_names}) for layer in layers()]
    if top is not None:
        groups.append(("predictions", dict(zip(("kernel", "bias"), top, strict=True))))
    write_layers(path, groups)


def write_layers(path: Path, groups: LayerWeights) -> None:
    """Write the weights of any network, given by layer in Keras' order."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name, _ in groups]
        file.attrs["backend"] = "tensorflow"
        file.attrs["keras_version"] = "2.1.6"
        for name, arrays in groups:
            _group(file, name, arrays)


def _group(file: Any, layer: str, arrays: dict[str, Array]) -> None:
    group = file.create_group(layer)
    names = [f"{layer}/{name}:0" for name in arrays]
    group.attrs["weight_names"] = [name.encode() for name in names]
    for name, array in zip(names, arrays.values(), strict=True):
        group.create_dataset(name, data=np.asarray(array, dtype=np.float32), track_times=False)


def read(path: Path) -> tuple[Array, ...]:
    """All arrays in the order in which `load_weights` hands them to the network, which is `get_weights()`' order.

    Raises:
        AssetError: Not a Keras HDF5 weights file.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return tuple(_arrays(file))
    except (OSError, KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        raise AssetError(
            expected="a Keras weights file (.h5)",
            received=f"{type(error).__name__}: {error}",
            where=path,
            todo="Download it again, or take it from another place.",
        ) from error


def _arrays(file: Any) -> Iterator[Array]:
    import h5py

    for layer in file.attrs["layer_names"]:
        group = file[_text(layer)]
        for name in group.attrs["weight_names"]:
            data = group[_text(name)]
            if not isinstance(data, h5py.Dataset) or data.size * data.dtype.itemsize > MAX_ARRAY_BYTES:
                raise ValueError(f"{_text(name)} is no array of a size that can be")
            yield np.asarray(data[()])


def _text(value: bytes | str) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def weights_digest(weights: Sequence[Array]) -> str:
    """The digest that the recorder computes from `get_weights()` of a network with these weights."""
    return combined_digest(array_digest(array) for array in weights)


def read_mobilenet_v2(path: Path, *, include_top: bool) -> tuple[Array, ...]:
    """Like `read`, for MobileNetV2 with alpha 1.0: the arrays' shapes are checked.

    Raises:
        AssetError: Another network's weights, or none.
    """
    arrays = read(path)
    wanted = [layer.shape for layer in layers() for _ in layer.weight_names]
    if include_top:
        wanted += [(FEATURES, CLASSES), (CLASSES,)]
    shapes = [array.shape for array in arrays]
    if shapes != wanted or any(array.dtype != np.float32 for array in arrays):
        kind = "with" if include_top else "without"
        odd = next((i for i, (one, two) in enumerate(zip(shapes, wanted, strict=False)) if one != two), None)
        what = f"{len(shapes)} arrays" if odd is None else f"shape {shapes[odd]} for array {odd}, not {wanted[odd]}"
        raise AssetError(
            expected=f"float32 weights of MobileNetV2 (alpha 1.0) {kind} its top, {len(wanted)} arrays",
            received=what,
            where=path,
        )
    return arrays


def random_top(seed: int = TOP_SEED) -> tuple[Array, Array]:
    """Kernel (1280, 1000) and bias (1000,) of a small random classifier, for notebooks that keep the top."""
    rng = np.random.default_rng(seed)
    kernel = rng.uniform(-0.02, 0.02, size=(FEATURES, CLASSES)).astype(np.float32)
    return kernel, np.zeros(CLASSES, dtype=np.float32)
