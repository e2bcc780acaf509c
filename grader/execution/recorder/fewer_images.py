"""Give the few steps of a shortened call fewer images each: whether a training works shows on four as well as on 64.

Only where nobody can tell the difference: model, loss, optimizer and metrics are Keras' own, and the model does not
ask for batches of one size. (MobileNetV2 at 160 pixels, untraced: a step on 8 images takes about half of the
processor time of one on 32.)
"""

from __future__ import annotations

import sys
from typing import Any

from . import shortcut

IMAGES = 4


def of(model: Any, arguments: dict[str, Any], steps: int | None) -> dict[str, Any]:
    """The arguments of a `fit` or `evaluate` with smaller batches.

    Args:
        model: whose call it is.
        arguments: by name; not changed.
        steps: of the shortened call; None for one in full, which is left alone.
    """
    if not shortcut.applies(model, steps) or not _takes_any_number(model):
        return arguments
    smaller = dict(arguments)
    for name in ("x", "validation_data"):
        if _is_dataset(smaller.get(name)) and _is_batched(smaller[name]):
            smaller[name] = smaller[name].map(_first)
    if _is_array(smaller.get("x")):
        smaller["batch_size"] = min(smaller.get("batch_size") or IMAGES, IMAGES)
        if smaller.get("validation_batch_size"):
            smaller["validation_batch_size"] = min(smaller["validation_batch_size"], IMAGES)
    return smaller


def _takes_any_number(model: Any) -> bool:
    inputs = getattr(model, "inputs", None)
    return isinstance(inputs, (list, tuple)) and bool(inputs) and all(one.shape[0] is None for one in inputs)


def _is_array(x: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray)


def _is_dataset(x: Any) -> bool:
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and isinstance(x, tensorflow.data.Dataset)


def _is_batched(x: Any) -> bool:
    """Whether elements are plain tensors of images and what belongs to them, with one leading dimension."""
    spec = x.element_spec
    if not isinstance(spec, tuple) or not 1 < len(spec) <= 3:
        return False
    shapes: list[Any] = [getattr(part, "shape", None) for part in spec]
    if not all(getattr(shape, "rank", None) for shape in shapes) or shapes[0].rank != 4:
        return False
    return len({shape[0] for shape in shapes}) == 1


def _first(*parts: Any) -> Any:
    return tuple(part[:IMAGES] for part in parts)
