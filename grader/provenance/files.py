"""Reading and writing the small files that trust hangs on."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from grader.errors import UsageError
from grader.storage import flush_folder


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes. A pipe or device is never waited for.

    Raises:
        UsageError: not there, not readable, not a regular file, or larger.
    """
    data, _ = read_with_mode(path, limit)
    return data


def read_with_mode(path: Path, limit: int) -> tuple[bytes, int]:
    """As `read_file`, with the permission bits of what was read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            regular = stat.S_ISREG(mode)
            data = file.read(limit + 1) if regular else b""
    except (OSError, ValueError) as problem:
        received = getattr(problem, "strerror", None) or str(problem)
        raise UsageError(expected="a readable file", received=received, where=path) from problem
    if not regular:
        raise UsageError(expected="a file", received="a folder or something else", where=path)
    if len(data) > limit:
        raise UsageError(expected=f"at most {limit:,} bytes", received="more", where=path)
    return data, stat.S_IMODE(mode)


def private_folder(path: Path) -> None:
    """Make a folder that only its owner can look into."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)


def write_private(path: Path, content: bytes, *, replace: bool) -> bool:
    """Write a file that only its owner can read, whole or not at all.

    Returns False, and leaves what is there, when the file exists and is not to be replaced.
    """
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=".aside-")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(aside).replace(path)
        else:
            try:
                os.link(aside, path)  # fails when somebody else was first, unlike a rename
            except FileExistsError:
                return False
        flush_folder(path.parent)
        return True
    finally:
        Path(aside).unlink(missing_ok=True)
