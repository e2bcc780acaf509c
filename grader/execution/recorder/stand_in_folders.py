"""Data of another machine that a notebook takes by hand: `os.listdir` and `glob` find pictures in its folders, and
`zipfile` in its archives."""

from __future__ import annotations

import functools
import glob
import os
import re
import zipfile
from typing import TYPE_CHECKING, Any

from .commands.pack_files import STOOD_IN, stand_in
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
    _watch_archives(pictures)


def _watch_archives(pictures: Pictures) -> None:
    archive = zipfile.ZipFile
    construct = archive.__init__

    @functools.wraps(construct)
    def __init__(self: Any, file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> None:  # noqa: N807 - stands in for it
        construct(self, _archive(pictures, file) if mode == "r" else file, mode, *args, **kwargs)

    archive.__init__ = __init__  # type: ignore[method-assign]


def _archive(pictures: Pictures, file: Any) -> Any:
    """Pictures in place of an archive that lies on another machine, where it is known how they lie in it."""
    if not isinstance(file, (str, os.PathLike)) or not is_elsewhere(str(file)):
        return file
    made = stand_in(str(file), pictures.cats_and_dogs)
    if made is None:
        return file
    pictures.note(file, STOOD_IN)
    return made


def _elsewhere(pictures: Pictures, path: Any) -> str | None:
    """Pictures in place of a data folder that lies on another machine; None for any other path."""
    return pictures.folder_for(path) if isinstance(path, str) and is_elsewhere(path) else None


def is_elsewhere(path: str) -> bool:
    """Whether a path leads to a place of another machine, and to nothing here."""
    return OTHER_MACHINE.match(path) is not None and not os.path.exists(path)  # noqa: PTH110
