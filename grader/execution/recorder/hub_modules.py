"""What a TF-Hub address says: which network it names, how wide, with which top, trained on what.

Addresses are those of tfhub.dev ("Image" collections) and of Kaggle Models, to which they moved.
"""

from __future__ import annotations

import re

FAMILIES = {
    "mobilenet_v2": "MobileNetV2", "mobilenet_v1": "MobileNet", "mobilenet_v3_small": "MobileNetV3Small",
    "mobilenet_v3_large": "MobileNetV3Large", "inception_v3": "InceptionV3", "inception_resnet_v2":
    "InceptionResNetV2", "resnet_50": "ResNet50", "resnet_v1_50": "ResNet50", "resnet_v2_50": "ResNet50V2",
    "resnet_v2_101": "ResNet101V2", "resnet_v2_152": "ResNet152V2", "nasnet_mobile": "NASNetMobile",
    "nasnet_large": "NASNetLarge",
} | {f"efficientnet_b{n}": f"EfficientNetB{n}" for n in range(8)} | {
    f"efficientnet_v2_{trained}_{size}": f"EfficientNetV2{size.upper()}"
    for trained in ("imagenet1k", "imagenet21k", "imagenet21k_ft1k") for size in ("b0", "b1", "b2", "b3", "s", "m", "l")
}  # fmt: skip
"""Part of an address and the architecture's name in `keras.applications`."""

_WIDTH = re.compile(r"[_/](\d{3})[_/](?:96|128|160|192|224)(?!\d)")
_OTHER_PICTURES = (
    "inaturalist", "aiy/", "plants", "food", "birds", "insects", "landmarks", "cropnet", "i21k", "imagenet21k_",
)  # fmt: skip
_SITES = ("tfhub.dev/", "kaggle.com/models/", "www.kaggle.com/models/")


def is_module(address: object) -> bool:
    """Whether a name of weights is the address of a module."""
    return isinstance(address, str) and address.split("://")[-1].startswith(_SITES)


def network_of(address: str) -> str | None:
    """The architecture's name in `keras.applications`; None for others."""
    plain = _plain(address)
    return next((backbone for part, backbone in FAMILIES.items() if re.search(rf"{part}(?![a-z])", plain)), None)


def networks_of(text: str) -> frozenset[str]:
    """All architectures that a text names as addresses do."""
    plain = _plain(text)
    return frozenset(backbone for part, backbone in FAMILIES.items() if part in plain)


def has_top(address: str) -> bool:
    """Whether the module gives scores for classes and not features."""
    return "classification" in address.lower()


def width_of(address: str) -> float:
    """`alpha` of a MobileNet."""
    found = _WIDTH.search(_plain(address))
    return int(found.group(1)) / 100 if found else 1.0


def trained_on_imagenet(address: str) -> bool:
    """Whether it was trained on the thousand classes of ImageNet, as nearly all modules for images were."""
    plain = _plain(address).replace("imagenet21k_ft1k", "")
    return not any(word in plain for word in _OTHER_PICTURES)


def _plain(address: str) -> str:
    return f"{address.lower()}/".replace("-", "_").replace("efficientnet/b", "efficientnet_b")
