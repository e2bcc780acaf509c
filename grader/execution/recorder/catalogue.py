"""`tensorflow_datasets` without a network: `tfds.load("cats_vs_dogs")` is answered from the asset pack's images.

Offered only where the real package is not installed. Other well-known image sets are answered with the same images in
as many classes, which is written down and never counts as accuracy. Documentation of what is imitated:
tensorflow.org/datasets/api_docs/python/tfds/load and …/splits.
"""

from __future__ import annotations

import re
import types
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import absent_packages
from .pictures import spread

if TYPE_CHECKING:
    from .pictures import Pictures

CLASS_NAMES = ("cat", "dog")

OTHER_SETS: dict[str, tuple[str, ...] | int] = {
    "tf_flowers": ("dandelion", "daisy", "tulips", "sunflowers", "roses"),
    "horses_or_humans": ("horses", "humans"), "rock_paper_scissors": ("rock", "paper", "scissors"),
    "beans": ("angular_leaf_spot", "bean_rust", "healthy"), "malaria": ("parasitized", "uninfected"),
    "deep_weeds": 9, "cifar10": 10, "cifar100": 100, "imagenette": 10, "imagewang": 20, "eurosat": 10,
    "uc_merced": 21, "colorectal_histology": 8, "oxford_iiit_pet": 37, "oxford_flowers102": 102, "food101": 101,
    "stanford_dogs": 120, "caltech101": 102, "caltech_birds2010": 200, "cars196": 196, "plant_village": 38,
    "patch_camelyon": 2, "stl10": 10, "svhn_cropped": 10,
}  # fmt: skip
"""Class names or number of classes of image sets in colour (tensorflow.org/datasets/catalog)."""

SIDES = {"cifar10": 32, "cifar100": 32, "svhn_cropped": 32, "patch_camelyon": 96, "stl10": 96}
"""Sets whose images all have one size: its side in pixels."""


def classes_of_set(name: str) -> int | None:
    """How many classes a data set has; None for one that is not known here."""
    plain = name.split(":")[0].split("/")[0]
    known = CLASS_NAMES if plain == "cats_vs_dogs" else OTHER_SETS.get(plain)
    return len(known) if isinstance(known, tuple) else known


def install(pictures: Pictures) -> None:
    """Offer the module."""
    catalogue = _Catalogue(pictures)

    def fill(module: types.ModuleType) -> None:
        vars(module).update(
            load=catalogue.load, as_numpy=_as_numpy, disable_progress_bar=_nothing, enable_progress_bar=_nothing,
            show_examples=_nothing, list_builders=lambda: ["cats_vs_dogs", *OTHER_SETS], __version__="0", Split=Split,
            __getattr__=_not_here,
        )  # fmt: skip

    absent_packages.offer(("tensorflow_datasets",), fill)


class _Every(str):
    """`tfds.Split.ALL`, and the parts in which notebooks of 2019 took it."""

    __slots__ = ()

    def subsplit(self, *_: Any, k: int | None = None, weighted: Sequence[float] | None = None) -> list[str]:
        """`k` equal parts, or parts of these weights."""
        weights = list(weighted) if weighted else [1.0] * (k or 2)
        ends = [round(100 * sum(weights[: n + 1]) / sum(weights)) for n in range(len(weights))]
        return [f"train[{start}%:{end}%]" for start, end in zip([0, *ends], ends, strict=False)]


class Split:
    """`tfds.Split`: names of splits."""

    TRAIN, TEST, VALIDATION, ALL = _Every("train"), "test", "validation", _Every("train")


def _not_here(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"there is no network while grading, and what stands in for tensorflow_datasets has no {name[:100]!r}"
    )


