"""What a single call does in the model, by class and by its position to the base; and its settings for a reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeGuard

from grader.evidence.model import Role, Scalar
from grader.models.calls import Call

Side = Literal["before", "after"]
"""Before the base's output, or after it. Without a base: before or after the first layer that learns."""

AUGMENTATION_CLASSES = frozenset(
    {
        "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix", "Equalization", "MixUp",
        "RandAugment", "Solarization", "Pipeline", "GaussianNoise",
    }
)  # fmt: skip
PREPROCESSING_CLASSES = frozenset(
    {
        "Rescaling", "Normalization", "Resizing", "CenterCrop", "ZeroPadding2D", "Cropping2D", "Identity",
        "TrueDivide", "Divide", "Multiply", "Subtract", "Add", "Negative", "Cast", "GetItem", "Stack", "Concatenate",
        "Clip", "Flip", "Power", "Sqrt", "Square", "Mean", "Std", "Var", "Max", "Min", "Amax", "Amin", "Moments",
        "Normalize", "UnitNormalization", "Reshape", "ExpandDims", "Squeeze", "Transpose", "Permute", "Repeat", "Tile",
        "Resize", "RGBToGrayscale", "CropImages", "PadImages", "Pad", "Split", "Unstack", "TFOpLambda",
        "SlicingOpLambda", "Maximum", "Minimum",
    }
)  # fmt: skip
POOLING_CLASSES = frozenset(
    {
        "GlobalAveragePooling2D", "GlobalMaxPooling2D", "AveragePooling2D", "MaxPooling2D", "AdaptiveAveragePooling2D",
        "AdaptiveMaxPooling2D", "Flatten", "Mean", "Max", "Amax", "AveragePool", "MaxPool", "Ravel",
        "GlobalAveragePooling1D", "GlobalMaxPooling1D",
    }
)  # fmt: skip
REGULARISATION_CLASSES = frozenset(
    {
        "Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization",
        "SpatialDropout1D",
    }
)  # fmt: skip
HEAD_CLASSES = frozenset(
    {
        "Dense", "Activation", "Softmax", "Sigmoid", "Conv2D", "SeparableConv2D", "DepthwiseConv2D", "ReLU",
        "LeakyReLU", "PReLU", "ELU", "Relu", "BatchNormalization", "LayerNormalization", "GroupNormalization",
        "EinsumDense", "MultiHeadAttention", "Attention", "Conv1D", "Conv2DTranspose",
    }
)  # fmt: skip

_READABLE = (
    "mode", "factor", "height_factor", "width_factor", "value_range", "fill_mode", "rate", "stddev", "units", "filters",
    "kernel_size", "strides", "pool_size", "activation", "scale", "offset", "height", "width", "axis", "keepdims",
    "dtype", "function",
)  # fmt: skip


def is_augmentation(call: Call) -> bool:
    """Whether its class changes images at random in training."""
    return call.class_name in AUGMENTATION_CLASSES or call.class_name.startswith("Random")


def role_of(call: Call, side: Side) -> Role:
    """What the call does, given where it stands."""
    if call.class_name == "InputLayer":
        return "input"
    if side == "before":
        if is_augmentation(call):
            return "augmentation"
        return "preprocessing" if call.class_name in PREPROCESSING_CLASSES else "other"
    if call.class_name in POOLING_CLASSES:
        return "pooling"
    if call.class_name in REGULARISATION_CLASSES:
        return "regularisation"
    return "head" if call.class_name in HEAD_CLASSES else "other"


def learns(call: Call) -> bool:
    """Whether it is of a class that ends the part before the network proper, in a model without a known base."""
    return call.class_name in HEAD_CLASSES | POOLING_CLASSES and call.class_name not in PREPROCESSING_CLASSES


def settings_of(call: Call) -> dict[str, Scalar]:
    """The settings a reader cares about, as scalars.

    A range such as `factor=(-0.1, 0.3)` becomes `factor_low`, `factor_high` and `factor`, its larger magnitude, so
    that `factor == 0` always means "does nothing". Other lists become text. An operation with a number, such as
    `x / 127.5`, has it as `operand`, and `operand_first` where the number comes first.
    """
    settings: dict[str, Scalar] = {}
    for key in _READABLE:
        settings.update(_scalars(key, call.settings.get(key)))
    numbers = [value for value in call.constants if _is_number(value)]
    if numbers:
        settings["operand"] = numbers[0]
    elif call.constants:
        settings["operand"] = _described(call.constants[0])
    if call.constant_first and call.constants:
        settings["operand_first"] = True
    return settings


def _scalars(key: str, value: object) -> Mapping[str, Scalar]:
    if value is None or key == "dtype":
        return {key: value} if isinstance(value, str) else {}
    if isinstance(value, dict):
        return {key: _described(value)}
    if isinstance(value, str):
        return {key: readable(value)}
    if isinstance(value, bool) or _is_number(value):
        return {key: value}
    numbers = [item for item in value if _is_number(item)] if isinstance(value, list) else []
    if len(numbers) == 2 and key.endswith("factor"):
        low, high = numbers
        return {f"{key}_low": low, f"{key}_high": high, key: max(abs(low), abs(high))}
    return {key: ", ".join(f"{number:g}" for number in numbers[:8])} if numbers else {}


def _described(value: object) -> str:
    """A short text for an argument that is no number."""
    if isinstance(value, dict):
        inner = value.get("config")
        if value.get("class_name") in ("__tensor__", "__numpy__") and isinstance(inner, dict):
            numbers = list(_numbers(inner.get("value"), 8))
            return ", ".join(f"{number:g}" for number in numbers)
        if value.get("class_name") == "function":
            return readable(str(inner)[:80])
        return readable(str(value.get("class_name", "settings"))[:80])
    if isinstance(value, list):
        return ", ".join(f"{number:g}" for number in _numbers(value, 8)) or f"list of {len(value)}"
    return readable(value) if isinstance(value, str) else type(value).__name__


def _numbers(value: object, limit: int) -> list[float]:
    found: list[float] = []
    pending = [value]
    while pending and len(found) < limit:
        item = pending.pop(0)
        if isinstance(item, list):
            pending[:0] = item[:limit]
        elif _is_number(item):
            found.append(item)
    return found


def _is_number(value: object) -> TypeGuard[int | float]:
    """A number that can be written out: Python refuses to print integers of thousands of digits."""
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63)


def readable(text: str) -> str:
    """Text from a configuration, short and fit for JSON: a lone surrogate cannot be encoded."""
    return text[:200].encode("utf-8", "replace").decode()
