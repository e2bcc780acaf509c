"""Admission of a model configuration that was written in a hostile kernel.

`admit` looks at the JSON only: it imports no Keras and builds nothing. What it lets pass names only classes of
`grader.models.admitted`, is finite, and is small enough to build. Classes without a public name keep their module path
in Keras 3 (`keras.src.models.functional`), hence the allow-list of pairs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from grader.errors import EvidenceError
from grader.models import admitted, sizes

Trail: TypeAlias = "tuple[Trail | None, str | int]"

MAXIMUM_BYTES = 32 * 2**20
MAXIMUM_DEPTH = 120
MAXIMUM_VALUES = 2_000_000
MAXIMUM_LAYERS = 2_000
MAXIMUM_PARAMETERS = 200_000_000
MAXIMUM_PIXELS = 1024
MAXIMUM_CHANNELS = 4096
"""Nested models inside a base have inputs of their own: feature maps, not only images."""
MAXIMUM_ELEMENTS = 2**26
"""Largest tensor per example: the first activation of a 1024-pixel EfficientNet needs 2**24."""
MAXIMUM_RANK = 8
MAXIMUM_SHAPES = 256
MAXIMUM_NAME = 512

_LARGEST = {
    "units": 65_536,
    "filters": 65_536,
    "kernel_size": 1_024,
    "strides": 1_024,
    "dilation_rate": 1_024,
    "pool_size": 4_096,
    "depth_multiplier": 1_024,
    "padding": 4_096,
    "cropping": 4_096,
    "size": 2_048,
    "height": 2_048,
    "width": 2_048,
    "num_heads": 1_024,
    "key_dim": 65_536,
    "repeats": 65_536,
    "num_layers": 64,
}
"""Settings that multiply memory or time, and the largest value of each."""

_LARGEST_INPUT = (MAXIMUM_PIXELS, MAXIMUM_PIXELS, MAXIMUM_CHANNELS)

_OBJECT_KEYS = frozenset(
    {"module", "class_name", "config", "registered_name", "build_config", "compile_config", "name", "inbound_nodes"}
)


def admit(config: object) -> None:
    """Refuse a configuration that could run code, read files or exhaust the machine.

    Args:
        config: decoded JSON of `keras.saving.serialize_keras_object(model)`, from an untrusted source. Its
            `compile_config` parts are not looked at: build only `grader.models.inert.inert(config)`.

    Raises:
        EvidenceError: a class is not on the list, or a size is over its limit; says what and where.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise _refusal("the configuration of a Keras model", f"a JSON {type(config).__name__}", None)
    bill = _Bill()
    for value, trail, key, depth in _walk(config):
        bill.value(value, trail, depth)
        if isinstance(value, dict):
            _check_object(value, trail, bill)
        elif key in _LARGEST:
            _check_largest(value, key, trail)
        elif key in {"activation", "recurrent_activation"} and isinstance(value, str):
            _check_activation(value, trail)


@dataclass
class _Bill:
    """What the configuration adds up to so far."""

    values: int = 0
    size: int = 0
    layers: int = 0
    parameters: int = 0

    def value(self, value: object, trail: Trail | None, depth: int) -> None:
        self.values += 1
        self.size += 8 + (len(value) if isinstance(value, str) else 0)
        if depth > MAXIMUM_DEPTH:
            raise _refusal(f"at most {MAXIMUM_DEPTH} levels of nesting", "more", trail)
        if self.values > MAXIMUM_VALUES or self.size > MAXIMUM_BYTES:
            raise _refusal(f"at most {MAXIMUM_VALUES} values and {MAXIMUM_BYTES} bytes", "more", trail)
        if isinstance(value, float) and not math.isfinite(value):
            raise _refusal("finite numbers", str(value), trail)
        if isinstance(value, int) and abs(value) > 2**63:
            raise _refusal("integers of at most 64 bits", f"one of {value.bit_length()} bits", trail)
        if isinstance(value, str) and not _is_encodable(value):
            raise _refusal("text in Unicode", "lone surrogates", trail)
        if value is not None and not isinstance(value, dict | list | str | int | float):
            raise _refusal("JSON values", f"a {type(value).__name__}", trail)

    def layer(self, entry: Mapping[str, Any], config: Mapping[str, Any], trail: Trail | None) -> None:
        self.layers += 1
        if self.layers > MAXIMUM_LAYERS:
            raise _refusal(f"at most {MAXIMUM_LAYERS} layers", "more", trail)
        self.parameters += sizes.parameters(entry["class_name"], config, _claimed_input_shape(entry))
        if self.parameters > MAXIMUM_PARAMETERS:
            raise _refusal(f"at most {MAXIMUM_PARAMETERS} parameters", f"at least {self.parameters}", trail)


