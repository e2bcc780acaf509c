"""Pre-trained networks that do not come from `keras.applications`: TF-Hub modules and KerasHub presets."""

from __future__ import annotations

import ast

from grader.evidence.model import Place, Scalar
from grader.execution.recorder.hub_modules import has_top, network_of, trained_on_imagenet
from grader.source.layers import arguments
from grader.source.names import Names
from grader.source.outline import Base, Frozen, Layer

PRESETS = {
    "resnet_50_": "ResNet50", "resnet_101_": "ResNet101", "resnet_152_": "ResNet152", "resnet_v2_50_": "ResNet50V2",
    "resnet_v2_101_": "ResNet101V2", "densenet_121_": "DenseNet121", "densenet_169_": "DenseNet169",
    "densenet_201_": "DenseNet201", "vgg_16_": "VGG16", "vgg_19_": "VGG19", "xception_41_": "Xception",
    "mobilenet_v3_small_": "MobileNetV3Small", "mobilenet_v3_large_": "MobileNetV3Large",
} | {f"efficientnet_b{n}_": f"EfficientNetB{n}" for n in range(8)}  # fmt: skip
"""Beginnings of KerasHub's presets (keras.io/keras_hub/presets) and the architecture's name in `keras.applications`."""


def hub_layer(node: ast.Call, names: Names, place: Place) -> Base:
    """What `hub.KerasLayer(address)` makes."""
    given = arguments(node, names, ("handle",))
    address = str(given.get("handle", ""))
    top = has_top(address)
    settings: dict[str, Scalar] = {
        "include_top": top,
        "weights": "imagenet" if trained_on_imagenet(address) else address,
        "pooling": None if top else "avg",
        "hub": True,
    }
    frozen: Frozen = "no" if given.get("trainable") is True else "yes"
    return Base(network_of(address) or "TF-Hub module", settings, place, frozen=frozen)


def preset(node: ast.Call, dotted: str, names: Names, place: Place) -> Base | Layer | None:
    """What `….from_preset(name)` of KerasHub makes: a backbone, or the layer that scales images as it wants them.

    None for what holds more than these, such as a whole classifier.
    """
    given = arguments(node, names, ("preset",))
    asked = str(given.get("preset", "")).lower()
    family = next((backbone for start, backbone in PRESETS.items() if asked.startswith(start)), None)
    kind = dotted.split(".")[-2] if dotted.count(".") > 1 else ""
    if family is None:
        return None
    if kind.endswith("ImageConverter"):
        return Layer("ImageConverter", {"backbone": family}, place)
    if not kind.endswith("Backbone"):
        return None
    own = given.get("load_weights") is False
    settings: dict[str, Scalar] = {
        "include_top": False,
        "weights": None if own else "imagenet" if "imagenet" in asked or "_in1k" in asked else asked,
        "pooling": None,
        "preset": asked,
    }
    return Base(family, settings, place, frozen="yes" if given.get("trainable") is False else "no")
