"""Run a shortened training without tracing it into a graph first.

Tracing and optimising the graph of a large network takes as long as dozens of its steps (measured for MobileNetV2 at
160 pixels on two cores: 5.6 s of processor time for a fine-tuning `fit` of one step, 1.3 s without). Only where it
makes no difference: everything that takes part is Keras' own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

MOST_STEPS = 5
"""From some number of steps on, a graph is quicker."""

UNTRACED_BATCHES = 3


@contextmanager
def untraced(model: Any, steps: int | None) -> Iterator[None]:
    """Let a `fit` of this model over a few steps run step by step; afterwards everything is as it was.

    Args:
        steps: of the shortened call; None for one in full, which is left alone.
    """
    if not applies(model, steps):
        yield
        return
    before = model.run_eagerly, model.train_function, model.test_function, model.predict_function
    # A graph that is there already is used: what is slow is only to make one.
    model.train_function, model.run_eagerly = None, True
    try:
        yield
    finally:
        model.run_eagerly, model.train_function, model.test_function, model.predict_function = before


class SingleBatches:
    """Calls for one batch each (`predict_on_batch` and its like): the first ones run untraced, as most notebooks make
    one or two; those in a loop are quicker with a graph."""

    def __init__(self) -> None:
        self._calls: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    @contextmanager
    def untraced(self, model: Any, steps: int | None) -> Iterator[None]:
        """As `untraced` above, for one of these calls; `steps` is None where calls run in full."""
        if not applies(model, steps) or self._calls.get(model, 0) >= UNTRACED_BATCHES:
            yield
            return
        self._calls[model] = self._calls.get(model, 0) + 1
        with untraced(model, steps):
            yield


def applies(model: Any, steps: int | None) -> bool:
    """Whether a call of so many steps (None: in full) may run in another way than asked for."""
    return steps is not None and steps <= MOST_STEPS and _all_kerass_own(model)


def _all_kerass_own(model: Any) -> bool:
    """Whether model, layers, optimizer, loss and metrics are Keras' own; nothing asks for several steps at once."""
    if not getattr(model, "compiled", False) or model.run_eagerly or model.steps_per_execution != 1:
        return False
    config = getattr(getattr(model, "_compile_config", None), "config", None)
    if not isinstance(config, dict) or not _is_kerass(type(model)) or not _is_kerass(type(model.optimizer)):
        return False
    if any(not _is_kerass(type(layer)) or type(layer).__name__ == "Lambda" for layer in model._flatten_layers(False)):
        return False
    parts = [config.get("loss"), *_flat(config.get("metrics")), *_flat(config.get("weighted_metrics"))]
    return all(part is None or isinstance(part, str) or _is_kerass(_class_of(part)) for part in parts)


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [each for item in value.values() for each in _flat(item)]
    return [each for item in value for each in _flat(item)] if isinstance(value, (list, tuple)) else [value]


def _class_of(part: Any) -> Any:
    """A function stands for itself: it has a module, as classes have."""
    return part if hasattr(part, "__qualname__") else type(part)


def _is_kerass(kind: Any) -> bool:
    return str(getattr(kind, "__module__", "")).startswith(("keras.src.", "keras."))
