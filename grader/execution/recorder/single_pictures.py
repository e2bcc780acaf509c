"""Single pictures of another machine, such as a photo on Drive that a notebook tries its model on: one stands in."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

import wrapt

from .pictures import IMAGE_ENDINGS
from .stand_in_folders import is_elsewhere

if TYPE_CHECKING:
    from .pictures import Pictures

READERS = (
    ("keras.src.utils.image_utils", "load_img"), ("tf_keras.src.utils.image_utils", "load_img"),
    ("PIL.Image", "open"), ("cv2", "imread"),
)  # fmt: skip


def prepare(pictures: Pictures) -> None:
    """Watch what reads a picture, as soon as it is imported."""
    for module, name in READERS:
        wrapt.register_post_import_hook(functools.partial(_watch, pictures, name), module)


def _watch(pictures: Pictures, name: str, module: Any) -> None:
    original = getattr(module, name)

    @functools.wraps(original)
    def read(path: Any, *args: Any, **kwargs: Any) -> Any:
        return original(_in_place_of(pictures, path), *args, **kwargs)

    setattr(module, name, read)


def _in_place_of(pictures: Pictures, path: Any) -> Any:
    if not isinstance(path, (str, os.PathLike)) or not str(path).lower().endswith(IMAGE_ENDINGS):
        return path
    if not is_elsewhere(str(path)) or (picture := pictures.one()) is None:
        return path
    pictures.note(path, "a picture of the asset pack", kind="picture")
    return picture
