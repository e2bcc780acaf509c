"""How Keras writes down that a layer was called: the two formats of `inbound_nodes`.

Keras 3 writes `{"args": [...], "kwargs": {...}}` with `__keras_tensor__` entries for tensors; Keras 2 writes
`[["name", 0, 0, {...}], ...]`. Both become a `CallRecord`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

MODEL_CLASSES = frozenset({"Functional", "Model", "Sequential"})


class Reference(NamedTuple):
    """A tensor: which layer made it, in which of its calls, and which of the outputs it is."""

    layer: str
    call: int
    output: int
    shape: Any = None


@dataclass(frozen=True)
class CallRecord:
    """One call of a layer as written down."""

    tensors: tuple[Reference, ...]
    constants: tuple[Any, ...]
    """Arguments that are no tensors, without `training` and `mask`."""
    constant_first: bool
    """The first argument is no tensor, as in `1 - x`."""
    kwargs: Mapping[str, Any]
    from_keras_2: bool


def read_record(node: Any) -> CallRecord:
    """Read one entry of `inbound_nodes`. Raises KeyError, TypeError, ValueError or IndexError on anything else."""
    if isinstance(node, list):
        return _keras_2(node)
    kwargs = node.get("kwargs") or {}
    values = [*node["args"], *(value for key, value in kwargs.items() if key not in {"training", "mask"})]
    tensors: list[Reference] = []
    constants: list[Any] = []
    for value in values:
        found = _tensors(value)
        tensors.extend(found)
        if not found and value is not None:
            constants.append(value)
    first = bool(values) and not _tensors(values[0])
    return CallRecord(tuple(tensors), tuple(constants), first, kwargs, from_keras_2=False)


def references(value: Any) -> list[Reference]:
    """Tensor references `[name, call, output]` in any structure of lists and dicts, in order."""
    if isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str):
        return [Reference(value[0], int(value[1]), int(value[2]))]
    inner = value.values() if isinstance(value, dict) else value
    return [reference for item in inner for reference in references(item)]


def written_training(class_name: str, kwargs: Mapping[str, Any]) -> bool | None:
    """The literal `training=` a student wrote, told apart from what Keras 3 writes down by itself.

    Keras 3.15 stores the default of `call` as if it had been given: False for `Dropout` and the noise layers, True for
    random augmentation (tried for each of them). Only the opposite value shows the student's hand.

    None of these literals has an effect inside `fit` or `predict`: `Functional` hands its own `training` on to every
    layer, over the literal. So a Dropout recorded with False does drop in training, and `base(x, training=False)`
    alone does not keep batch normalisation from updating (`tests/models/test_keras_behaviour.py` shows both).
    """
    value = kwargs.get("training")
    if not isinstance(value, bool):
        return None
    if class_name.startswith("Random"):
        return None if value else False
    if class_name.endswith(("Dropout", "Noise")) or class_name.startswith("SpatialDropout"):
        return True if value else None
    return value


def _keras_2(node: list[Any]) -> CallRecord:
    entries = [node] if node and isinstance(node[0], str) else node
    tensors = tuple(Reference(str(entry[0]), int(entry[1]), int(entry[2])) for entry in entries)
    kwargs: dict[str, Any] = {}
    for entry in entries:
        if len(entry) > 3 and isinstance(entry[3], dict):
            kwargs.update(entry[3])
    left_out = {"training", "mask", "name"}
    given = [value for key, value in kwargs.items() if key not in left_out and value is not None]
    # The second operand of `x + y` stands among the keywords, as a reference like the first.
    operands = tuple(Reference(*value) for value in given if _is_reference(value))
    constants = tuple(value for value in given if not _is_reference(value))
    return CallRecord((*tensors, *operands), constants, constant_first=False, kwargs=kwargs, from_keras_2=True)


def _is_reference(value: Any) -> bool:
    return isinstance(value, list) and [type(part) for part in value] == [str, int, int]


def _tensors(value: Any) -> list[Reference]:
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            config = value["config"]
            layer, call, output = config["keras_history"]
            return [Reference(str(layer), int(call), int(output), config.get("shape"))]
        return [found for item in value.values() for found in _tensors(item)]
    if isinstance(value, list):
        return [found for item in value for found in _tensors(item)]
    return []
