"""Packages that fetch data from Kaggle or Drive: without a network they answer with an empty folder, and say so.

Offered only where the real package is not installed. Whoever then reads pictures from a folder that is not there is
answered by `stand_in_data`.
"""

from __future__ import annotations

import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import absent_packages

if TYPE_CHECKING:
    from .pictures import Pictures

PACKAGES = ("kagglehub", "opendatasets", "gdown")


def install(pictures: Pictures) -> None:
    """Offer the packages."""
    absent_packages.offer(PACKAGES, _Downloaders(pictures).fill)


class _Downloaders:
    """What is downloaded is missing here, and noted."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def fill(self, module: types.ModuleType) -> None:
        """Give one of the packages its functions."""
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
