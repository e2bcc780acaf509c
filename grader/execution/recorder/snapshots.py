"""A model at one moment: its configuration, its layers with their flags, and its weights by digest."""

from __future__ import annotations

import contextlib
import importlib
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .digest import array_digest

if TYPE_CHECKING:
    from .session import Session

MAXIMUM_LAYERS = 5_000


def describe(
    session: Session, model: Any, trainable: dict[int, bool], weights_before: dict[int, Any]
) -> dict[str, Any]:
    """Store configuration and weights, and return what an event says about the model.

    Args:
        trainable: Flags by layer number as they were before training; today's where one is missing.
        weights_before: Arrays by the identity of their variable before training; empty for a model never trained.
    """
    arrays = weights_of(model)
    digests = session.timeline.add_arrays(list(arrays.values()))
    by_id = dict(zip(arrays, digests, strict=True))
    before = {key: array_digest(value) for key, value in weights_before.items()}
    return {
        "uid": session.identities.of(model),
        "name": str(model.name)[:200],
        "class_name": type(model).__name__,
        "containers_decide": any(kind.__module__.startswith("tf_keras.") for kind in type(model).__mro__),
        "config": _config(session, model),
        "layers": _layers(session, model, trainable, before, by_id),
        "weights": [
            {
                "path": str(getattr(weight, "path", weight.name))[:300],
                "digest": by_id[id(weight)],
                "shape": list(weight.shape),
                "dtype": arrays[id(weight)].dtype.str,
            }
            for weight in model.weights
            if id(weight) in by_id
        ],
    }


def walk(model: Any, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every layer below `model` with its path of names, nested models' layers after the model itself."""
    seen = 0
    hidden: set[int] = set()
    pending = [(prefix, layer) for layer in getattr(model, "layers", None) or model._layers]
    while pending and seen < MAXIMUM_LAYERS:
        path, layer = pending.pop(0)
        here = (*path, str(layer.name))
        yield here, layer
        seen += 1
        inner = getattr(layer, "layers", None) if hasattr(layer, "layers") else getattr(layer, "_layers", None)
        if isinstance(inner, (list, tuple)) or (inner is not None and hasattr(inner, "__iter__")):
            pending[:0] = [(here, child) for child in inner if hasattr(child, "_flatten_layers")]
        called = [child for child in called_by(layer) if id(child) not in hidden]
        hidden |= {id(child) for child in called}
        pending[:0] = [(here, child) for child in called]


def called_by(layer: Any) -> list[Any]:
    """Models and layers that the function of a `Lambda` layer calls: Keras does not know that they are in it."""
    function = getattr(layer, "function", None)
    if type(layer).__name__ != "Lambda" or function is None:
        return []
    code, names = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    found = [function, *(names.get(name) for name in getattr(code, "co_names", ()))]
    for cell in getattr(function, "__closure__", None) or ():
        with contextlib.suppress(ValueError):  # a name that has no value yet
            found.append(cell.cell_contents)
    return [each for each in found if hasattr(each, "_flatten_layers") and not isinstance(each, type)]


def weights_of(model: Any) -> dict[int, Any]:
    """Arrays by the identity of their variable, in `model.weights` order; what `Lambda` layers hide comes behind."""
    hidden = [weight for _, layer in walk(model) for inner in called_by(layer) for weight in inner.weights]
    return {id(weight): weight.numpy() for weight in (*model.weights, *hidden)}


def _layers(
    session: Session, model: Any, trainable: dict[int, bool], before_fit: dict[int, str], after_fit: dict[int, str]
) -> list[dict[str, Any]]:
    entries = []
    for path, layer in walk(model):
        own = _own_weights(layer)
        own = [variable for variable in own if id(variable) in after_fit]
        uid = session.identities.of(layer)
        entries.append(
            {
                "path": [part[:200] for part in path],
                "uid": uid,
                "class_name": type(layer).__name__,
                "trainable": trainable.get(uid, bool(layer.trainable)),
                "parameters": sum(math.prod(variable.shape) for variable in own),
                "before": [before_fit[id(v)] for v in own if id(v) in before_fit],
                "after": [after_fit[id(v)] for v in own],
            }
        )
    return entries


def _own_weights(layer: Any) -> list[Any]:
    """What a layer owns itself, whatever its flag says; the two generations of Keras name the lists differently."""
    names = ("_trainable_variables", "_non_trainable_variables", "_trainable_weights", "_non_trainable_weights")
    lists = [found for name in names if isinstance(found := getattr(layer, name, None), (list, tuple))]
    return list({id(variable): variable for found in lists for variable in found}.values())


def generation(model: Any) -> str:
    """The package a model's class comes from: `keras`, or `tf_keras` for Keras 2."""
    return "tf_keras" if any(c.__module__.startswith("tf_keras.") for c in type(model).__mro__) else "keras"


def _config(session: Session, model: Any) -> str | None:
    """Digest of the stored configuration, or None for a model that has none (a subclass without `get_config`)."""
    try:
        saving = importlib.import_module(f"{generation(model)}.saving")
        return session.timeline.add_config(saving.serialize_keras_object(model))
    except Exception as problem:  # noqa: BLE001 - whatever a student's get_config raises
        session.timeline.add("recorder_problem", what="config", problem=f"{type(problem).__name__}: {problem}"[:500])
        return None
