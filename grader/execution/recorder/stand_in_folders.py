"""Data folders of another machine that a notebook lists by hand: `os.listdir` and `glob` find pictures there."""

from __future__ import annotations

import functools
import glob
import os
import re
from typing import TYPE_CHECKING, Any

from .places import called_by_cell

if TYPE_CHECKING:
    from .pictures import Pictures

DRIVE = re.compile(r"[A-Za-z]:[\\/]")
OTHER_MACHINE = re.compile(
    r"[A-Za-z]:[\\/]|/(?:home|Users|mnt|media|kaggle|content/drive)/|(?:\.\./)+input/", re.IGNORECASE
)
"""Beginnings of folders that were there where a notebook was written: a home, a drive, Kaggle's input."""


def prepare(pictures: Pictures) -> None:
    """Watch both functions. Only calls of the notebook's own cells are answered, and only where nothing was found."""
    list_folder, find = os.listdir, glob.glob

    @functools.wraps(list_folder)
    def listdir(path: Any = ".") -> Any:
        try:
            return list_folder(path)
        except FileNotFoundError:
            folder = _elsewhere(pictures, path) if called_by_cell(2) else None
            if folder is None:
                raise
            return list_folder(folder)

    @functools.wraps(find)
    def found(pathname: Any, **kwargs: Any) -> Any:
        names = find(pathname, **kwargs)
        if names or not isinstance(pathname, str) or not called_by_cell(2):
            return names
        plain = pathname.replace("\\", "/") if DRIVE.match(pathname) else pathname
        fixed = plain.split("*")[0].rpartition("/")[0]
        folder = _elsewhere(pictures, fixed)
        return names if folder is None else find(folder + plain[len(fixed) :], **kwargs)

    os.listdir, glob.glob = listdir, found


def _elsewhere(pictures: Pictures, path: Any) -> str | None:
    """Pictures in place of a data folder that lies on another machine; None for any other path."""
    if not isinstance(path, str) or OTHER_MACHINE.match(path) is None or os.path.exists(path):  # noqa: PTH110
        return None
    return pictures.folder_for(path)
