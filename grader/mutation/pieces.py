"""Pieces that follow from those of the reference: names and calls a variant may need."""

from __future__ import annotations

from collections.abc import Mapping

MINUS_ONE_TO_ONE = frozenset({
    "MobileNet", "MobileNetV2", "Xception", "InceptionV3", "InceptionResNetV2", "NASNetMobile", "NASNetLarge",
    "ResNet50V2", "ResNet101V2", "ResNet152V2",
})  # fmt: skip
"""Backbones whose `preprocess_input` maps [0, 255] to [-1, 1] (`mode="tf"` in `imagenet_utils`)."""

OTHER_PREPROCESSING = "vgg16"
"""A package whose `preprocess_input` is wrong for each of those: it subtracts the mean colour ("caffe")."""


def all_pieces(read: Mapping[str, str]) -> dict[str, str]:
    """The reference's pieces with those that follow from them."""
    pieces = dict(read)
    keras = pieces.get("keras")
    if keras is None:
        return pieces
    if pieces.get("backbone") in MINUS_ONE_TO_ONE:
        pieces["scaling"] = f"{pieces['layers']}.Rescaling(1.0 / 127.5, offset=-1)"
        pieces["other_preprocess"] = f"{keras}.applications.{OTHER_PREPROCESSING}.preprocess_input"
    if "preprocess_input" in pieces.get("preprocess", ""):
        pieces["preprocess_function"] = pieces["preprocess"]
    return pieces
