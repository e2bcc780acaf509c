"""A file that a cell could not write because its folder does not exist: whose fault that is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

_WRITING = re.compile(
    r"\.(?:save|save_weights|save_model|savefig|savez?|savetxt|export|to_csv|to_json|imwrite|save_img|dump)\("
    r"|\bopen\([^()]{0,300},\s{0,9}(?:mode\s{0,9}=\s{0,9})?[rb]{0,2}['\"][wax]"
)
_CREATING = re.compile(r"[Uu]nable to (?:synchronously )?create file")
"""What h5py says where it cannot write."""

_PATH = re.compile(r"(?:No such file or directory: |name = )['\"]([^'\"]{1,400})['\"]")

_OF_ANOTHER_MACHINE = ("content", "kaggle", "drive", "gdrive", "mydrive")
"""First folders of paths that Colab, Drive and Kaggle have and this machine has only in part."""


def own_folder_missing(line: str, message: str, asked: Collection[str]) -> bool:
    """Whether an error is that of saving into a folder which the notebook itself should have made.

    Args:
        line: the line of the cell that failed.
        message: what the error says.
        asked: files and folders that the asset pack does not hold; what lies in or beside them is not the notebook's.
    """
    if _WRITING.search(line) is None and _CREATING.search(message) is None:
        return False
    found = _PATH.search(message)
    if found is None:
        return False
    path = posixpath.normpath(found[1])
    first = path.lstrip("./").split("/", 1)[0].lower()
    if first in _OF_ANOTHER_MACHINE:
        return False
    folders = {posixpath.normpath(each) for each in asked if each} | {
        posixpath.dirname(posixpath.normpath(each)) for each in asked if "/" in each
    }
    return not any(path == folder or path.startswith(f"{folder}/") for folder in folders - {"", "/", "."})
