"""Strip an admitted model configuration to what inference needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.models import admitted

_NOT_FOR_INFERENCE = frozenset({"compile_config", "quantization_config"})


def inert(config: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of an admitted configuration with only what inference needs.

    Optimiser, loss and metrics, regularisers and constraints are dropped. Initialisers become zeros: the weights are
    filled in afterwards, and drawing random ones costs more than building.
    """
    return {key: _without_training(value) for key, value in config.items() if key not in _NOT_FOR_INFERENCE}


def _without_training(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_training(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "function":
        name = value.get("config")
        return admitted.ACTIVATION_SYNONYMS.get(name, name) if isinstance(name, str) else None
    copy: dict[str, Any] = {}
    for key, item in value.items():
        if key in _NOT_FOR_INFERENCE:
            continue
        if key.endswith("_initializer") and item is not None:
            copy[key] = "zeros"
        elif key.endswith(("_regularizer", "_constraint")):
            copy[key] = None
        elif key == "trainable" and item is None:
            # `layer.trainable = None` freezes, and Keras 2 writes it down as it stands but does not build it again.
            copy[key] = False
        else:
            copy[key] = _without_training(item)
    return copy
