"""What single calls make, for `grader.source.tracing`: layers, bases, models, parts of `model.layers`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from grader.evidence.model import Place
from grader.source.layers import arguments, base_settings
from grader.source.names import Names
from grader.source.outline import Base, Layer, LayerOf, LayersOf, Many, Model, Step, Tensor, Value
from grader.source.tracing_hubs import hub_layer, preset
from grader.source.vocabulary import BACKBONES

POSITIONAL = {
    "Dense": ("units", "activation"), "Dropout": ("rate",), "RandomFlip": ("mode",), "RandomRotation": ("factor",),
    "Rescaling": ("scale", "offset"), "Activation": ("activation",),
}  # fmt: skip
"""Names of unnamed arguments of layers whose settings are facts."""

MERGING = frozenset({"merge", "add", "concatenate", "average", "multiply", "maximum"})
"""Functions of `keras.layers` that make one tensor of several."""


def make(
    node: ast.Call, name: str, dotted: str, inside: Sequence[Value], keywords: Mapping[str, Value], names: Names,
    place: Place,
) -> Value:  # fmt: skip
    """The value a call of Keras makes; None for one that does not matter here."""
    if name in BACKBONES and ("applications" in dotted or "." not in dotted):
        fed = keywords.get("input_tensor")
        return Base(name, base_settings(node, names), place, before=fed.steps if isinstance(fed, Tensor) else ())
    if name == "KerasLayer":
        return hub_layer(node, names, place)
    if name == "from_preset":
        return preset(node, dotted, names, place)
    if name == "Input" or name == "InputLayer":
        return Tensor() if name == "Input" else Layer("InputLayer", {}, place)
    if name == "Sequential":
        return Model(_steps(inside[0] if inside else keywords.get("layers")), place, sequential=True)
    if name == "Model":
        return _functional(inside, keywords, place)
    if name in MERGING and inside and isinstance(inside[0], Many):
        branches = [item for item in inside[0].items if isinstance(item, Tensor)]
        return max(branches, key=lambda tensor: len(tensor.steps)).then(Layer(name, {}, place)) if branches else None
    if name == "clone_model" and inside and isinstance(inside[0], Model):
        return Model(list(inside[0].steps), place, inside[0].sequential)
    if name[:1].isupper() and ("layers" in dotted or "." not in dotted or "preprocessing" in dotted):
        return Layer(name, arguments(node, names, POSITIONAL.get(name, ())), place)
    return None


def part_of(layers: LayersOf, index: ast.expr, names: Names) -> Value:
    """`layers[i]` or `layers[i:j]`."""
    if layers.part is not None:
        return LayersOf(layers.owner, "some") if isinstance(index, ast.Slice) else LayerOf(layers.owner, "some")
    if isinstance(index, ast.Slice):
        start, stop = _whole(index.lower, names), _whole(index.upper, names)
        if index.lower is None and index.upper is None:
            return layers
        if (index.lower is not None and start is None) or (index.upper is not None and stop is None):
            return LayersOf(layers.owner, "some")
        return LayersOf(layers.owner, (start, stop))
    number = _whole(index, names)
    if number is None:
        # `model.layers[i]` in a loop over the numbers of all layers.
        return LayerOf(layers.owner, "some")
    owner = layers.owner
    if isinstance(owner, Model) and owner.sequential and -len(owner.steps) <= number < len(owner.steps):
        return LayerOf(owner, (number, number + 1 or None), owner.steps[number].thing)
    return LayerOf(owner, (number, number + 1 or None))


def _whole(node: ast.expr | None, names: Names) -> int | None:
    known, value = names.constant(node)
    return value if known and isinstance(value, int) and not isinstance(value, bool) else None


def _steps(layers: Value) -> list[Step]:
    items = layers.items if isinstance(layers, Many) else []
    return [Step(item) for item in items if isinstance(item, Base | Layer | Model)]


def _functional(inside: Sequence[Value], keywords: Mapping[str, Value], place: Place) -> Model | None:
    inputs = keywords.get("inputs", keywords.get("input", inside[0] if inside else None))
    outputs = keywords.get("outputs", keywords.get("output", inside[1] if len(inside) > 1 else None))
    if isinstance(outputs, Many):
        outputs = next((item for item in outputs.items if isinstance(item, Tensor)), None)
    if not isinstance(outputs, Tensor):
        return None
    if isinstance(inputs, Many):
        inputs = inputs.items[0] if inputs.items else None
    return Model(list(outputs.steps), place)


def output_of(layer: LayerOf, loops: int) -> Value:
    """The output of a layer of a model: the model cut there."""
    assert isinstance(layer.owner, Model)
    steps = layer.owner.flat()
    if isinstance(layer.part, tuple) and layer.part[0] is not None:
        index = layer.part[0]
        if -len(steps) <= index < len(steps) and index < 0:
            kept = steps[: len(steps) + index + 1]
            last = kept[-1] if kept else None
            if last is not None and isinstance(last.thing, Base) and last.how != "nested" and index != -1:
                kept = [*kept[:-1], Step(last.thing, last.training, "cut")]
            return Tensor(tuple(kept), loops=loops)
    return None
