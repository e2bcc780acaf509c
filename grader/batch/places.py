"""The folders of a batch: a scratch that does not outlive it, and results that only one batch writes at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from grader.errors import InfrastructureError, UsageError, in_words

PREFIX = "lab-"
LOCK = ".lock"
SECONDS_TO_LOCK = 60.0
"""A younger folder may be one that is just being made."""

NO_PLACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG)
"""The disk's answers when it takes nothing more."""


@contextlib.contextmanager
def own_scratch() -> Iterator[Path]:
    """A folder with a short path, removed at the end; what batches that were killed left behind goes, too."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name, (Path(name) / LOCK).open("w") as lock:
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Path(name)


def _sweep(folder: Path) -> None:
    """Remove this user's scratch folders that no living process holds. Numbers of processes would not tell: another
    container may share the folder and not the numbers."""
    for path in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            old = time.time() - status.st_mtime > SECONDS_TO_LOCK
            if old and stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid():
                _remove_unless_held(path)


def _remove_unless_held(path: Path) -> None:
    with (path / LOCK).open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)


def results_folder(out: Path) -> None:
    """Make it, and see now whether it takes files: hours later is too late to say so.

    Raises:
        UsageError: it does not.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / LOCK).open("a").close()
    except OSError as problem:
        raise UsageError(
            expected="a results folder that can be written to", received=problem.strerror or str(problem), where=out,
            todo="Make room, see whether you may write there, or name another --out.",
        ) from problem  # fmt: skip


@contextlib.contextmanager
def only_one(out: Path) -> Iterator[None]:
    """Hold the results folder for this batch. The lock ends with the process, however that ends.

    Raises:
        UsageError: another batch is writing there.
    """
    with (out / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise UsageError(
                expected="a results folder that no other batch is writing to", received="one that is in use", where=out,
                todo="Wait for the other one, or name another --out.",
            ) from problem  # fmt: skip
        except OSError:
            pass  # a file system without locks: then nothing is known about others
        yield


@contextlib.contextmanager
def disk_that_takes(out: Path) -> Iterator[None]:
    """Say in words that the disk takes nothing more: what is there is whole, and the batch can go on later.

    Raises:
        InfrastructureError: instead of the `OSError`.
    """
    try:
        yield
    except OSError as problem:
        if problem.errno not in NO_PLACE:
            raise
        raise InfrastructureError(
            expected="a disk that takes results", received=in_words(problem), where=out,
            todo="Make room; what is done is kept, and the same command goes on from here.",
        ) from problem  # fmt: skip