class _Catalogue:
    """The data sets that can be had."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def load(
        self, name: str, *, split: Any = None, as_supervised: bool = False, with_info: bool = False,
        batch_size: int | None = None, shuffle_files: bool = False, **_: Any,
    ) -> Any:  # fmt: skip
        """Like `tfds.load`: the images are all in the split `train`; other sets' other splits hold them too.

        Raises:
            ConnectionError: another data set, or a pack without these images.
        """
        plain = name.split(":")[0].split("/")[0]
        files = self._pictures.files() if plain == "cats_vs_dogs" or plain in OTHER_SETS else []
        if not files:
            raise ConnectionError(
                f"there is no network while grading, and the asset pack does not hold the data set {name[:100]}"
            )
        classes: tuple[str, ...] = CLASS_NAMES
        parts = ["train"]
        kinds = self._pictures.kinds
        if plain != "cats_vs_dogs" or kinds != ("cats", "dogs"):
            known = OTHER_SETS.get(plain, CLASS_NAMES)
            classes = tuple(f"class_{n}" for n in range(known)) if isinstance(known, int) else known
            files = [(path, spread(label, i, len(kinds), len(classes))) for i, (path, label) in enumerate(files)]
            parts += [] if plain == "cats_vs_dogs" else ["test", "validation"]
            self._pictures.note(f"tfds.load({plain!r})", "pictures of the asset pack")
        side = SIDES.get(plain)

        def dataset(wanted: str) -> Any:
            part = _part(files, wanted, parts)
            return _dataset(part, side, as_supervised=as_supervised, shuffle=shuffle_files, batch_size=batch_size)

        loaded = {part: dataset(part) for part in parts} if split is None else _nested(split, dataset)
        return (loaded, _info(plain, len(files), classes, parts)) if with_info else loaded


def _nested(split: Any, dataset: Any) -> Any:
    if isinstance(split, (list, tuple)):
        return type(split)(_nested(part, dataset) for part in split)
    return dataset(str(split))


def _part(files: list[tuple[str, int]], wanted: str, parts: Sequence[str]) -> list[tuple[str, int]]:
    """`train`, `train[:80%]`, `train[80%:]`, `train[100:200]`, and sums of those."""
    if "+" in wanted:
        return [file for part in wanted.split("+") for file in _part(files, part.strip(), parts)]
    match = re.fullmatch(rf"(?:{'|'.join(parts)})(?:\[(-?\d+%?)?:(-?\d+%?)?\])?", wanted.replace(" ", ""))
    if match is None:
        raise ValueError(f"Unknown split {wanted[:100]!r}. Should be one of {list(parts)}.")
    start, end = (_bound(value, len(files)) for value in match.groups())
    return files[start:end]


def _bound(value: str | None, count: int) -> int | None:
    if value is None:
        return None
    return round(int(value[:-1]) * count / 100) if value.endswith("%") else int(value)


def _dataset(
    files: list[tuple[str, int]], side: int | None, *, as_supervised: bool, shuffle: bool, batch_size: int | None
) -> Any:
    import tensorflow as tf

    paths, labels = [path for path, _ in files], [label for _, label in files]
    dataset = tf.data.Dataset.from_tensor_slices((tf.constant(paths, tf.string), tf.constant(labels, tf.int64)))
    if shuffle:
        dataset = dataset.shuffle(len(files))

    def read(path: Any, label: Any) -> Any:
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        if side is not None:
            image = tf.cast(tf.image.resize(image, (side, side)), tf.uint8)
        return (image, label) if as_supervised else {"image": image, "image/filename": path, "label": label}

    dataset = dataset.map(read, num_parallel_calls=tf.data.AUTOTUNE)
    dataset = dataset if batch_size is None else dataset.batch(batch_size)
    # As Keras notes them on its own data sets: where training data comes from is told by them.
    dataset.file_paths, dataset.class_names = paths, list(CLASS_NAMES)
    return dataset


def _info(name: str, count: int, classes: tuple[str, ...], parts: Sequence[str]) -> types.SimpleNamespace:
    label = types.SimpleNamespace(
        num_classes=len(classes), names=list(classes), int2str=lambda number: classes[int(number)],
        str2int=classes.index,
    )  # fmt: skip
    return types.SimpleNamespace(
        name=name,
        splits={part: types.SimpleNamespace(num_examples=count, name=part) for part in parts},
        features={"label": label, "image": types.SimpleNamespace(shape=(None, None, 3))},
        supervised_keys=("image", "label"),
    )


def _as_numpy(dataset: Any) -> Any:
    return dataset.as_numpy_iterator() if hasattr(dataset, "as_numpy_iterator") else dataset


def _nothing(*_: Any, **__: Any) -> None:
    return None
