"""Model configurations as Keras 3.15 writes them, put together without Keras."""

from __future__ import annotations

import itertools
from typing import Any

Config = dict[str, Any]
FLOAT32 = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
SIZE = (96, 96, 3)


def layer(class_name: str, name: str, module: str = "keras.layers", **settings: Any) -> Config:
    """One layer's entry."""
    config = {"name": name, "trainable": True, "dtype": FLOAT32, **settings}
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def image(name: str = "input_layer", size: tuple[int, ...] = SIZE) -> Config:
    return {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, *size], "dtype": "float32", "sparse": False, "ragged": False, "name": name},
        "registered_name": None,
    }


def operation(class_name: str, name: str) -> Config:
    return {
        "module": "keras.src.ops.numpy",
        "class_name": class_name,
        "config": {"name": name},
        "registered_name": class_name,
    }


def dense(units: int = 1, activation: str = "linear", name: str = "dense") -> Config:
    return layer("Dense", name, units=units, activation=activation, use_bias=True)


def conv(filters: int, name: str) -> Config:
    return layer(
        "Conv2D", name, filters=filters, kernel_size=[3, 3], strides=[1, 1], padding="same",
        data_format="channels_last", dilation_rate=[1, 1], groups=1, activation="relu", use_bias=True,
    )  # fmt: skip


def pooling(name: str = "global_average_pooling2d") -> Config:
    return layer("GlobalAveragePooling2D", name, data_format="channels_last", keepdims=False)


def flip(name: str = "random_flip") -> Config:
    return layer("RandomFlip", name, mode="horizontal", seed=None)


def rotation(factor: float = 0.2, name: str = "random_rotation") -> Config:
    return layer("RandomRotation", name, factor=[-factor, factor], fill_mode="reflect")


def vgg16_layers(top: bool = False) -> list[Config]:
    """The layers of VGG16: the smallest of the known backbones, thirteen convolutions in five blocks."""
    layers = []
    for block, (filters, count) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], start=1):
        layers += [conv(filters, f"block{block}_conv{number}") for number in range(1, count + 1)]
        layers.append(layer("MaxPooling2D", f"block{block}_pool", pool_size=[2, 2], padding="valid", strides=[2, 2]))
    if top:
        layers.append(layer("Flatten", "flatten"))
        layers += [dense(4096, "relu", "fc1"), dense(4096, "relu", "fc2"), dense(1000, "softmax", "predictions")]
    return layers


def sequential(*layers: Config, name: str = "sequential") -> Config:
    config = {"name": name, "trainable": True, "dtype": FLOAT32, "layers": list(layers)}
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}


def tensor(name: str, shape: tuple[int | None, ...] = (None, *SIZE)) -> Config:
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": list(shape), "dtype": "float32", "keras_history": [name, 0, 0]},
    }


def called(entry: Config, *arguments: Any, **kwargs: Any) -> Config:
    """A layer's entry inside a functional model: called once, with tensors and constants."""
    node = {"args": list(arguments), "kwargs": kwargs}
    return {**entry, "name": entry["config"]["name"], "inbound_nodes": [node] if arguments else []}


def functional(*layers: Config, inputs: str, outputs: str, name: str = "functional") -> Config:
    config = {
        "name": name,
        "trainable": True,
        "layers": list(layers),
        "input_layers": [inputs, 0, 0],
        "output_layers": [outputs, 0, 0],
    }
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": config,
        "registered_name": "Functional",
        "build_config": {"input_shape": None},
        "compile_config": {},
    }


def chain(*layers: Config, name: str = "functional") -> Config:
    """A functional model that calls its layers one after another."""
    entries = [called(layers[0])]
    for before, entry in itertools.pairwise(layers):
        entries.append(called(entry, tensor(before["config"]["name"])))
    first, last = layers[0]["config"]["name"], layers[-1]["config"]["name"]
    return functional(*entries, inputs=first, outputs=last, name=name)


def vgg16(top: bool = False, name: str = "vgg16") -> Config:
    return chain(image("vgg_input"), *vgg16_layers(top), name=name)


def tutorial(base: Config | None = None) -> Config:
    """The official tutorial's model: augmentation, operations as preprocessing, base, pooling, dropout, one output."""
    base = base or vgg16()
    base_name = base["config"]["name"]
    return functional(
        called(image()),
        called(sequential(image("inner"), flip(), rotation()), tensor("input_layer"), mask=None),
        called(operation("TrueDivide", "true_divide"), tensor("sequential"), 127.5),
        called(operation("Subtract", "subtract"), tensor("true_divide"), 1.0),
        called(base, tensor("subtract"), training=False, mask=None),
        called(pooling(), tensor(base_name, (None, 3, 3, 512))),
        called(layer("Dropout", "dropout", rate=0.2, seed=None), tensor("global_average_pooling2d"), training=False),
        called(dense(1, "sigmoid"), tensor("dropout", (None, 512))),
        inputs="input_layer",
        outputs="dense",
    )
