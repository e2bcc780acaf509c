"""Which network a weights file holds, by the name under which it is published."""

from __future__ import annotations

import pytest

from grader.models.published_weights import network_of


@pytest.mark.parametrize(
    ("file", "network"),
    [
        ("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "VGG16"),
        ("resnet50_weights_tf_dim_ordering_tf_kernels.h5", "ResNet50"),
        ("inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5", "InceptionV3"),
        ("mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5", "MobileNetV2"),
        ("vgg16_weights_of_mine.h5", None),
        ("imagenet.h5", None),
        ("a file", None),
    ],
)
def test_the_name_tells_the_network(file: str, network: str | None) -> None:
    assert network_of(file) == network
