"""Which program this is: a digest over its own files, for what must not outlive a change of them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

import grader

PACKAGE = Path(grader.__file__).resolve().parent

AFTER_THE_EVIDENCE = (
    "batch", "checks", "cli", "cluster", "exports", "facts", "gradebook", "judge.py", "provenance", "report", "review",
    "rubric", "verdict.py", "watching", "worked_out.py",
)  # fmt: skip
"""Rooms that only read evidence. A room that is not named here counts as one that decides what is seen."""

BUT = ("batch/job.py", "batch/reference.py")
"""Files in those rooms that decide it all the same."""


@functools.cache
def program_digest() -> str:
    """SHA-256 over all files of the package, by name and content."""
    return _digest(sorted(_files()))


@functools.cache
def seeing_digest() -> str:
    """The same over what decides which evidence comes out of a submission; judging and reports do not."""
    return _digest(
        name for name in sorted(_files()) if name.split("/")[0] not in AFTER_THE_EVIDENCE or name.startswith(BUT)
    )


def _files() -> list[str]:
    found = (path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if path.is_file())
    return [name for name in found if "__pycache__" not in name]


def _digest(names: Iterable[str]) -> str:
    total = hashlib.sha256()
    for name in names:
        total.update(f"{name}\0".encode())
        total.update(hashlib.sha256((PACKAGE / name).read_bytes()).digest())
    return total.hexdigest()
