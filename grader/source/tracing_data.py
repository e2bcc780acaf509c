"""What happens to images on their way to `fit`, for `grader.source.tracing`: a data set is followed like a tensor."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from grader.evidence.model import Place, Scalar
from grader.source.layers import arguments
from grader.source.names import Names
from grader.source.outline import Base, Generator, Layer, Many, Model, Step, Tensor, Value

READERS = frozenset({
    "image_dataset_from_directory", "load_data", "decode_jpeg", "decode_image", "decode_png", "decode_bmp", "imread",
    "load_img", "ImageFolder",
})  # fmt: skip
"""Calls that give images as they are: pixels from 0 to 255."""

KEEPING = frozenset({
    "array", "asarray", "stack", "concatenate", "vstack", "cast", "convert_to_tensor", "constant", "resize",
    "resize_with_pad", "resize_with_crop_or_pad", "expand_dims", "reshape", "squeeze", "ensure_shape", "cvtColor",
    "img_to_array", "float32", "identity", "from_tensor_slices", "shuffle", "train_test_split", "central_crop",
    "grayscale_to_rgb", "list", "tuple", "iter", "next", "smart_resize", "zip", "repeat",
})  # fmt: skip
"""Functions that leave the values of pixels as they are."""

KEEPING_METHODS = frozenset({
    "batch", "shuffle", "cache", "prefetch", "repeat", "take", "skip", "unbatch", "with_options", "astype", "numpy",
    "reshape", "copy", "concatenate", "as_numpy_iterator", "shard", "snapshot", "ragged_batch", "padded_batch",
    "rebatch", "apply", "__iter__", "squeeze", "as_dataset", "filter", "resize",
})  # fmt: skip
"""Methods of data sets and arrays that leave the values of pixels as they are (`tf.data.Dataset`, NumPy)."""

CHANGING = ("random_", "stateless_random_", "flip_", "rot90", "rotate", "adjust_", "transpose")
"""Beginnings of the functions that change an image, of `tf.image` and `tensorflow_addons.image`."""


def read_images(dotted: str, name: str) -> Tensor | None:
    """What a call that reads images gives; None for other calls."""
    if name in READERS or (name == "load" and ("tfds" in dotted or "tensorflow_datasets" in dotted)):
        return Tensor(data=True)
    return None


def passed_on(dotted: str, name: str, inside: Sequence[Value], place: Place) -> Value:
    """What a function makes of the images that it is given; None where that cannot be told."""
    images = images_in(inside[0] if inside else None)
    if images is None or not images.data:
        return None
    if name == "train_test_split":
        return Many([each for argument in inside for each in (images_in(argument), images_in(argument))])
    if name in KEEPING:
        return images
    if name.startswith(CHANGING) and ("image" in dotted or "tfa" in dotted):
        return images.then(Layer(name, {}, place))
    if name in ("per_image_standardization", "convert_image_dtype"):
        return images.then(Layer(name, {}, place))
    return None


def images_in(value: Value) -> Tensor | None:
    """The images among the parts of a value, such as those of `(images, labels)`."""
    if isinstance(value, Many):
        return next((found for item in value.items[:20] if (found := images_in(item)) is not None), None)
    return value if isinstance(value, Tensor) else None


def generator(node: ast.Call, names: Names, place: Place) -> Generator:
    """An `ImageDataGenerator` with the settings that can be read."""
    given: dict[str, Scalar] = arguments(node, names, ())
    for keyword in node.keywords:
        if keyword.arg == "preprocessing_function":
            dotted = names.dotted(keyword.value) or ""
            given["preprocessing_function"] = dotted or "(unknown)"
        elif keyword.arg is None:
            given["(unknown)"] = True
        elif keyword.arg not in given:
            given[keyword.arg] = "(unknown)"
    return Generator(Layer("ImageDataGenerator", given, place))


def means(written: ast.expr, names: Names) -> dict[str, Scalar]:
    """Of `generator.mean = [123.68, 116.779, 103.939]`: the smallest and the largest."""
    parts = [names.constant(part)[1] for part in written.elts] if isinstance(written, ast.List | ast.Tuple) else []
    numbers = [float(part) for part in parts if isinstance(part, int | float)]
    return {"mean_from": min(numbers), "mean_to": max(numbers)} if numbers and len(numbers) == len(parts) else {}


def flowing(owner: Generator, name: str, inside: Sequence[Value]) -> Tensor | None:
    """What `flow…` of a generator gives."""
    if name in ("flow_from_directory", "flow_from_dataframe"):
        return Tensor((Step(owner.layer),), data=True)
    images = images_in(inside[0] if inside else None)
    return images.then(owner.layer) if images is not None and images.data else None


def applied_to(images: Tensor, function: Value, dotted: str, place: Place) -> Tensor | None:
    """What `map` gives when it is handed a layer, a model, or a function that is not the notebook's own."""
    if isinstance(function, Layer | Model | Base):
        return images.then(function)
    if dotted.rsplit(".", 1)[-1] == "preprocess_input":
        return images.then(preprocess_input(dotted, place))
    return None


def preprocess_input(dotted: str, place: Place, mode: Scalar = None) -> Layer:
    """`preprocess_input` as a layer; `module` says whose it is, `mode` what it was told to do."""
    settings: dict[str, Scalar] = {"module": dotted.split(".")[-2] if dotted.count(".") else None}
    return Layer("preprocess_input", settings | ({"mode": mode} if mode is not None else {}), place)
