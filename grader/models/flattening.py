"""Write out a model configuration as one flat list of calls, however deeply models are nested in it.

A base inside a Sequential, a base called as a layer and a base whose layers lie flat in the model then all look the
same: a directed graph of single layer calls. Inert JSON is read and nothing is built.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.models.call_records import MODEL_CLASSES, CallRecord, Reference, read_record, references, written_training
from grader.models.calls import Call, Calls, Container, Tensor
from grader.models.hard_swish import fold_hard_swish

MAXIMUM_CALLS = 6_000
"""A model shared by calls inside shared models grows without bound when written out."""
MAXIMUM_NESTING = 20


class Unreadable(ValueError):  # noqa: N818 -- it describes the model, not a fault of ours
    """The configuration is no graph of layers; the text says why, in words for a student."""


def flatten(config: Mapping[str, Any]) -> Calls:
    """Write out a serialised model as single layer calls.

    Args:
        config: decoded JSON of `keras.saving.serialize_keras_object(model)`, or a Keras 2 model configuration with
            `class_name` and `config`.

    Raises:
        Unreadable: it is no Functional or Sequential model, or its parts do not fit together.
    """
    writer = _Writer()
    try:
        outputs = writer.model(config, None, _Surroundings())
    except Unreadable:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise Unreadable(f"its configuration is not whole ({type(error).__name__})") from error
    return fold_hard_swish(Calls(tuple(writer.calls), tuple(outputs), writer.containers, writer.shapes))


@dataclass(frozen=True)
class _Surroundings:
    """Where in the nesting something is written."""

    containers: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    training: bool | None = None


@dataclass
class _Writer:
    calls: list[Call] = field(default_factory=list)
    containers: dict[str, Container] = field(default_factory=dict)
    shapes: dict[Tensor, tuple[int | None, ...]] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    spent: int = 0

    def model(self, entry: Mapping[str, Any], inputs: Sequence[Tensor] | None, at: _Surroundings) -> list[Tensor]:
        """Write one model and return its output tensors. `inputs` is None for the outermost model."""
        config = entry["config"]
        if entry.get("class_name") not in MODEL_CLASSES or "layers" not in config:
            raise Unreadable("it is not a Functional or Sequential model: a subclass of Model hides its graph")
        if len(at.containers) > MAXIMUM_NESTING:
            raise Unreadable(f"models are nested more than {MAXIMUM_NESTING} deep")
        self._spend(len(config["layers"]))
        return (self._functional if "output_layers" in config else self._sequential)(config, inputs, at)

    def _sequential(
        self, config: Mapping[str, Any], inputs: Sequence[Tensor] | None, at: _Surroundings
    ) -> list[Tensor]:
        current = None if inputs is None else list(inputs)
        for layer in config["layers"]:
            if layer["class_name"] == "InputLayer":
                current = self._call(layer, None, (), at) if current is None else current
                continue
            if current is None:
                implied = {"name": "input", "batch_shape": config.get("build_input_shape")}
                current = self._call({"class_name": "InputLayer", "config": implied}, None, (), at)
            if len(current) == 1:
                self._note(current[0], (layer.get("build_config") or {}).get("input_shape"))
            current = self._call(layer, None, current, at)
        if current is None:
            raise Unreadable("it has no layers")
        return current

    def _functional(
        self, config: Mapping[str, Any], inputs: Sequence[Tensor] | None, at: _Surroundings
    ) -> list[Tensor]:
        layers = {_name(layer): layer for layer in config["layers"]}
        if len(layers) != len(config["layers"]):
            raise Unreadable("two of its layers have the same name")
        results: dict[tuple[str, int], list[Tensor]] = {}
        if inputs is not None:
            names = [reference.layer for reference in references(config["input_layers"])]
            if len(names) != len(inputs):
                raise Unreadable("a nested model is called with another number of inputs than it has")
            results = {(name, 0): [tensor] for name, tensor in zip(names, inputs, strict=True)}
        records: list[tuple[str, int, CallRecord]] = []
        for name, layer in layers.items():
            nodes = layer.get("inbound_nodes") or []
            self._spend(len(nodes))
            records.extend((name, index, read_record(node)) for index, node in enumerate(nodes))
            if not nodes and (name, 0) not in results:
                results[name, 0] = self._call(layer, None, (), at)
        for name, index, record in _in_order(records, results, layers):
            tensors = [_tensor(results[_key(reference, layers, record)], reference) for reference in record.tensors]
            for reference, tensor in zip(record.tensors, tensors, strict=True):
                self._note(tensor, reference.shape)
            results[name, index] = self._call(layers[name], record, tensors, at)
        ends = references(config["output_layers"])
        if not ends:
            raise Unreadable("it has no output")
        return [_tensor(results[_key(end, layers, None)], end) for end in ends]

    def _call(
        self, layer: Mapping[str, Any], record: CallRecord | None, inputs: Sequence[Tensor], at: _Surroundings
    ) -> list[Tensor]:
        name, class_name, settings = _name(layer), layer["class_name"], layer["config"]
        if not isinstance(class_name, str) or not isinstance(settings, dict):
            raise Unreadable(f"layer {name!r} has no class or no settings")
        written = at.training
        if written is None and record is not None:
            written = written_training(class_name, record.kwargs)
        path = (*at.path, name)
        own_id = self._new_id("/".join(path))
        if class_name in MODEL_CLASSES:
            outputs = self.model(layer, inputs, _Surroundings((*at.containers, own_id), path, written))
            self.containers[own_id] = Container(own_id, name, class_name, tuple(inputs), tuple(outputs), written)
            return outputs
        self._spend(1)
        constants = (record.constants, record.constant_first) if record is not None else ((), False)
        self.calls.append(
            Call(own_id, name, class_name, settings, tuple(inputs), *constants, at.containers, written, path)
        )
        tensor = (len(self.calls) - 1, 0)
        if class_name == "InputLayer":
            self._note(tensor, settings.get("batch_shape", settings.get("batch_input_shape")))
        return [tensor]

    def _new_id(self, wanted: str) -> str:
        self.ids[wanted] = self.ids.get(wanted, 0) + 1
        return wanted if self.ids[wanted] == 1 else f"{wanted}#{self.ids[wanted]}"

    def _spend(self, amount: int) -> None:
        self.spent += amount
        if self.spent > 2 * MAXIMUM_CALLS or len(self.calls) >= MAXIMUM_CALLS:
            raise Unreadable(f"it has more than {MAXIMUM_CALLS} layer calls when nested models are written out")

    def _note(self, tensor: Tensor, shape: object) -> None:
        if isinstance(shape, list) and all(size is None or (type(size) is int and abs(size) < 2**31) for size in shape):
            self.shapes.setdefault(tensor, tuple(shape))


def _in_order(
    records: Sequence[tuple[str, int, CallRecord]],
    known: Mapping[tuple[str, int], object],
    layers: Mapping[str, Any],
) -> list[tuple[str, int, CallRecord]]:
    """The records so that each comes after what it needs, otherwise as written."""
    waiting: dict[tuple[str, int], list[int]] = {}
    missing = [0] * len(records)
    for position, (_, _, record) in enumerate(records):
        for key in {_key(reference, layers, record) for reference in record.tensors}:
            if key in known:
                continue
            waiting.setdefault(key, []).append(position)
            missing[position] += 1
    ready = [position for position, count in enumerate(missing) if not count]
    heapq.heapify(ready)
    ordered = []
    while ready:
        name, index, record = records[heapq.heappop(ready)]
        ordered.append((name, index, record))
        for position in waiting.pop((name, index), ()):
            missing[position] -= 1
            if not missing[position]:
                heapq.heappush(ready, position)
    if len(ordered) < len(records):
        stuck = next(records[position][0] for position, count in enumerate(missing) if count)
        raise Unreadable(f"layer {stuck!r} is called on something that does not exist")
    return ordered


def _key(reference: Reference, layers: Mapping[str, Any], record: CallRecord | None) -> tuple[str, int]:
    """Layer and call of a reference. Functional models are born with a call of their own that is not written down:
    Keras counts their calls from 1 in `output_layers` (here: no record), Keras 2 everywhere."""
    if reference.layer not in layers:
        raise Unreadable(f"a layer named {reference.layer!r} is used and does not exist")
    layer = layers[reference.layer]
    from_one = (record is None or record.from_keras_2) and (
        layer["class_name"] in {"Functional", "Model"} or (record is not None and _born_with_input(layer))
    )
    return reference.layer, reference.call - (1 if from_one and reference.call > 0 else 0)


def _born_with_input(layer: Mapping[str, Any]) -> bool:
    """A Sequential of Keras 2 that knows its input is such a model too."""
    inner = layer["config"].get("layers") if layer["class_name"] == "Sequential" else None
    return isinstance(inner, list) and bool(inner) and inner[0].get("class_name") == "InputLayer"


def _tensor(outputs: Sequence[Tensor], reference: Reference) -> Tensor:
    if len(outputs) == 1:
        position, output = outputs[0]
        return position, reference.output or output
    return outputs[reference.output]


def _name(layer: Mapping[str, Any]) -> str:
    name = layer.get("name") or layer["config"].get("name")
    if not isinstance(name, str):
        raise Unreadable("one of its layers has no name")
    return name
