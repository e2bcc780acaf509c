"""The order, names and shapes of MobileNetV2's weights (alpha 1.0, no top), as Keras builds it.

From table 2 of Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (arXiv:1801.04381) with
the layer names of `keras.applications.MobileNetV2`. Written down here so that weights can be packed, unpacked and
written to a Keras file without TensorFlow; a slow test compares it with the network Keras builds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

STAGES = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1))
"""(expansion, output channels, repeats) of each stage."""
STEM_CHANNELS = 32
FEATURES = 1280
BATCH_NORM_WEIGHTS = ("gamma", "beta", "moving_mean", "moving_variance")


@dataclass(frozen=True)
class Layer:
    """One layer with weights. `shape` is the kernel's, or (channels,) of each batch normalisation vector."""

    name: str
    kind: Literal["convolution", "depthwise", "batch_norm"]
    shape: tuple[int, ...]

    @property
    def weight_names(self) -> tuple[str, ...]:
        """Names of its arrays, in Keras' order."""
        if self.kind == "batch_norm":
            return BATCH_NORM_WEIGHTS
        return ("depthwise_kernel",) if self.kind == "depthwise" else ("kernel",)

    @property
    def channels(self) -> int:
        """Output channels: what has one scale, or one entry per batch normalisation vector, each."""
        return self.shape[2] if self.kind == "depthwise" else self.shape[-1]


def layers() -> tuple[Layer, ...]:
    """All layers with weights, in the order in which Keras lists and stores them."""
    return tuple(_layers())


def _layers() -> Iterator[Layer]:
    yield Layer("Conv1", "convolution", (3, 3, 3, STEM_CHANNELS))
    yield Layer("bn_Conv1", "batch_norm", (STEM_CHANNELS,))
    channels, block = STEM_CHANNELS, 0
    for expansion, filters, repeats in STAGES:
        for _ in range(repeats):
            prefix = f"block_{block}_" if block else "expanded_conv_"
            wide = channels * expansion
            if block:
                yield Layer(f"{prefix}expand", "convolution", (1, 1, channels, wide))
                yield Layer(f"{prefix}expand_BN", "batch_norm", (wide,))
            yield Layer(f"{prefix}depthwise", "depthwise", (3, 3, wide, 1))
            yield Layer(f"{prefix}depthwise_BN", "batch_norm", (wide,))
            yield Layer(f"{prefix}project", "convolution", (1, 1, wide, filters))
            yield Layer(f"{prefix}project_BN", "batch_norm", (filters,))
            channels, block = filters, block + 1
    yield Layer("Conv_1", "convolution", (1, 1, channels, FEATURES))
    yield Layer("Conv_1_bn", "batch_norm", (FEATURES,))
