"""Names under which weights that were trained on ImageNet are published."""

from __future__ import annotations

from grader.execution.recorder.hub_modules import is_module, trained_on_imagenet
from grader.execution.recorder.stand_in_weights import is_imagenet_file

__all__ = ["is_imagenet_file", "is_module", "network_of", "trained_on_imagenet"]

_BEGINNINGS = {
    "vgg16_weights_": "VGG16", "vgg19_weights_": "VGG19", "resnet50_weights_": "ResNet50",
    "resnet50v2_weights_": "ResNet50V2", "resnet101_weights_": "ResNet101", "resnet101v2_weights_": "ResNet101V2",
    "resnet152_weights_": "ResNet152", "resnet152v2_weights_": "ResNet152V2", "xception_weights_": "Xception",
    "inception_v3_weights_": "InceptionV3", "inception_resnet_v2_weights_": "InceptionResNetV2",
    "densenet121_weights_": "DenseNet121", "densenet169_weights_": "DenseNet169",
    "densenet201_weights_": "DenseNet201", "mobilenet_v2_weights_": "MobileNetV2", "mobilenet_1_0_": "MobileNet",
}  # fmt: skip
"""How the names of files begin that hold the weights of one network (the module of each in `keras.applications`)."""

_ENDINGS = ("_kernels.h5", "_notop.h5", "_no_top.h5", "_tf.h5")


def network_of(file: str) -> str | None:
    """The network whose published ImageNet weights a file of that name holds; None for any other name.

    Networks of which several sizes exist (alpha 0.5, …) are known by the whole one's name.
    """
    begin = next((start for start in _BEGINNINGS if file.startswith(start)), None)
    if begin is None or not (file.endswith(_ENDINGS) or "_tf_dim_ordering_" in file):
        return None
    return _BEGINNINGS[begin]
