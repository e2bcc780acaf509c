"""Where notebooks read pictures: what the asset pack does not hold is answered with pictures that it does hold."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import wrapt

from .pictures import IMAGE_ENDINGS, holds_pictures
from .stand_in_weights import is_network_failure

if TYPE_CHECKING:
    from .pictures import Pictures

READERS = ("keras.src.utils.image_dataset_utils", "tf_keras.src.utils.image_dataset")
GENERATORS = ("keras.src.legacy.preprocessing.image", "tf_keras.src.preprocessing.image")
FILE_UTILITIES = ("keras.src.utils.file_utils", "tf_keras.src.utils.data_utils")
ARRAYS = {"cifar10": (32, 32, 3, 10), "cifar100": (32, 32, 3, 100), "mnist": (28, 28, 1, 10),
          "fashion_mnist": (28, 28, 1, 10)}  # fmt: skip
"""Data sets of `keras.datasets`: height, width, channels, classes (documentation of each)."""

ARCHIVES = (".zip", ".tgz", ".tar.gz", ".tar", ".tar.bz2")


def prepare(pictures: Pictures) -> None:
    """Watch what reads pictures, in both generations of Keras, as soon as it is imported."""
    for module in READERS:
        wrapt.register_post_import_hook(functools.partial(_watch_reader, pictures), module)
    for module in GENERATORS:
        wrapt.register_post_import_hook(functools.partial(_watch_generator, pictures), module)
    for module in FILE_UTILITIES:
        wrapt.register_post_import_hook(functools.partial(_watch_get_file, pictures), module)
    for package in ("keras.src", "tf_keras.src"):
        for name, shape in ARRAYS.items():
            wrapt.register_post_import_hook(
                functools.partial(_watch_arrays, pictures, name, shape), f"{package}.datasets.{name}"
            )


def _watch_reader(pictures: Pictures, module: Any) -> None:
    original = module.image_dataset_from_directory

    @functools.wraps(original)
    def image_dataset_from_directory(directory: Any, *args: Any, **kwargs: Any) -> Any:
        return original(_here(pictures, directory, kwargs.get("class_names")), *args, **kwargs)

    module.image_dataset_from_directory = image_dataset_from_directory


def _watch_generator(pictures: Pictures, module: Any) -> None:
    generator = module.ImageDataGenerator
    by_folder, by_table = generator.flow_from_directory, generator.flow_from_dataframe

    @functools.wraps(by_folder)
    def flow_from_directory(self: Any, directory: Any, *args: Any, **kwargs: Any) -> Any:
        return by_folder(self, _here(pictures, directory, kwargs.get("classes")), *args, **kwargs)

    @functools.wraps(by_table)
    def flow_from_dataframe(self: Any, dataframe: Any, directory: Any = None, *args: Any, **kwargs: Any) -> Any:
        column = kwargs.get("x_col", args[0] if args else "filename")
        labels = kwargs.get("y_col", args[1] if len(args) > 1 else "class")
        table = _table(pictures, dataframe, directory, column, labels)
        return by_table(self, dataframe, directory, *args, **kwargs) if table is None else by_table(
            self, table, None, *args, **kwargs
        )  # fmt: skip

    generator.flow_from_directory, generator.flow_from_dataframe = flow_from_directory, flow_from_dataframe


def _here(pictures: Pictures, directory: Any, classes: Any) -> Any:
    """The folder itself where it holds pictures, else one that stands in."""
    try:
        asked = os.fspath(directory)
    except TypeError:
        return directory
    if not isinstance(asked, str) or holds_pictures(asked):
        return directory
    names = tuple(str(name) for name in classes) if isinstance(classes, (list, tuple)) and classes else None
    return pictures.folder_for(asked, names) or directory


def _table(pictures: Pictures, dataframe: Any, directory: Any, column: Any, labels: Any) -> Any:
    """A copy of the table whose files are pictures that stand in; None where the notebook's own files are here."""
    try:
        names = [str(name) for name in dataframe[column][:20]]
        found = any(os.path.exists(os.path.join(str(directory or ""), name)) for name in names)  # noqa: PTH110, PTH118
        if found or not pictures.files():
            return None
        table = dataframe.iloc[:2000].copy()
        known = sorted({str(value) for value in table[labels]}) if labels in table else [""]
        kinds = len(pictures.kinds)
        sides = [[path for path, label in pictures.files() if label == side] for side in range(kinds)]
        values = [str(value) for value in table[labels]] if labels in table else [""] * len(table)
        places = [known.index(value) for value in values]
        table[column] = [sides[p % kinds][i % len(sides[p % kinds])] for i, p in enumerate(places)]
    except Exception:  # noqa: BLE001 - whatever was handed over instead of a table: Keras says what is wrong with it
        return None
    pictures.note(directory or "a table of files", f"pictures of the asset pack for {len(table)} rows")
    return table


def _watch_get_file(pictures: Pictures, module: Any) -> None:
    original = module.get_file

    @functools.wraps(original)
    def get_file(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except Exception as problem:
            given = dict(zip(("fname", "origin"), args, strict=False)) | kwargs
            path = _fetched(pictures, given) if is_network_failure(problem) else None
            if path is None:
                raise
            return path

    module.get_file = get_file


def _fetched(pictures: Pictures, given: dict[str, Any]) -> str | None:
    """What `get_file` answers in place of an archive of pictures, or of a single one."""
    origin = str(given.get("origin") or "").split("?")[0]
    name = str(given.get("fname") or "") or origin.rsplit("/", 1)[-1]
    if origin.lower().endswith(IMAGE_ENDINGS) and pictures.one():
        pictures.note(origin, "a picture of the asset pack", kind="picture")
        return pictures.one()
    if not origin.lower().endswith(ARCHIVES) or "cifar" in origin or not pictures.files():
        return None
    stem = name.split(".")[0] or "images"
    folder = Path(os.environ.get("KERAS_HOME", ".")) / "datasets" / stem
    pictures.lay_out(folder, pictures.class_names(f"{name} {origin}"))
    pictures.note(origin, "pictures of the asset pack")
    return str(folder)


def _watch_arrays(pictures: Pictures, name: str, shape: tuple[int, int, int, int], module: Any) -> None:
    original: Callable[..., Any] = module.load_data

    @functools.wraps(original)
    def load_data(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except Exception as problem:
            if not is_network_failure(problem) or not pictures.files():
                raise
        height, width, channels, classes = shape
        images, labels = pictures.arrays(600, (height, width, channels), classes)
        if channels == 1:
            images = images[..., 0]
        else:
            labels = labels[:, None]
        pictures.note(f"keras.datasets.{name}", "pictures of the asset pack")
        return (images[:500], labels[:500]), (images[500:], labels[500:])

    module.load_data = load_data
    parent: Any = sys.modules.get(module.__name__.rsplit(".", 1)[0])
    if parent is not None and hasattr(parent, "load_data"):
        parent.load_data = load_data
