"""Features of a frozen base that the whole class shares, also across machines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from grader.cluster.shared_folder import SharedFolder
from grader.errors import InfrastructureError
from grader.provenance.keys import SigningKey
from grader.replay.cache import MAXIMUM_BYTES, FeatureCache


class SharedFeatures(FeatureCache):
    """A machine's cache, which looks into the shared folder before anything is computed, and puts there what was.

    There a file counts only beside a note with its digest, which is written after it: half a file is no file.
    """

    def __init__(self, key: SigningKey, shared: SharedFolder, scratch: Path, folder: Path | None = None) -> None:
        super().__init__(key, folder)
        self._shared = shared
        self._scratch = scratch
        self._published: set[str] = set()

    def get(self, digest: str, compute: Callable[[Path], None]) -> tuple[Path, bool]:
        """As `FeatureCache.get`; what another machine computed counts as there before."""
        fetched = False

        def fetch_or_compute(target: Path) -> None:
            nonlocal fetched
            fetched = self._fetched(digest, target)
            if not fetched:
                compute(target)
                if target.is_file():
                    self._publish(digest, target)

        path, before = super().get(digest, fetch_or_compute)
        if before and digest not in self._published:
            self._published.add(digest)
            if not self._shared.has(_note(digest)):
                self._publish(digest, path)
        return path, before or fetched

    def _fetched(self, digest: str, target: Path) -> bool:
        note = self._scratch / f"{digest}.sha256"
        try:
            self._shared.get(_note(digest), note, 64)
            self._shared.get(_file(digest), target, MAXIMUM_BYTES, note.read_text("ascii"))
        except (OSError, InfrastructureError, UnicodeDecodeError):
            target.unlink(missing_ok=True)
            return False
        finally:
            note.unlink(missing_ok=True)
        return True

    def _publish(self, digest: str, path: Path) -> None:
        """The note last: until it is there, nobody looks at the file."""
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            self._shared.put(_file(digest), path)
            self._shared.put_bytes(_note(digest), content.encode(), self._scratch)
        except OSError:
            return  # the others compute it themselves


def _file(digest: str) -> str:
    return f"features/{digest}.npz"


def _note(digest: str) -> str:
    return f"features/{digest}.sha256"
