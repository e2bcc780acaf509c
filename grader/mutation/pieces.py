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
    _of_labels(pieces, keras)
    return pieces


def _of_labels(pieces: dict[str, str], keras: str) -> None:
    """How the reference's labels are written, told from its last layer and its loss, and what fits them.

    `class_numbers`: one number for each picture; `zero_or_one`: of two classes; `one_hot`: one column per class.
    `next_label`: of three classes and more, the label of the class that follows.
    """
    units = pieces.get("units")
    if units is None:
        return
    loss = pieces.get("loss", "").lower().replace("_", "")
    columns = units != "1" and "sparse" not in loss and ("categorical" in loss or "binary" in loss)
    pieces["one_hot" if columns else "class_numbers"] = units
    if not columns and units in ("1", "2"):
        pieces["zero_or_one"] = units
    if units not in ("1", "2"):
        tf = pieces.get("tf")
        shifted = f"{tf}.roll(labels, 1, axis=-1)" if tf is not None else None
        following = shifted if columns else f"(labels + 1) % {units}"
        pieces |= {} if following is None else {"next_label": following}
    pieces["class_units"] = "2" if units == "1" else units
    pieces["class_loss"] = f"{keras}.losses.{'' if columns else 'Sparse'}CategoricalCrossentropy"
    pieces["class_mode"] = '"binary"' if units == "1" else '"categorical"' if columns else '"sparse"'
