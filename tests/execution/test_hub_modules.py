"""What the addresses of TF-Hub modules say."""

from __future__ import annotations

import pytest

from grader.execution.recorder.hub_modules import has_top, is_module, network_of, trained_on_imagenet, width_of


@pytest.mark.parametrize(
    ("address", "network", "top", "width"),
    [
        ("https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4", "MobileNetV2", False, 1.0),
        ("https://tfhub.dev/google/imagenet/mobilenet_v2_050_224/feature_vector/5", "MobileNetV2", False, 0.5),
        ("https://tfhub.dev/google/imagenet/mobilenet_v1_025_128/classification/5", "MobileNet", True, 0.25),
        ("kaggle.com/models/google/mobilenet-v2/variations/130-224-feature-vector/1", "MobileNetV2", False, 1.3),
        ("https://tfhub.dev/tensorflow/efficientnet/b0/feature-vector/1", "EfficientNetB0", False, 1.0),
        ("https://tfhub.dev/google/imagenet/efficientnet_v2_imagenet21k_ft1k_b0/feature_vector/2", "EfficientNetV2B0",
         False, 1.0),
        ("https://tfhub.dev/google/imagenet/resnet_v2_50/feature_vector/4", "ResNet50V2", False, 1.0),
        ("https://tfhub.dev/google/nnlm-en-dim50/2", None, False, 1.0),
    ],
)  # fmt: skip
def test_an_address(address: str, network: str | None, top: bool, width: float) -> None:
    assert is_module(address)
    assert (network_of(address), has_top(address), width_of(address)) == (network, top, width)
    assert trained_on_imagenet(address)


@pytest.mark.parametrize("module", ["inaturalist/inception_v3", "imagenet/efficientnet_v2_imagenet21k_b0"])
def test_other_pictures(module: str) -> None:
    assert not trained_on_imagenet(f"https://tfhub.dev/google/{module}/feature_vector/5")


def test_other_names() -> None:
    assert not is_module("mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5")
    assert not is_module(None)
