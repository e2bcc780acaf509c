"""Open and list files a stranger made: regular files only, by descriptor, links never followed."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from grader.errors import OutOfReachError, SubmissionError
from grader.submission.identity import display_name

MAX_ENTRIES = 20_000
"""Entries looked at in one student's folder."""

MAX_DEPTH = 16
"""Folders within folders."""

_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

_HANDED_IN_SO = (errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.ENOTDIR, errno.ENAMETOOLONG)
"""Answers on opening a file that are about the file: a link, a socket, a name that is none. The others are about the
machine."""

LITTER = frozenset({"__macosx", "__pycache__", "node_modules", "site-packages", "thumbs.db", "desktop.ini"})
"""Left behind by systems and editors; never a student's work."""


def is_litter(name: str) -> bool:
    """Whether an entry of that name is passed over in silence (hidden entries too)."""
    return name.startswith(".") or name.casefold() in LITTER


def odd_kind(status: os.stat_result) -> str | None:
    """What `status` (of `lstat`) describes in words if it is neither a folder nor a regular file of one name."""
    for test, words in _KINDS:
        if test(status.st_mode):
            return words
    if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
        # A second name may belong to another student's file or to one of ours.
        return "a hard link"
    return None


def read_regular_file(path: Path, limit: int) -> bytes:
    """The bytes of `path`.

    Raises:
        SubmissionError: it is not a regular file, a link, or larger than `limit` bytes.
        OutOfReachError: it is missing, or this machine cannot read it.
    """
    where = display_name(path.name, 200)
    try:
        # O_NONBLOCK: opening a named pipe must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in _HANDED_IN_SO:
            raise _out_of_reach(error, where) from error
        reason = getattr(error, "strerror", None) or str(error)
        raise SubmissionError(
            expected="a readable file", received=f"an error on opening it ({reason})", where=where,
            todo="Links are not followed: hand in the file itself.",
        ) from error  # fmt: skip
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(
                expected="a regular file", received="a folder or a special file", where=where,
                todo="Hand in the notebook itself.",
            )  # fmt: skip
        try:
            content = file.read(limit + 1) if status.st_size <= limit else None
        except OSError as error:
            raise _out_of_reach(error, where) from error
    if content is None or len(content) > limit:
        raise SubmissionError(
            expected=f"at most {limit / 1e6:.0f} MB", received=f"{status.st_size / 1e6:.0f} MB", where=where,
            todo='Choose "Clear all outputs" in Jupyter, save, and hand it in again.',
        )  # fmt: skip
    return content


def _out_of_reach(error: OSError, where: str) -> OutOfReachError:
    return OutOfReachError(
        expected="a readable file", received=f"an error on opening it ({error.strerror or error})", where=where,
        todo="Is it still there, and may the grader read it?",
    )  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """The regular files below a folder, in order, and what was left aside."""

    files: tuple[Path, ...]
    """Relative to the folder."""
    notes: tuple[str, ...]
    out_of_reach: str | None = None
    """Why a folder could not be listed, in words; then nobody knows what else was handed in."""


def list_files(folder: Path) -> Listing:
    """All regular files below `folder`, sorted by path, hidden ones and litter left out."""
    files: list[Path] = []
    notes: list[str] = []
    closed: str | None = None
    entries = 0
    waiting = [Path()]
    while waiting:
        here = waiting.pop()
        try:
            inside = _entries(folder / here)
        except OSError as error:
            closed = f"{display_name((here.name or folder.name), 200)} cannot be listed ({error.strerror or error})."
            continue
        for name, status in inside:
            entries += 1
            if entries > MAX_ENTRIES:
                notes.append(f"More than {MAX_ENTRIES} files: the rest was left aside.")
                return Listing(tuple(sorted(files, key=_order)), tuple(notes), closed)
            path = here / name
            odd = odd_kind(status)
            if odd is not None:
                notes.append(f"{display_name(path.as_posix(), 200)} is {odd} and was left aside.")
            elif stat.S_ISREG(status.st_mode):
                files.append(path)
            elif len(path.parts) >= MAX_DEPTH:
                notes.append(f"{display_name(path.as_posix(), 200)} lies too deep and was left aside.")
            else:
                waiting.append(path)
    return Listing(tuple(sorted(files, key=_order)), tuple(sorted(notes)), closed)


def entries_of(folder: Path) -> list[tuple[str, os.stat_result]]:
    """Names in `folder` with their `lstat`, sorted, litter left out; empty when it cannot be listed."""
    try:
        return _entries(folder)
    except OSError:
        return []


def _entries(folder: Path) -> list[tuple[str, os.stat_result]]:
    found: list[tuple[str, os.stat_result]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not is_litter(entry.name):
                with contextlib.suppress(FileNotFoundError):  # removed since it was listed, as copying programs do
                    found.append((entry.name, entry.stat(follow_symlinks=False)))
            if len(found) > MAX_ENTRIES:
                break
    return sorted(found, key=lambda item: (item[0].casefold(), item[0]))


def _order(path: Path) -> tuple[str, str]:
    return (path.as_posix().casefold(), path.as_posix())