def _walk(config: object) -> Iterator[tuple[object, Trail | None, str, int]]:
    """Every value outside `compile_config`: (value, trail, nearest key, depth). Iterative: depth is the sender's."""
    pending: list[tuple[object, Trail | None, str, int]] = [(config, None, "", 0)]
    while pending:
        value, trail, key, depth = pending.pop()
        yield value, trail, key, depth
        if isinstance(value, dict):
            for name, item in value.items():
                if not isinstance(name, str) or len(name) > MAXIMUM_NAME or not _is_encodable(name):
                    raise _refusal(f"keys of at most {MAXIMUM_NAME} characters", "another key", trail)
                if name != "compile_config":
                    pending.append((item, (trail, name), name, depth + 1))
        elif isinstance(value, list):
            pending.extend((item, (trail, index), key, depth + 1) for index, item in enumerate(value))


def _check_object(entry: Mapping[str, Any], trail: Trail | None, bill: _Bill) -> None:
    if "class_name" not in entry:
        for key in (
            "batch_shape",
            "input_shape",
            "build_input_shape",
            "target_shape",
            "newshape",
            "shape",
            "shapes_dict",
        ):
            if isinstance(entry.get(key), list):
                _check_shape(entry[key], (trail, key))
        return
    class_name = entry["class_name"]
    if not isinstance(class_name, str):
        raise _refusal("a class name", f"a {type(class_name).__name__}", trail)
    module = entry.get("module")
    kind = admitted.kind_of(module, class_name) if module is None or isinstance(module, str) else None
    if kind is None:
        raise _refusal("a class on the list of admitted Keras classes", f"{_short(module)}.{_short(class_name)}", trail)
    if entry.get("registered_name") not in (None, class_name) and kind != "function":
        raise _refusal("a class of Keras itself", f"one registered as {_short(entry.get('registered_name'))}", trail)
    if unknown := set(entry) - _OBJECT_KEYS:
        raise _refusal(f"only {', '.join(sorted(_OBJECT_KEYS))}", _short(min(unknown)), trail)
    if "config" not in entry:
        raise _refusal(f"the `config` of {class_name}", "none", trail)
    _check_kind(kind, entry, trail, bill)


def _check_kind(kind: str, entry: Mapping[str, Any], trail: Trail | None, bill: _Bill) -> None:
    class_name, config = entry["class_name"], entry["config"]
    if kind == "function":
        if not isinstance(config, str) or admitted.ACTIVATION_SYNONYMS.get(config, config) not in admitted.ACTIVATIONS:
            raise _refusal("one of Keras' activation functions", _short(config), trail)
        return
    if not isinstance(config, dict):
        raise _refusal(f"a `config` of {class_name} with settings", f"a {type(config).__name__}", trail)
    if kind == "dtype" and config.get("name") not in list(admitted.DTYPE_POLICY_NAMES):
        raise _refusal("a floating point policy such as float32", _short(config.get("name")), trail)
    if class_name == "__keras_tensor__":
        _check_shape(config.get("shape"), (trail, "shape"))
    if kind not in {"model", "layer", "operation"}:
        return
    functions = admitted.KERAS_2_OPERATIONS.get((str(entry.get("module")), class_name))
    if functions is not None and config.get("function") not in list(functions):
        raise _refusal("one of TensorFlow's admitted functions", _short(config.get("function")), trail)
    name = config.get("name")
    if name is not None and (not isinstance(name, str) or len(name) > MAXIMUM_NAME):
        raise _refusal(f"a layer name of at most {MAXIMUM_NAME} characters", _short(name), trail)
    if class_name == "InputLayer":
        _check_input(config.get("batch_shape", config.get("batch_input_shape")), trail)
    bill.layer(entry, config, trail)


