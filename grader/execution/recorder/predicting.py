"""A shortened `predict`: the first batches are really predicted, and stand for the rest.

Notebooks print, plot and count predictions; they need one row for each image, and the rows of a network whose training
was cut short mean nothing anyway.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from . import sources

USUAL_BATCH = 32
"""Keras' own, where a notebook names none."""

_KEEPS_COUNT = ("Map", "Prefetch", "Cache", "Shuffle", "Options")


def shortened(original: Callable[..., Any], model: Any, asked: dict[str, Any], batches: int) -> Any:
    """Predictions of so many batches, repeated until each example has one; None where it is to be done in full.

    That is where the number of examples cannot be told without reading them all, or there are no more than that.
    """
    x: Any = asked.get("x")
    given = asked.get("steps")
    if hasattr(x, "shape") and not hasattr(x, "element_spec"):
        rows, first = _rows_of_array(x, given), (asked.get("batch_size") or USUAL_BATCH) * batches
        if rows is None or rows <= first:
            return None
        return _repeated(original(model, **{**asked, "x": x[:first]}), rows)
    rows = _rows_of_iterator(x, given) if hasattr(x, "image_data_generator") else _rows_of_dataset(x, given)
    if rows is None:
        return None
    found = original(model, **{**asked, "steps": batches})
    return _repeated(found, rows)


def _rows_of_array(x: Any, steps: int | None) -> int | None:
    return int(x.shape[0]) if steps is None and len(x.shape) and x.shape[0] is not None else None


def _rows_of_iterator(x: Any, steps: int | None) -> int | None:
    """Of an iterator of `ImageDataGenerator`, which knows how many images it goes through."""
    rows, batch = getattr(x, "n", None), getattr(x, "batch_size", None)
    if not isinstance(rows, int) or not isinstance(batch, int):
        return None
    if steps is None:
        return rows
    return min(rows, steps * batch) if steps <= len(x) else None


def _rows_of_dataset(x: Any, steps: int | None) -> int | None:
    """Of a data set made of image files, of which nothing was dropped on the way."""
    if steps is not None or not hasattr(x, "element_spec"):
        return None
    for stage in sources.stages(x):
        files = getattr(stage, "file_paths", None)
        if isinstance(files, (list, tuple)) and files:
            return len(files)
        if not any(word in type(stage).__name__ for word in _KEEPS_COUNT):
            return None
    return None


def _repeated(found: Any, rows: int) -> Any:
    numpy, tensorflow = sys.modules["numpy"], sys.modules["tensorflow"]
    return tensorflow.nest.map_structure(
        lambda values: numpy.resize(values, (max(rows, len(values)), *values.shape[1:])), found
    )
