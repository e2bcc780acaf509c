"""What stands after the base, as steps that can be built anew. Reads inert data only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from grader.models import admitted
from grader.models.backbones import Base
from grader.models.calls import Call, Calls
from grader.replay.recipe import Pooling, Step
from grader.replay.unfit import Unfit, short

LAYERS: Final = frozenset(
    {
        "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "AveragePooling2D",
        "BatchNormalization", "Concatenate", "Conv2D", "Dense", "DepthwiseConv2D", "Dropout", "ELU", "Flatten",
        "GaussianDropout", "GaussianNoise", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "GroupNormalization",
        "Identity", "LayerNormalization", "LeakyReLU", "MaxPooling2D", "Maximum", "Multiply", "PReLU", "ReLU",
        "Rescaling", "Reshape", "SeparableConv2D", "Softmax", "SpatialDropout2D", "UnitNormalization",
    }
)  # fmt: skip
"""Classes of `keras.layers` whose whole state comes from their settings."""

POOLING: Final[Mapping[str, Pooling]] = {"GlobalAveragePooling2D": "avg", "GlobalMaxPooling2D": "max"}
MOST_STEPS: Final = 60
_DROPPED: Final = frozenset({"name", "dtype", "quantization_config", "batch_input_shape"})


def read_head(graph: Calls, base: Base, written_down: bool = False) -> tuple[Pooling, tuple[Step, ...]]:
    """The pooling that can be done once for all, and the steps that are left.

    Args:
        written_down: Let a head that starts from numbers of the notebook's own start from Keras' usual ones instead.

    Raises:
        Unfit: the head cannot be built from its settings alone.
    """
    if len(base.exits) != 1 or len(graph.outputs) != 1:
        raise Unfit("the model takes several outputs of the base, or has several of its own")
    positions = _downstream(graph, base)
    numbers = {position: number for number, position in enumerate(positions)}
    pooling: Pooling = "none"
    if base.pooling is not None:
        pooling = "avg" if base.pooling == "avg" else "max"
    elif not base.include_top and positions and _pools(graph, positions, base):
        pooling = POOLING[graph.calls[positions[0]].class_name]
        numbers = {position: number - 1 for position, number in numbers.items()}
        positions = positions[1:]
    if not positions:
        raise Unfit("nothing stands after the base")
    return pooling, tuple(_step(graph.calls[position], base, numbers, written_down) for position in positions)


def _downstream(graph: Calls, base: Base) -> list[int]:
    """Positions after the base on the way to the output, in order; everything in them must come from the base."""
    on_path = graph.on_path()
    fed: list[int] = []
    for position, call in enumerate(graph.calls):
        if not on_path[position] or position in base.positions:
            continue
        from_base = [source == base.exits[0] or source[0] in fed for source in call.inputs]
        if any(from_base):
            if not all(from_base):
                raise Unfit("the head also takes something that does not come from the base")
            fed.append(position)
    if not fed or graph.outputs[0][0] != fed[-1]:
        raise Unfit("the model's output does not come from its base")
    if len(fed) > MOST_STEPS:
        raise Unfit(f"the head has more than {MOST_STEPS} layers")
    if len({graph.calls[position].path for position in fed}) < len(fed):
        raise Unfit("a layer of the head is used twice")
    return fed


def _pools(graph: Calls, positions: list[int], base: Base) -> bool:
    """Whether the first step is a plain global pooling, and the only one that takes the base's output."""
    first = graph.calls[positions[0]]
    users = [position for position in positions if base.exits[0] in graph.calls[position].inputs]
    return first.class_name in POOLING and users == [positions[0]] and not first.settings.get("keepdims")


def _step(call: Call, base: Base, numbers: Mapping[int, int], written_down: bool) -> Step:
    # Operations share names with layers (`Add`); only layers have a flag for training.
    if call.class_name not in LAYERS or call.constants or "trainable" not in call.settings:
        raise Unfit(f"the head has a layer that cannot be built from its settings alone ({short(call.class_name)})")
    given = {key: value for key, value in call.settings.items() if key not in _DROPPED}
    if written_down:
        given = {key: value for key, value in given.items() if not _is_written_down(value)}
    settings = {key: _plain(value, key) for key, value in given.items()}
    inputs = tuple(-1 if source == base.exits[0] else numbers[source[0]] for source in call.inputs)
    return Step(class_name=call.class_name, settings=settings, inputs=inputs, training=call.training)


def _is_written_down(value: Any) -> bool:
    """An initialiser that holds the numbers themselves."""
    inner = value.get("config") if isinstance(value, dict) and value.get("class_name") == "Constant" else None
    return isinstance(inner, dict) and not isinstance(inner.get("value"), int | float)


def _plain(value: Any, key: str) -> Any:
    """A setting without what must not be taken over: seeds, and initial weights that somebody wrote down."""
    if key in ("seed", "seed_generator"):
        return None
    if isinstance(value, dict):
        if value.get("class_name") == "function":
            name = value.get("config")
            return admitted.ACTIVATION_SYNONYMS.get(name, name) if isinstance(name, str) else None
        inner = value.get("config")
        if value.get("class_name") == "Constant" and isinstance(inner, dict):
            constant = inner.get("value")
            if not isinstance(constant, int | float):
                raise Unfit("the head starts from numbers that are written down, not from random ones")
        return {name: _plain(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, "") for item in value]
    return value
