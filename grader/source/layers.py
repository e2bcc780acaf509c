"""Read calls that make the parts of a model: the base, augmentation, pooling, dropout, the classifier."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.evidence.model import Scalar
from grader.source.names import LOCAL, MAX_TEXT, Names
from grader.source.vocabulary import (
    AUGMENTATIONS,
    BACKBONES,
    DROPOUTS,
    GENERATOR_AUGMENTATIONS,
    GENERATOR_PREPROCESSING,
    IMAGE_OPERATIONS,
    KERAS_ROOTS,
    OTHER_MOTIONS,
    POOLINGS,
    REDUCTIONS,
)


@dataclass(frozen=True)
class Reading:
    """One thing read: a topic of `grader.evidence.model.Statement` and its settings."""

    topic: str
    settings: dict[str, Scalar]


def read_layer_call(call: ast.Call, names: Names) -> Iterator[Reading]:
    """What a call says about the parts of a model."""
    dotted = names.dotted(call.func) or ""
    name = dotted.rsplit(".", 1)[-1]
    if name in OTHER_MOTIONS.get(dotted.split(".", 1)[0], ()):
        yield Reading("augmentation", {"name": dotted[:MAX_TEXT], "other": True})
        return
    if not is_keras(dotted, call.func):
        return
    if name in BACKBONES and ("applications" in dotted or "." not in dotted):
        yield Reading("base", {"backbone": name, **base_settings(call, names)})
    elif name == "KerasLayer":
        yield Reading("base", {"backbone": "hub.KerasLayer", **_hub_settings(call, names)})
    elif dotted.endswith("Backbone.from_preset"):
        yield Reading(
            "base", {"backbone": "keras_hub.Backbone", "include_top": False, **arguments(call, names, ("preset",))}
        )
    elif name in AUGMENTATIONS:
        first = "mode" if name == "RandomFlip" else "factor"
        yield Reading("augmentation", {"name": name, **arguments(call, names, (first,))})
    elif name.startswith(IMAGE_OPERATIONS) and ("image" in dotted or "." not in dotted):
        yield Reading("augmentation", {"name": f"tf.image.{name}"})
    elif name == "ImageDataGenerator":
        yield from _generator(call, names)
    elif name in POOLINGS:
        yield Reading("pooling", {"name": name})
    elif name in REDUCTIONS and names.constant(_argument(call, "axis", 1))[1] is None and _argument(call, "axis", 1):
        yield Reading("pooling", {"name": REDUCTIONS[name]})
    elif name in DROPOUTS:
        yield Reading("dropout", {"name": name, **arguments(call, names, ("rate",))})
    elif name == "Dense":
        yield Reading("classifier", {"name": "Dense", **arguments(call, names, ("units", "activation"))})


def is_keras(dotted: str, written: ast.expr) -> bool:
    """Whether a dotted name may be one of Keras's: imported from there, or of unknown origin."""
    if dotted == LOCAL.dotted or dotted.startswith(LOCAL.dotted):
        return False
    root = dotted.split(".", 1)[0]
    # A name nobody imported (a star import, a forgotten one) is read as what it looks like.
    return root in KERAS_ROOTS or root == "tensorflow_hub" or "keras" in root or (isinstance(written, ast.Name) and (
        "." not in dotted
    )) or root in {"layers", "hub", "applications"}  # fmt: skip


def arguments(call: ast.Call, names: Names, positional: tuple[str, ...]) -> dict[str, Scalar]:
    """The arguments of a call whose values can be read, by name; `positional` names the unnamed ones.

    Tuples and lists of readable values are given as text, such as `(-0.1, 0.1)`. `name`, `seed` and shapes are left
    out: they say nothing about the lab.
    """
    given: dict[str, Scalar] = {}
    pairs: list[tuple[str, ast.expr]] = list(zip(positional, call.args, strict=False))
    pairs += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg]
    for name, value in pairs[:50]:
        if name in {"name", "seed", "input_shape", "dtype", "input_tensor"}:
            continue
        known, constant = readable(value, names) if name == "activation" else _plain(value, names)
        if known:
            given[name] = constant
    return given


def readable(value: ast.expr, names: Names) -> tuple[bool, Scalar]:
    """A literal, or the name of the class or function that stands there, such as `Adam` for `Adam(1e-4)`."""
    known, constant = names.constant(value)
    if known:
        return True, constant
    made = names.call(value)
    dotted = names.dotted(made.func if made else value)
    if dotted == LOCAL.dotted:
        # What a function of the notebook's own returns has a name of its own.
        return (True, value.id) if made is None and isinstance(value, ast.Name) else (False, None)
    return (True, dotted.rsplit(".", 1)[-1][:MAX_TEXT]) if dotted else (False, None)


def _plain(value: ast.expr, names: Names) -> tuple[bool, Scalar]:
    """Like `Names.constant`, and short sequences as text."""
    known, constant = names.constant(value)
    if known:
        return True, constant
    if isinstance(value, ast.Tuple | ast.List) and len(value.elts) <= 4:
        parts = [names.constant(part) for part in value.elts]
        if all(known for known, _ in parts):
            return True, f"({', '.join(str(part) for _, part in parts)})"[:MAX_TEXT]
    return False, None


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def base_settings(call: ast.Call, names: Names) -> dict[str, Scalar]:
    """`include_top`, `weights` and `pooling` with Keras's defaults; a value that cannot be read is left out.

    The order of unnamed arguments differs between backbones; their types do not.
    """
    settings: dict[str, Scalar] = {"include_top": True, "weights": "imagenet", "pooling": None}
    for value in call.args[:8]:
        known, constant = names.constant(value)
        if known and isinstance(constant, bool):
            settings["include_top"] = constant
        elif known and (isinstance(constant, str) or constant is None):
            settings["weights"] = _weights(constant)
    for keyword in call.keywords:
        if keyword.arg in {"include_top", "weights", "pooling", "alpha"}:
            known, constant = names.constant(keyword.value)
            if not known:
                settings.pop(keyword.arg, None)
            else:
                settings[keyword.arg] = _weights(constant) if keyword.arg == "weights" else constant
        elif keyword.arg is None:
            # `**settings`: anything may hide in it.
            settings = {}
    return settings


def _weights(given: Scalar) -> Scalar:
    return given.replace("\\", "/").rsplit("/", 1)[-1] if isinstance(given, str) else given


def _hub_settings(call: ast.Call, names: Names) -> dict[str, Scalar]:
    given = arguments(call, names, ("handle",))
    return {name: value for name, value in given.items() if name in {"handle", "trainable"}}


def _generator(call: ast.Call, names: Names) -> Iterator[Reading]:
    given = arguments(call, names, ())
    for topic, wanted in (("augmentation", GENERATOR_AUGMENTATIONS), ("preprocessing", GENERATOR_PREPROCESSING)):
        chosen = {name: value for name, value in given.items() if name in wanted and _switched_on(value)}
        if chosen:
            yield Reading(topic, {"name": "ImageDataGenerator", **chosen})


def _switched_on(value: Scalar) -> bool:
    return value is not None and value is not False and value != 0


def mark_last(readings: Iterable[Reading]) -> None:
    """Mark the classifiers after which a model is compiled, or the last one where nothing is compiled."""
    last: Reading | None = None
    compiled = False
    for reading in readings:
        if reading.topic == "classifier":
            last = reading
        elif reading.topic == "compile" and last is not None:
            last.settings["last"] = compiled = True
            last = None
    if last is not None and not compiled:
        last.settings["last"] = True
