"""Colab's own corner: `google.colab` and its magics do nothing harmful here, and say so."""

from __future__ import annotations

import functools
import importlib
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import absent_packages

if TYPE_CHECKING:
    from .pictures import Pictures

MODULES = (
    "google",
    "google.colab",
    *(f"google.colab.{name}" for name in ("drive", "files", "output", "userdata", "patches")),
)
NOTE = "(not available while grading)"


def install(pictures: Pictures) -> None:
    """Offer `google.colab` to notebooks that import it, unless the real one is there."""

    def fill(module: types.ModuleType) -> None:
        contents = _CONTENTS.get(module.__name__, {})
        vars(module).update(contents)
        if module.__name__ in ("google.colab.drive", "google.colab.files"):
            for name in ("mount", "upload"):
                if name in contents:
                    vars(module)[name] = _noting(pictures, f"{module.__name__}.{name}", contents[name])
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


def _upload(*_: Any, **__: Any) -> dict[str, bytes]:
    print(f"Nothing was uploaded {NOTE}.")  # noqa: T201
    return {}


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _imshow(image: Any) -> None:
    import matplotlib.pyplot as plt

    plt.imshow(image)


_CONTENTS: dict[str, dict[str, Any]] = {
    "google.colab.drive": {"mount": _mount, "flush_and_unmount": _nothing},
    "google.colab.files": {"upload": _upload, "download": _nothing, "view": _nothing},
    "google.colab.output": {"clear": _nothing, "eval_js": _nothing, "enable_custom_widget_manager": _nothing},
    "google.colab.userdata": {"get": _nothing},
    "google.colab.patches": {"cv2_imshow": _imshow},
}
