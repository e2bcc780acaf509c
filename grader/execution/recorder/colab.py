"""Colab's own corner: `google.colab` and its magics do nothing harmful here, and say so."""

from __future__ import annotations

import functools
import importlib
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import absent_packages
from .places import running_cell

if TYPE_CHECKING:
    from .pictures import Pictures

MODULES = (
    "google",
    "google.colab",
    *(f"google.colab.{name}" for name in ("drive", "files", "output", "userdata", "patches")),
)
NOTE = "(not available while grading)"
PHOTO = "photo.jpg"
OTHER_FILES = re.compile(
    r"\.(?:csv|json|zip|tar|gz|h5|hdf5|keras|tflite|txt|py)(?=['\"\s]|$)|read_csv|load_model|kaggle|zipfile",
    re.MULTILINE,
)
"""Words of a cell that asks for files which are no pictures."""


def install(pictures: Pictures) -> None:
    """Offer `google.colab` to notebooks that import it, unless the real one is there."""

    def fill(module: types.ModuleType) -> None:
        contents = _CONTENTS.get(module.__name__, {})
        vars(module).update(contents)
        if module.__name__ == "google.colab.drive":
            vars(module)["mount"] = _noting(pictures, "google.colab.drive.mount", _mount)
        if module.__name__ == "google.colab.files":
            vars(module)["upload"] = functools.partial(_upload, pictures)
        if module.__name__ == "google.colab":
            for name in ("drive", "files", "output", "userdata", "patches"):
                vars(module)[name] = importlib.import_module(f"google.colab.{name}")

    absent_packages.offer(MODULES, fill)


def register_magics(shell: Any) -> None:
    """`%tensorflow_version 2.x` chose a version on Colab years ago; here it only must not fail."""
    shell.register_magic_function(lambda _line: None, "line", "tensorflow_version")


def _noting(pictures: Pictures, what: str, action: Callable[..., Any]) -> Callable[..., Any]:
    """What Drive or a person's computer would give is missing from here on: that is nobody's mistake."""

    @functools.wraps(action)
    def noted(*args: Any, **kwargs: Any) -> Any:
        pictures.note(what, "nothing", kind="missing")
        return action(*args, **kwargs)

    return noted


def _mount(mountpoint: str = "/content/drive", *_: Any, **__: Any) -> None:
    print(f"Drive is not mounted at {mountpoint} {NOTE}.")  # noqa: T201 - a line in the notebook's own output


def _upload(pictures: Pictures, *_: Any, **__: Any) -> dict[str, bytes]:
    """Colab writes what a person chooses beside the notebook. Most choose a picture, so there is one; a cell that goes
    on with another kind of file gets nothing."""
    picture = None if OTHER_FILES.search(running_cell()) else pictures.one()
    if picture is None:
        pictures.note("google.colab.files.upload", "nothing", kind="missing")
        print(f"Nothing was uploaded {NOTE}.")  # noqa: T201
        return {}
    # Still something of a person's own that is not here: what fails for its name is nobody's mistake.
    pictures.note("google.colab.files.upload", "a picture of the asset pack", kind="missing")
    contents = Path(picture).read_bytes()
    Path(PHOTO).write_bytes(contents)
    print(f"{PHOTO} stands in for what would be uploaded {NOTE}.")  # noqa: T201
    return {PHOTO: contents}


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _imshow(image: Any) -> None:
    import matplotlib.pyplot as plt

    plt.imshow(image)


_CONTENTS: dict[str, dict[str, Any]] = {
    "google.colab.drive": {"flush_and_unmount": _nothing},
    "google.colab.files": {"download": _nothing, "view": _nothing},
    "google.colab.output": {"clear": _nothing, "eval_js": _nothing, "enable_custom_widget_manager": _nothing},
    "google.colab.userdata": {"get": _nothing},
    "google.colab.patches": {"cv2_imshow": _imshow},
}
