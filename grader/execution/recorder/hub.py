"""`tensorflow_hub` without a network: the same network from `keras.applications` stands in for a module for images.

A module takes pixels from 0 to 1 ("Common signature for image inputs", tensorflow.org/hub), pools inside and is frozen
unless it is made with `trainable=True`; so is what stands in, which never counts as accuracy.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import wrapt

from . import bases, hub_modules
from .places import calling_place
from .watching import only_outermost, quietly

if TYPE_CHECKING:
    from .session import Session

CLASSES = 1001
"""Of ImageNet, and one for the background."""

_CAFFE = ("ResNet50", "ResNet101", "ResNet152", "VGG16", "VGG19")
_PIXELS = ("EfficientNet", "MobileNetV3")


def install(session: Session) -> None:
    """Take hold of the package right after its import."""
    wrapt.register_post_import_hook(functools.partial(_watch, session), "tensorflow_hub")


def _watch(session: Session, package: Any) -> None:
    real = package.KerasLayer
    made = [0]

    class KerasLayer(real):  # type: ignore[misc, valid-type]
        """`hub.KerasLayer(address, …)` gives a model of Keras that does the same; a module that lies here is itself."""

        def __new__(cls, handle: Any = None, trainable: bool = False, *args: Any, **kwargs: Any) -> Any:
            if not hub_modules.is_module(handle):
                return super().__new__(cls, handle, trainable, *args, **kwargs)
            name = str(kwargs.get("name") or (f"keras_layer_{made[0]}" if made[0] else "keras_layer"))
            made[0] += 1
            shape = kwargs.get("input_shape") or (kwargs.get("batch_input_shape") or (None,))[1:]
            return _stand_in(session, str(handle), trainable=bool(trainable), shape=shape, name=name)

    package.KerasLayer = KerasLayer


def _stand_in(session: Session, address: str, *, trainable: bool, shape: Any, name: str) -> Any:
    backbone = hub_modules.network_of(address)
    if backbone is None:
        session.pictures.note(address, "nothing", kind="missing")
        raise ConnectionError(f"there is no network while grading, and nothing stands in for {address[:200]}")
    place = calling_place(3)
    with only_outermost("application"):
        return _model(session, address, backbone, trainable, _shape(shape, backbone, address), name, place)


def _model(
    session: Session, address: str, backbone: str, trainable: bool, shape: Any, name: str, place: Any
) -> Any:  # fmt: skip
    import tensorflow as tf

    keras = tf.keras
    make = getattr(keras.applications, backbone)
    make = getattr(make, "__wrapped__", make)
    given: dict[str, Any] = {"input_shape": shape, "include_top": False, "pooling": "avg", "weights": "imagenet"}
    if hub_modules.has_top(address):
        given = {"input_shape": shape, "include_top": True, "classes": CLASSES, "weights": None}
    if backbone in ("MobileNet", "MobileNetV2"):
        given["alpha"] = hub_modules.width_of(address)
    network, _ = bases.build(make, (), given, random=given["weights"] is None)
    said = address.split("://")[-1][:200]
    quietly(
        session, "base",
        functools.partial(
            bases.record, session, backbone, make, (), given, place, network, None, substituted=True, said=said
        ),
    )  # fmt: skip
    inputs = keras.Input(shape)
    model = keras.Model(inputs, network(_scaled(keras, backbone, inputs)), name=name)
    model.trainable = trainable
    return model


def _scaled(keras: Any, backbone: str, images: Any) -> Any:
    """From 0 to 1, as modules take images, to what the network of `keras.applications` wants."""
    if backbone.startswith(_PIXELS):
        return keras.layers.Rescaling(255.0)(images)
    if backbone in _CAFFE:
        return keras.layers.Rescaling(255.0, offset=[-103.939, -116.779, -123.68])(images)
    return keras.layers.Rescaling(2.0, offset=-1.0)(images)


def _shape(given: Any, backbone: str, address: str) -> tuple[int | None, ...]:
    sizes = tuple(given or ())
    if len(sizes) == 3 and (None not in sizes or not hub_modules.has_top(address)):
        return sizes
    if hub_modules.has_top(address):
        side = 299 if backbone.startswith("Inception") else 331 if backbone == "NASNetLarge" else 224
        return (side, side, 3)
    return (None, None, 3)