def _check_input(shape: object, trail: Trail | None) -> None:
    _check_shape(shape, (trail, "batch_shape"))
    assert isinstance(shape, list)
    if len(shape) == 4 and any((side or 0) > limit for side, limit in zip(shape[1:], _LARGEST_INPUT, strict=True)):
        limit = f"inputs of at most {MAXIMUM_PIXELS} × {MAXIMUM_PIXELS} × {MAXIMUM_CHANNELS}"
        raise _refusal(limit, f"an input of shape {shape}", trail)


def _check_shape(shape: object, trail: Trail | None) -> None:
    """A shape with the batch size first, or a list of such shapes."""
    if not isinstance(shape, list) or len(shape) > MAXIMUM_SHAPES:
        raise _refusal("a shape", _short(shape), trail)
    if any(isinstance(size, list) for size in shape):
        for index, inner in enumerate(shape):
            _check_one_shape(inner, (trail, index))
    else:
        _check_one_shape(shape, trail)


def _check_one_shape(shape: object, trail: Trail | None) -> None:
    if not isinstance(shape, list) or len(shape) > MAXIMUM_RANK:
        raise _refusal(f"a shape of at most {MAXIMUM_RANK} dimensions", _short(shape), trail)
    if any(size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < -1) for size in shape):
        raise _refusal("a shape of whole numbers", _short(shape), trail)
    sizes_of_one = [max(size or 1, 1) for size in shape[1:]]
    if math.prod(sizes_of_one) > MAXIMUM_ELEMENTS or (shape and (shape[0] or 0) > MAXIMUM_ELEMENTS):
        raise _refusal(f"tensors of at most {MAXIMUM_ELEMENTS} values", f"shape {shape}"[:120], trail)


def _check_largest(value: object, key: str, trail: Trail | None) -> None:
    if isinstance(value, int | float) and abs(value) > _LARGEST[key]:
        raise _refusal(f"`{key}` of at most {_LARGEST[key]}", str(value)[:40], trail)


def _check_activation(name: str, trail: Trail | None) -> None:
    if admitted.ACTIVATION_SYNONYMS.get(name, name) not in admitted.ACTIVATIONS:
        raise _refusal("one of Keras' activation functions", _short(name), trail)


def _claimed_input_shape(entry: Mapping[str, Any]) -> object:
    """The shape a layer says it was built for: in `build_config`, else that of the first tensor it is called on."""
    build = entry.get("build_config")
    if isinstance(build, dict) and isinstance(build.get("input_shape"), list):
        return build["input_shape"]
    nodes = entry.get("inbound_nodes")
    try:
        return nodes[0]["args"][0]["config"]["shape"]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return None


def _refusal(expected: str, received: str, trail: Trail | None) -> EvidenceError:
    steps: list[str] = []
    while trail is not None and len(steps) < MAXIMUM_DEPTH:
        trail, step = trail
        steps.append(f"[{step}]" if isinstance(step, int) else f".{_short(step)}")
    return EvidenceError(
        expected=expected,
        received=received,
        where="model configuration" + "".join(reversed(steps)),
        todo="The model is not rebuilt.",
    )


def _is_encodable(text: str) -> bool:
    """Whether it can be written as UTF-8. JSON's `\\ud800` decodes to text that cannot."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _short(value: object) -> str:
    if isinstance(value, dict | list):
        return f"a {type(value).__name__} of {len(value)}"
    text = value.encode("utf-8", "replace").decode() if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
