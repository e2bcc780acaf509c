"""Write files so that a reader sees the old content or the new, never half of it.

The content goes to a new file beside the target, is flushed to the disk, and is then renamed over the target
(POSIX `rename` replaces in one step).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO


def write_bytes_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace `path` by `content`. The folder must exist; permissions follow the process's umask.

    Waiting for the disk takes milliseconds; `durable=False` leaves it out, for what can be made again.

    Raises:
        OSError: the folder is missing, full or not writable; `path` is then as it was.
    """
    with replacing(path, durable=durable) as file:
        file.write(content)


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` at the end; not when an error comes first.

    Raises:
        OSError: as `write_bytes_atomically`.
    """
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=".aside-", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            # mkstemp makes the file private; a report is meant to be read by others.
            os.fchmod(file.fileno(), 0o666 & ~_umask())
            if durable:
                os.fsync(file.fileno())
        Path(aside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(aside).unlink()
        raise
    if durable:
        flush_folder(path.parent)


def write_text_atomically(path: Path, text: str, *, durable: bool = True) -> None:
    """Replace `path` by `text` in UTF-8, line ends as given. Lone surrogates become U+FFFD.

    Raises:
        OSError: as `write_bytes_atomically`.
    """
    content = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    write_bytes_atomically(path, content, durable=durable)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def flush_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut; some file systems refuse to sync a folder."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def flush_tree(folder: Path) -> None:
    """Send every file below a folder to the disk, before the folder is renamed to where it counts.

    Raises:
        OSError: the disk does not take it.
    """
    for here, _, names in os.walk(folder, onerror=_raise):
        for name in names:
            descriptor = os.open(Path(here, name), os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        flush_folder(Path(here))


def _raise(problem: OSError) -> None:
    raise problem
