"""Packages that courses use and this machine may lack: a cell that imports one goes on, and what uses it fails.

One missing package at the head of a notebook would else take every other import of that cell with it. The real package
wins; a `try` that is ready for its absence hears of it; and a module that nobody knows is never answered, since it may
be one that was not handed in.
"""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import linecache
import os
import sys
import types
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from . import absent_packages
from .pictures import IMAGE_ENDINGS, holds_pictures
from .places import stands_in_cell

if TYPE_CHECKING:
    from .pictures import Pictures

NAMES = frozenset({
    "albumentations", "cv2", "efficientnet", "gradio", "imageio", "imgaug", "imutils", "ipywidgets", "kaggle",
    "kagglehub", "keras_tuner", "kerastuner", "lime", "livelossplot", "mlflow", "mlxtend", "opendatasets", "optuna",
    "pandas", "plotly", "pydot", "scikitplot", "seaborn", "shap", "skimage", "sklearn", "splitfolders", "streamlit",
    "tabulate", "tensorboard", "tensorflow_addons", "tensorflow_hub", "tf_explain", "tqdm", "visualkeras", "wandb",
    "xgboost",
})  # fmt: skip
"""Modules that notebooks of such labs import and that Colab, Kaggle or a single `pip install` has."""

_PATHS = "imutils.paths"


def install(pictures: Pictures) -> None:
    """Answer for the packages."""
    lists = {"list_images": _Lists(pictures).list_images}
    absent_packages.offer((_PATHS,), lambda module: vars(module).update(lists))
    sys.meta_path.append(_Finder(pictures))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last on the path, and answers the notebook's own cells only: libraries look for packages they can do
    without."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: types.ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        root = fullname.partition(".")[0]
        inside = isinstance(sys.modules.get(root), _Placeholder)
        if root not in NAMES or not (inside or _wanted_by_cell()):
            return None
        if not inside:
            self._pictures.note(root, "a placeholder: what uses it fails", kind="module")
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Placeholder(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module)["__version__"] = "0"
        if module.__name__ == _PATHS.partition(".")[0]:
            vars(module)["paths"] = importlib.import_module(_PATHS)


class _Placeholder(types.ModuleType):
    """A module whose contents are all absent."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Absent(self.__name__.partition(".")[0])


class _Absent:
    """Whatever stands in such a module: it can be named, and no more."""

    def __init__(self, package: str) -> None:
        self._package = package

    def __getattr__(self, name: str) -> _Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def _fail(self, *_: Any, **__: Any) -> NoReturn:
        package = self._package
        raise ModuleNotFoundError(f"No module named '{package}'", name=package)

    __call__ = __iter__ = __getitem__ = __mro_entries__ = __enter__ = __len__ = _fail


def _wanted_by_cell() -> bool:
    """Whether the import stands in a cell, outside every `try`: what stands in one would rather know that the package
    is missing."""
    frame: Any = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    if not stands_in_cell(frame):
        return False
    try:
        tree = ast.parse("".join(linecache.getlines(frame.f_code.co_filename)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    tried = (node.body for node in ast.walk(tree) if isinstance(node, ast.Try))
    return not any(body[0].lineno <= frame.f_lineno <= (body[-1].end_lineno or 0) for body in tried)


class _Lists:
    """`imutils.paths`, which many notebooks list their pictures with."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def list_images(self, basePath: object, contains: str | None = None) -> Iterator[str]:  # noqa: N803 - its own name
        """Paths of the pictures in and below a folder."""
        folder = str(basePath)
        if not holds_pictures(folder):
            folder = self._pictures.folder_for(folder) or folder
        for root, _, names in os.walk(folder, followlinks=True):
            for name in sorted(names):
                if name.lower().endswith((*IMAGE_ENDINGS, ".tif", ".tiff")) and (contains is None or contains in name):
                    yield f"{root}/{name}"
