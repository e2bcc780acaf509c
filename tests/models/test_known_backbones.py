"""Every architecture of `keras.applications` is recognised, nested, flat and cut. Needs TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from grader.models.graph import ModelGraph, read_graph

pytestmark = pytest.mark.slow

FAMILIES = [
    "ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "EfficientNetV2S", "InceptionResNetV2",
    "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Small", "NASNetMobile", "ResNet50", "ResNet50V2", "VGG19",
    "Xception",
]  # fmt: skip


@pytest.fixture
def keras() -> Iterator[Any]:
    """Keras, with variables declared and not filled: these tests only look at configurations."""
    import keras
    from keras.src import backend

    with backend.StatelessScope():
        yield keras
    keras.backend.clear_session()


def graph_of(keras: Any, model: Any) -> ModelGraph:
    return read_graph(json.loads(json.dumps(keras.saving.serialize_keras_object(model))))


def build(keras: Any, name: str, **settings: Any) -> Any:
    size = 224 if name.startswith("NASNet") or settings.get("include_top") else 96
    arguments = {"weights": None, "include_top": False, "input_shape": (size, size, 3), **settings}
    return getattr(keras.applications, name)(**arguments)


@pytest.mark.parametrize("name", FAMILIES)
def test_nested_with_pooling_and_with_top(keras: Any, name: str) -> None:
    for settings in ({}, {"pooling": "avg"}, {"include_top": True}):
        base = build(keras, name, **settings)
        model = keras.Sequential([keras.Input(base.input_shape[1:]), base, keras.layers.Dense(1)])
        graph = graph_of(keras, model)
        assert (graph.backbone, graph.cut_at) == (name, None)
        assert graph.include_top is bool(settings.get("include_top"))
        assert [node.role for node in graph.nodes] == ["input", "base", "head"]
        assert graph.nodes[1].settings.get("pooling") == settings.get("pooling")


@pytest.mark.parametrize("name", FAMILIES)
def test_flat_behind_augmentation_and_preprocessing(keras: Any, name: str) -> None:
    inputs = keras.Input((224, 224, 3) if name.startswith("NASNet") else (96, 96, 3))
    scaled = keras.layers.RandomFlip()(inputs) / 127.5 - 1.0
    base = getattr(keras.applications, name)(weights=None, include_top=False, input_tensor=scaled)
    outputs = keras.layers.Dense(1)(keras.layers.GlobalMaxPooling2D()(base.output))
    graph = graph_of(keras, keras.Model(inputs, outputs))
    assert (graph.backbone, graph.include_top, graph.cut_at) == (name, False, None)
    roles = [node.role for node in graph.nodes]
    assert roles == ["input", "augmentation", "preprocessing", "preprocessing", "base", "pooling", "head"]


@pytest.mark.parametrize(
    ("name", "cut"),
    [("InceptionV3", "mixed7"), ("MobileNetV2", "block_13_expand_relu"), ("ResNet50", "conv4_block6_out")],
)
def test_cut_at_a_layer_in_the_middle(keras: Any, name: str, cut: str) -> None:
    base = build(keras, name)
    outputs = keras.layers.Dense(1)(keras.layers.Flatten()(base.get_layer(cut).output))
    graph = graph_of(keras, keras.Model(base.input, outputs))
    assert (graph.backbone, graph.cut_at) == (name, cut)


def test_widths_and_own_preprocessing_are_told_apart(keras: Any) -> None:
    slim = graph_of(keras, keras.Sequential([build(keras, "MobileNetV2", alpha=0.35), keras.layers.Flatten()]))
    base = next(node for node in slim.nodes if node.role == "base")
    assert (slim.backbone, base.settings["alpha"]) == ("MobileNetV2", 0.35)
    bare = build(keras, "MobileNetV3Small", include_preprocessing=False)
    graph = graph_of(keras, keras.Sequential([bare, keras.layers.Flatten()]))
    base = next(node for node in graph.nodes if node.role == "base")
    assert (graph.backbone, base.settings["include_preprocessing"]) == ("MobileNetV3Small", False)


def test_efficientnet_with_imagenet_weights_has_one_layer_more_and_is_the_same(keras: Any) -> None:
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(build(keras, "EfficientNetB0"))))
    layers = config["config"]["layers"]
    after = next(index for index, layer in enumerate(layers) if layer["class_name"] == "Normalization")
    extra = {
        **layers[after - 1],
        "name": "rescaling_9",
        "config": {**layers[after - 1]["config"], "name": "rescaling_9"},
    }
    extra["inbound_nodes"] = json.loads(json.dumps(layers[after + 1]["inbound_nodes"]))
    layers[after + 1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] = "rescaling_9"
    layers.insert(after + 1, extra)
    graph = read_graph(config)
    assert (graph.backbone, graph.cut_at) == ("EfficientNetB0", None)
    assert [node.role for node in graph.nodes] == ["input", "base"]


@pytest.mark.parametrize("name", ["MobileNetV3Small", "RegNetX002", "ResNetRS50", "Xception"])
def test_what_keras_2_writes_down_is_the_same_backbone(name: str) -> None:
    tf_keras = pytest.importorskip("tf_keras")
    base = getattr(tf_keras.applications, name)(weights=None, include_top=False, input_shape=(96, 96, 3))
    layers = tf_keras.layers
    inputs = tf_keras.Input((96, 96, 3))
    pooled = layers.GlobalAveragePooling2D()
    nested = tf_keras.Model(inputs, layers.Dense(1)(pooled(base(inputs, training=False))))
    flat = tf_keras.Model(base.input, layers.Dense(1)(pooled(base.output)))
    listed = tf_keras.Sequential([base, pooled, layers.Dense(1)])
    for model in (nested, flat, listed):
        graph = read_graph(json.loads(model.to_json()))
        assert (graph.backbone, graph.include_top, graph.cut_at) == (name, False, None)
        assert [node.role for node in graph.nodes] == ["input", "base", "pooling", "head"]
    tf_keras.backend.clear_session()
