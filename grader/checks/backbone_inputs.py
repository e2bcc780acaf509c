"""The input range that each pre-trained network was trained with.

Source: `keras/src/applications/` of Keras 3: `imagenet_utils.preprocess_input` (modes `tf`, `caffe`, `torch`) and
the mode that each family's own `preprocess_input` passes. Networks that carry their preprocessing inside
(`include_preprocessing=True`, the default) want raw pixels.
"""

from __future__ import annotations

from grader.evidence.model import Range

_TF = Range(minimum=-1.0, maximum=1.0)
"""x / 127.5 - 1."""
_CAFFE = Range(minimum=0 - 123.68, maximum=255 - 103.939)
"""BGR minus the ImageNet means 103.939, 116.779, 123.68: the extremes over the three channels."""
_TORCH = Range(minimum=(0 - 0.485) / 0.229, maximum=(1 - 0.406) / 0.225)
"""x / 255 minus the means 0.485, 0.456, 0.406 over the deviations 0.229, 0.224, 0.225: extremes over channels."""
_RAW = Range(minimum=0.0, maximum=255.0)

_FAMILIES: tuple[tuple[str, Range], ...] = (
    ("MobileNetV3", _RAW),
    ("MobileNet", _TF),
    ("EfficientNet", _RAW),
    ("ConvNeXt", _RAW),
    ("ResNetRS", _RAW),
    ("ResNet", _CAFFE),
    ("RegNet", _RAW),
    ("Inception", _TF),
    ("Xception", _TF),
    ("NASNet", _TF),
    ("DenseNet", _TORCH),
    ("VGG", _CAFFE),
)


def wanted_range(backbone: str) -> Range | None:
    """The range that `backbone` wants at its input, None for a network that is not in `keras.applications`."""
    if backbone.startswith("ResNet") and backbone.endswith("V2"):
        return _TF
    return next((wanted for family, wanted in _FAMILIES if backbone.startswith(family)), None)
