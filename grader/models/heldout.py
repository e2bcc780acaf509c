"""The held-out images, decoded once per process and size.

They are decoded and resized exactly as `keras.utils.image_dataset_from_directory` does by default
(`keras/src/utils/image_dataset_utils.py`): `tf.image.decode_image` with three channels, then `tf.image.resize`,
bilinear without antialiasing, to float32 in [0, 255].
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grader.errors import InfrastructureError

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png"})
"""As in `keras.utils.image_dataset_from_directory`."""
KEEP_BYTES = 2**30
"""Decoded images kept in memory: four sets of 200 images of 224 × 224 pixels are 0.5 GiB."""

Images = np.ndarray[Any, np.dtype[np.float32]]
Labels = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Key:
    """Which set of images, at which size in pixels."""

    folder: Path
    classes: tuple[str, ...]
    height: int
    width: int

    def plain(self) -> list[Any]:
        """As JSON."""
        return [str(self.folder), list(self.classes), self.height, self.width]

    @staticmethod
    def of(plain: Any) -> Key:
        """From JSON."""
        folder, classes, height, width = plain
        return Key(Path(folder), tuple(str(name) for name in classes), int(height), int(width))


class NotDecodedError(BaseException):
    """These images have to be decoded elsewhere first. No error of a model, so nothing may handle it as one."""

    def __init__(self, key: Key) -> None:
        super().__init__(key)
        self.key = key


class HeldOutImages:
    """Decoded held-out sets by folder, classes and size; the least recently used are dropped first."""

    def __init__(self, *, decodes: bool = True) -> None:
        """With `decodes=False` only sets that were given to `keep` can be had."""
        self._decodes = decodes
        self._sets: OrderedDict[Key, tuple[Images, Labels]] = OrderedDict()

    def keep(self, key: Key, images: Images, labels: Labels) -> None:
        """Take a set that was decoded elsewhere."""
        self._sets[key] = images, labels
        self._drop()

    def _drop(self) -> None:
        while len(self._sets) > 1 and sum(images.nbytes for images, _ in self._sets.values()) > KEEP_BYTES:
            self._sets.popitem(last=False)

    def load(self, folder: Path, classes: tuple[str, ...], height: int, width: int) -> tuple[Images, Labels]:
        """Images of shape (n, height, width, 3) in [0, 255] and labels of shape (n,) in the order of `classes`.

        Raises:
            InfrastructureError: the folder is not a held-out set with these classes.
            NotDecodedError: it is not there and may not be decoded here.
        """
        key = Key(folder, classes, height, width)
        if key not in self._sets:
            if not self._decodes:
                raise NotDecodedError(key)
            self._sets[key] = _decode(folder, classes, height, width)
        self._sets.move_to_end(key)
        self._drop()
        return self._sets[key]


def _decode(folder: Path, classes: tuple[str, ...], height: int, width: int) -> tuple[Images, Labels]:
    import tensorflow as tf

    paths: list[str] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        found = sorted(path for path in (folder / name).glob("*") if path.suffix.lower() in SUFFIXES)
        if not found:
            raise InfrastructureError(
                expected=f"held-out images of class {name!r}",
                received="none",
                where=folder,
                todo="Check the asset pack with `grader assets verify`.",
            )
        paths.extend(str(path) for path in found)
        labels.extend([label] * len(found))

    def read(path: Any) -> Any:
        image = tf.image.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
        image = tf.image.resize(image, (height, width), method="bilinear")
        image.set_shape((height, width, 3))
        return image

    images = np.empty((len(paths), height, width, 3), np.float32)
    decoded = tf.data.Dataset.from_tensor_slices(paths).map(read, num_parallel_calls=tf.data.AUTOTUNE)
    for position, image in enumerate(decoded.as_numpy_iterator()):
        images[position] = image
    return images, np.asarray(labels, np.int64)
