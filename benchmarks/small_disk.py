"""A file system of our own that can be full: a tmpfs, of which the size is changed while programs write to it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

ROOM = 4 << 30
"""Bytes when it is not full; it takes the memory of what is written, not of this."""


class SmallDisk:
    """Mounted at a folder until the end. Needs a system that lets this process mount (root)."""

    def __init__(self, folder: Path) -> None:
        """`folder`: made if it is not there.

        Raises:
            OSError: this process may not mount.
        """
        folder.mkdir(exist_ok=True)
        self.folder = folder
        if not _mount("-t", "tmpfs", "-o", f"size={ROOM}", "none", str(folder)):
            raise PermissionError("a process that may mount a file system")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False)

    def fill(self) -> bool:
        """From now on it takes nothing more; False when it is empty, or others wrote faster than it was filled."""
        now = os.statvfs(self.folder)
        used = (now.f_blocks - now.f_bfree) * now.f_frsize
        return used > 0 and self._resize(used)  # a size of 0 would mean: without an end

    def free(self) -> None:
        """There is room again."""
        self._resize(ROOM)

    def _resize(self, size: int) -> bool:
        return _mount("-o", f"remount,size={size}", str(self.folder))


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
