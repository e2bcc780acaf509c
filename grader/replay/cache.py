"""Features by the digest of what they were computed from, outside every sandbox, for this batch and later ones."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

from grader.assets.locate import data_home
from grader.errors import InfrastructureError
from grader.provenance.entries import read_entry, write_entry
from grader.provenance.keys import SigningKey
from grader.watching.phases import looked

MAXIMUM_BYTES = 4 << 30
"""Of all files; pooled features of 2,000 images are 10 MB, feature maps of 160 pixels 130 MB."""


class FeatureCache:
    """A folder of `.npz` files, each with a signed note of its digest. Safe to share between threads and processes.

    A file is put in place by a rename, so a reader finds the whole of it or nothing. When the folder grows beyond its
    bound, the files that were not used for the longest time go.
    """

    def __init__(self, key: SigningKey, folder: Path | None = None, maximum: int = MAXIMUM_BYTES) -> None:
        self.folder = folder or data_home() / "features"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._key = key
        self._maximum = maximum
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, digest: str, compute: Callable[[Path], None]) -> tuple[Path, bool]:
        """The file for a digest, and whether it was there before.

        Args:
            digest: Lower-case SHA-256 of everything that decides the content.
            compute: Writes the file; called at most once at a time for the same digest.

        Raises:
            InfrastructureError: `compute` wrote nothing.
        """
        with self._guard:
            lock = self._locks.setdefault(digest, threading.Lock())
        with lock:
            path = self.folder / f"{digest}.npz"
            if self._sound(path, digest):
                os.utime(path)
                looked("features", hit=True)
                return path, True
            looked("features", hit=False)
            aside = self.folder / f".{digest}.{os.getpid()}.{threading.get_ident()}.part"
            try:
                compute(aside)
                if not aside.is_file():
                    raise InfrastructureError(expected="features", received="no file", where=aside)
                content = {"sha256": _sha256(aside), "bytes": aside.stat().st_size}
                write_entry(self._note(digest), content, _purpose(digest), self._key)
                aside.replace(path)
            finally:
                aside.unlink(missing_ok=True)
            self._make_room(path)
            return path, False

    def _sound(self, path: Path, digest: str) -> bool:
        noted = read_entry(self._note(digest), _purpose(digest), self._key)
        try:
            return noted is not None and not path.is_symlink() and _sha256(path) == noted.get("sha256")
        except OSError:
            return False

    def _note(self, digest: str) -> Path:
        return self.folder / f"{digest}.json"

    def _make_room(self, keep: Path) -> None:
        with self._guard:
            files = sorted(self.folder.glob("*.npz"), key=lambda file: file.stat().st_mtime)
            total = sum(file.stat().st_size for file in files)
            for file in files:
                if total <= self._maximum:
                    return
                if file != keep:
                    total -= file.stat().st_size
                    file.unlink(missing_ok=True)
                    self._note(file.stem).unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _purpose(digest: str) -> str:
    return f"features 1 {digest}"
