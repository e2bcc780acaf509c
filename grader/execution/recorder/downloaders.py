"""Packages that fetch data from Kaggle or Drive: without a network they answer with an empty folder, and say so.

Offered only where the real package is not installed. Whoever then reads pictures from a folder that is not there is
answered by `stand_in_data`.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pictures import Pictures

PACKAGES = ("kagglehub", "opendatasets", "gdown")


def install(pictures: Pictures) -> None:
    """Offer the packages."""
    sys.meta_path.append(_Finder(pictures))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last: the real package wins."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: types.ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(fullname, self) if fullname in PACKAGES else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:  # noqa: ARG002
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        fetch = self._fetch
        vars(module).update(
            {
                "kagglehub": {
                    "dataset_download": fetch, "competition_download": fetch, "model_download": fetch,
                    "login": _nothing, "__version__": "0",
                },
                "opendatasets": {"download": fetch, "download_kaggle_dataset": fetch, "__version__": "0"},
                "gdown": {
                    "download": self._no_file, "download_folder": _nothing, "cached_download": self._no_file,
                    "extractall": _nothing, "__version__": "0",
                },
            }[module.__name__]
        )  # fmt: skip

    def _fetch(self, name: object = "data", *_: Any, **__: Any) -> str:
        """An empty folder named like the data set."""
        plain = str(name).rstrip("/").rsplit("/", 1)[-1][:100] or "data"
        folder = Path("~/data/fetched").expanduser() / plain
        folder.mkdir(parents=True, exist_ok=True)
        self._pictures.note(name, "an empty folder", kind="missing")
        return str(folder)

    def _no_file(self, url: object = "", output: object = None, *_: Any, **__: Any) -> str:
        self._pictures.note(url, "nothing", kind="missing")
        return str(output or "downloaded")


def _nothing(*_: Any, **__: Any) -> None:
    return None
