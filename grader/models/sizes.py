"""How large a layer would become, calculated from its configuration before anything is built."""

from __future__ import annotations

import math
from collections.abc import Mapping


def _count(value: object, default: int = 1) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default


def _product(value: object, rank: int) -> int:
    if isinstance(value, list):
        return math.prod(_count(item) for item in value)
    return int(_count(value) ** rank)


def parameters(class_name: str, config: Mapping[str, object], input_shape: object) -> int:
    """Number of weights a layer has, estimated.

    Args:
        class_name: the layer's class.
        config: the layer's configuration.
        input_shape: the shape it says it was built for, batch first; unknown dimensions count as 1.

    Returns:
        The number of kernel weights (biases and moments are small beside them); 0 for layers without.
    """
    shape = [_count(size) for size in input_shape[1:]] if isinstance(input_shape, list) else []
    channels = shape[-1] if shape else 1
    rank = 3 if "3D" in class_name else 1 if "1D" in class_name else 2
    if class_name == "Dense":
        return (channels + 1) * _count(config.get("units"))
    if class_name.startswith("Conv"):
        groups = _count(config.get("groups"))
        kernel = _product(config.get("kernel_size"), rank)
        return max(1, channels // groups) * kernel * _count(config.get("filters"))
    if class_name.startswith("Depthwise"):
        return channels * _product(config.get("kernel_size"), rank) * _count(config.get("depth_multiplier"))
    if class_name.startswith("Separable"):
        depth = channels * _count(config.get("depth_multiplier"))
        return depth * _product(config.get("kernel_size"), rank) + depth * _count(config.get("filters"))
    if class_name == "Embedding":
        return _count(config.get("input_dim")) * _count(config.get("output_dim"))
    if class_name in {"MultiHeadAttention", "GroupQueryAttention"}:
        heads = _count(config.get("num_heads", config.get("num_query_heads")))
        return 4 * channels * heads * _count(config.get("key_dim", config.get("head_dim")))
    if class_name == "EinsumDense":
        return math.prod(shape or [1]) * _product(config.get("output_shape"), 1)
    if class_name == "PReLU":
        return math.prod(shape or [1])
    if class_name.endswith("Normalization"):
        return 4 * channels
    return 0
