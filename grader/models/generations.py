"""Which generation of Keras wrote a configuration down."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

Generation: TypeAlias = Literal["keras3", "tf_keras"]

MAXIMUM_LOOKED_AT = 200_000


def generation_of(config: Any) -> Generation:
    """`tf_keras` for a configuration of Keras 2: its input layers say `batch_input_shape`, those of Keras 3 do not."""
    pending, seen = [config], 0
    while pending and seen < MAXIMUM_LOOKED_AT:
        value = pending.pop()
        seen += 1
        if isinstance(value, dict):
            if value.get("class_name") == "InputLayer" and isinstance(value.get("config"), dict):
                return "tf_keras" if "batch_input_shape" in value["config"] else "keras3"
            if str(value.get("module", "")).startswith("tf_keras."):
                return "tf_keras"
            pending.extend(item for name, item in value.items() if name != "compile_config")
        elif isinstance(value, list):
            pending.extend(reversed(value))
    return "keras3"
