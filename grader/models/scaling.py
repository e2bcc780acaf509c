"""Ranges of pixel values: what a data pipeline delivers, and what each backbone was trained to receive."""

from __future__ import annotations

from typing import Final

from grader.evidence.model import Range

Scale = tuple[float, float]
"""`(scale, offset)`: the model received `pixel * scale + offset` for pixels in [0, 255]."""

UNCHANGED: Final[Scale] = (1.0, 0.0)
TO_UNIT: Final[Scale] = (1 / 255, 0.0)
TO_SIGNED: Final[Scale] = (1 / 127.5, -1.0)

_TF = Range(minimum=-1.0, maximum=1.0)
_CAFFE = Range(minimum=-123.68, maximum=255 - 103.939)
_TORCH = Range(minimum=-0.485 / 0.229, maximum=(1 - 0.406) / 0.225)
_PIXELS = Range(minimum=0.0, maximum=255.0)
_UNIT = Range(minimum=0.0, maximum=1.0)

_WANTED: Final = (
    ("MobileNetV3", _PIXELS, _TF),
    ("MobileNet", _TF, _TF),
    ("Inception", _TF, _TF),
    ("NASNet", _TF, _TF),
    ("Xception", _TF, _TF),
    ("EfficientNetV2", _PIXELS, _TF),
    ("EfficientNet", _PIXELS, _PIXELS),
    ("ConvNeXt", _PIXELS, _TORCH),
    ("ResNetRS", _PIXELS, _TF),
    ("ResNet", _CAFFE, _CAFFE),
    ("RegNet", _PIXELS, _UNIT),
    ("VGG", _CAFFE, _CAFFE),
    ("DenseNet", _TORCH, _TORCH),
)
"""Start of the name, range wanted, and range wanted when built with `include_preprocessing=False`.

Sources: the `mode` that each `preprocess_input` of `keras.applications` passes on (Keras 3.15), and
`keras/src/applications/imagenet_utils.py` for what the modes do: `tf` x / 127.5 - 1; `torch` (x / 255 - mean) / std
with means 0.485, 0.456, 0.406 and deviations 0.229, 0.224, 0.225; `caffe` BGR minus 103.939, 116.779, 123.68.
EfficientNet, EfficientNetV2, MobileNetV3, ConvNeXt, and of Keras 2 ResNet-RS and RegNet scale inside (their
`preprocess_input` returns its argument); without, they want what their docstrings, or for ConvNeXt and RegNet their
`PreStem`, say. The ranges are taken over all channels.
"""


def wanted_range(backbone: str, include_preprocessing: bool | None) -> Range | None:
    """The range a backbone's ImageNet weights expect at its input for pixels from darkest to brightest.

    Args:
        backbone: name in `keras.applications`.
        include_preprocessing: whether its own first layers scale; None where there is no choice.
    """
    if backbone.startswith("ResNet") and backbone.endswith("V2"):
        return _TF
    for start, wanted, without in _WANTED:
        if backbone.startswith(start):
            return without if include_preprocessing is False else wanted
    return None


def scale_from_range(minimum: float, maximum: float) -> Scale | None:
    """How a data pipeline scaled pixels, told from the range of a training batch.

    Args:
        minimum: smallest value of the batch.
        maximum: largest value of the batch.

    Returns:
        One of the three customary scalings, or None when the range fits none: better no answer than a guess. A batch of
        photographs holds pixels near both ends; one that does not was scaled otherwise, for instance twice.
    """
    slack = 0.02
    if -1 - slack <= minimum < -0.5 and 0.5 < maximum <= 1 + slack:
        return TO_SIGNED
    if -slack <= minimum < 0.5 < maximum <= 1 + slack:
        return TO_UNIT
    if -255 * slack <= minimum < 127.5 and 32 < maximum <= 255 * (1 + slack):
        return UNCHANGED
    return None


def ends(scale: Scale) -> Range:
    """What the darkest and the brightest pixel become."""
    low, high = sorted((scale[1], 255 * scale[0] + scale[1]))
    return Range(minimum=low, maximum=high)
