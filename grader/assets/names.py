"""The names under which Keras and the labs ask for MobileNetV2's weights and for the lab's images."""

from __future__ import annotations

BACKBONE = "MobileNetV2"
SIDES = (96, 128, 160, 192, 224)
"""Input sizes for which Keras has ImageNet weights, `alpha` 1.0; other sizes use 224's."""

CLASSES = ("cats", "dogs")
DATA_ARCHIVE = "cats_and_dogs_filtered.zip"
DATA_FOLDER = "cats_and_dogs_filtered"
DATA_URL = f"*/{DATA_ARCHIVE}"


def weights_name(side: int, *, include_top: bool) -> str:
    """The file `keras.applications.MobileNetV2(weights="imagenet")` asks for at that input size."""
    return f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_{side}{'' if include_top else '_no_top'}.h5"


def image_name(split: str, label: str, number: int) -> str:
    """An image's name in the data archive, as in the official one: `…/train/cats/cat.0.jpg`."""
    return f"{DATA_FOLDER}/{split}/{label}/{label.removesuffix('s')}.{number}.jpg"
