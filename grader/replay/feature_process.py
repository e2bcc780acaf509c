"""Compute the features of one group of images and end: `python -m grader.replay.feature_process < request.json`.

What comes in is a base's name, its weights file and a few numbers. Nothing that a student wrote is in it, so that
features which a whole class shares cannot be tampered with through anybody's model.
"""

from __future__ import annotations

import contextlib
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from grader.assets.weights_file import read, weights_digest
from grader.errors import InfrastructureError
from grader.evidence.base import Document
from grader.replay.data import members
from grader.replay.recipe import BaseFunction

BATCH_PIXELS = 32 * 160 * 160


class FeatureRequest(Document):
    """What to compute, from what, and the file to write."""

    function: BaseFunction
    weights: Path
    classes: tuple[str, ...]
    archive: Path | None
    """Zip with the training images; None for the held-out set."""
    group: str
    """Folder inside the archive."""
    heldout: Path
    target: Path
    """`.npz` with `features` (n, ...) and `labels` (n,), numbers of classes."""


def main() -> None:
    """Answer the one request on standard input."""
    request = FeatureRequest.model_validate_json(sys.stdin.buffer.read())
    # Whatever TensorFlow prints is not for our reader.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    features, labels = compute(request)
    with request.target.open("wb") as file:
        np.savez(file, features=features, labels=labels)


def compute(request: FeatureRequest) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Features in float32 after pooling, or float16 feature maps, and labels.

    Raises:
        InfrastructureError: the weights are not those of the request, or there are no images.
    """
    import tensorflow as tf

    function = request.function
    base = _base(function, request.weights)
    names, labels = _images(request)
    size = (function.height, function.width)
    step = max(1, min(64, BATCH_PIXELS // (size[0] * size[1])))

    def decode(data: Any) -> Any:
        # As `keras.utils.image_dataset_from_directory` does by default.
        image = tf.image.decode_image(data, channels=3, expand_animations=False)
        image = tf.image.resize(image, size, method="bilinear")
        image.set_shape((*size, 3))
        return image * function.scale + function.offset

    with contextlib.ExitStack() as stack:
        archive = None if request.archive is None else stack.enter_context(zipfile.ZipFile(request.archive))

        def contents() -> Any:
            for name in names:
                yield Path(name).read_bytes() if archive is None else archive.read(name)

        pictures = tf.data.Dataset.from_generator(contents, output_signature=tf.TensorSpec((), tf.string))
        batches = pictures.map(decode, num_parallel_calls=tf.data.AUTOTUNE).batch(step).prefetch(2)

        @tf.function(input_signature=[tf.TensorSpec((None, *size, 3), tf.float32)])  # type: ignore[untyped-decorator, unused-ignore]
        def run(images: Any) -> Any:
            found = base(images, training=False)
            if function.pooling == "avg" and not function.include_top:
                return tf.reduce_mean(found, axis=(1, 2))
            if function.pooling == "max" and not function.include_top:
                return tf.reduce_max(found, axis=(1, 2))
            return found

        rows = [run(batch).numpy() for batch in batches]
    features = np.concatenate(rows)
    return features.astype(np.float32 if features.ndim == 2 else np.float16), np.asarray(labels, np.int64)


def _base(function: BaseFunction, weights: Path) -> Any:
    import keras

    make = getattr(keras.applications, function.backbone)
    arguments: dict[str, Any] = {
        "include_top": function.include_top, "weights": None,
        "input_shape": (function.height, function.width, 3),
    }  # fmt: skip
    if function.alpha is not None:
        arguments["alpha"] = function.alpha
    if function.include_preprocessing is not None:
        arguments["include_preprocessing"] = function.include_preprocessing
    base = make(**arguments)
    base.trainable = False
    arrays = read(weights)
    if weights_digest(arrays) != function.weights_digest:
        raise InfrastructureError(expected="the weights named in the pack", received="others", where=weights)
    base.set_weights(list(arrays))
    return base


def _images(request: FeatureRequest) -> tuple[list[str], list[int]]:
    if request.archive is not None:
        found = [(name, label) for group, label, name in members(request.archive, request.classes)
                 if group == request.group]  # fmt: skip
    else:
        from grader.models.heldout import SUFFIXES

        found = [
            (str(path), label)
            for label, name in enumerate(request.classes)
            for path in sorted((request.heldout / name).glob("*"))
            if path.suffix.lower() in SUFFIXES
        ]
    if not found:
        raise InfrastructureError(expected="images", received="none", where=request.archive or request.heldout)
    return [name for name, _ in found], [label for _, label in found]


if __name__ == "__main__":
    main()
