"""Fingerprints of what is calculated: equal wherever the same layers are wired the same way.

The fingerprint of a call is a hash of its class, the settings that make the architecture, and the fingerprints of its
inputs (a Merkle tree; R. Merkle, "A digital signature based on a conventional encryption function", CRYPTO 1987). It
therefore stands for everything from the backbone's input to that call, so the fingerprints of a cut backbone are among
those of the whole one. Names, image size, trainable flags, initialisers and rates do not enter.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
from collections.abc import Container, Mapping, Sequence
from typing import Final

from grader.models.calls import Call, Calls, Tensor

LENGTH: Final = 8
"""Characters per fingerprint (48 bits): among 20,000 known ones a stranger hits one by chance once in 10**10."""

_ARCHITECTURE: Final = (
    "filters", "units", "kernel_size", "strides", "dilation_rate", "groups", "depth_multiplier", "use_bias",
    "activation", "pool_size", "max_value", "negative_slope", "keepdims",
)  # fmt: skip
"""Settings that enter. `padding` does not: `ZeroPadding2D` and `Cropping2D` take it from the image size."""

_SAME_SETTING: Final = {"swish": "silu", "hard_swish": "hard_silu"}
"""Two names of one activation (`keras.activations`)."""

_WRITTEN_BY_KERAS_2: Final = {"DepthwiseConv2D": "groups", "SeparableConv2D": "groups"}
"""A setting that Keras 2 writes down and Keras 3 does not; its value is always the same."""

_OPERATIONS_OF_KERAS_2: Final = {
    "__operators__.add": "Add", "math.add": "Add", "math.multiply": "Multiply", "__operators__.truediv": "TrueDivide",
}  # fmt: skip
"""What `+` and `*` on tensors are called in the configurations of Keras 2 (`TFOpLambda`), and in those of Keras 3."""

_TRANSPARENT_AFTER: Final = {"Rescaling": "Normalization"}
"""EfficientNet has a second Rescaling after its Normalization with `weights="imagenet"` and none with
`weights=None` (`keras/src/applications/efficientnet.py`): both are the same architecture."""


def start() -> str:
    """The fingerprint that stands for a backbone's input."""
    return "input"


def fingerprint(call: Call, inputs: Sequence[str], after: str | None) -> str:
    """The fingerprint of one call.

    Args:
        call: the call.
        inputs: fingerprints of its inputs, in order.
        after: class of the call that made its first input; None at a backbone's input.
    """
    if after is not None and _TRANSPARENT_AFTER.get(call.class_name) == after:
        return inputs[0]
    left_out = _WRITTEN_BY_KERAS_2.get(call.class_name)
    settings = [None if key == left_out else _plain(call.settings.get(key)) for key in _ARCHITECTURE]
    name = call.class_name
    if name == "TFOpLambda":
        name = _OPERATIONS_OF_KERAS_2.get(str(call.settings.get("function")), name)
    text = json.dumps([name, settings, list(inputs)])
    return base64.b85encode(hashlib.sha256(text.encode()).digest()[:6]).decode()


def fingerprints_from(
    graph: Calls, entry: Tensor, known: Container[str], consumers: Sequence[Sequence[int]]
) -> dict[int, str]:
    """Fingerprints of all calls that depend on nothing but `entry`, as far as they are known.

    Args:
        graph: the flat model.
        entry: the tensor that is taken for the backbone's input.
        known: fingerprints worth following.
        consumers: `graph.consumers()`.

    Returns:
        Position of the call to its fingerprint.
    """
    found: dict[int, str] = {}
    # Calls are in topological order, so the smallest position waiting has all its inputs settled.
    waiting = list(consumers[entry[0]])
    heapq.heapify(waiting)
    seen = set(waiting)
    while waiting:
        position = heapq.heappop(waiting)
        value = fingerprint_at(graph, position, entry, found)
        if value is None or value not in known:
            continue
        found[position] = value
        for consumer in consumers[position]:
            if consumer not in seen:
                seen.add(consumer)
                heapq.heappush(waiting, consumer)
    return found


def fingerprint_at(graph: Calls, position: int, entry: Tensor, found: Mapping[int, str]) -> str | None:
    """The fingerprint of one call given those before it; None when it depends on anything else."""
    call = graph.calls[position]
    inputs: list[str] = []
    for tensor in call.inputs:
        if tensor == entry:
            inputs.append(start())
        elif tensor[0] in found:
            inputs.append(found[tensor[0]])
        else:
            return None
    if not inputs:
        return None
    first = call.inputs[0]
    return fingerprint(call, inputs, None if first == entry else graph.calls[first[0]].class_name)


def _plain(value: object) -> object:
    """A setting as written, the same for Keras 2 and 3: numbers, words, lists of numbers, or a class name."""
    if isinstance(value, dict):
        return str(value.get("class_name"))[:64]
    if isinstance(value, list):
        return [_plain(item) for item in value[:8]]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return float(value) if abs(value) < 2**63 else "out of range"
    return _SAME_SETTING.get(str(value), str(value)[:64])
