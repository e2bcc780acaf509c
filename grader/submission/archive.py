"""Unpack a zip a stranger made into an empty folder, member by member, believing nothing it says.

What one member does wrong costs that member only, so that one student's file in a class archive cannot keep the
others from being graded; what would exhaust the machine stops the whole archive.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import struct
import tempfile
import time
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from grader.errors import SubmissionError
from grader.submission.central_directory import DirectorySize, read_directory_size
from grader.submission.identity import display_name
from grader.zip_errors import DECODER_ERRORS

ARCHIVE_ENDINGS = (".zip", ".7z", ".rar", ".tar", ".tar.gz", ".tgz", ".gz", ".bz2", ".xz")


@dataclass(frozen=True)
class ArchiveLimits:
    """Sizes in bytes."""

    members: int = 50_000
    directory_bytes: int = 32 * 2**20
    """Of the table of contents, which Python reads into memory as a whole."""
    file_bytes: int = 256 * 2**20
    """Of one unpacked file."""
    entry_bytes: int = 1024 * 2**20
    """Of everything below one name at the top: one student's share of a class archive."""
    total_bytes: int = 16 * 2**30
    ratio: float = 200.0
    """Unpacked to packed size of one file; only looked at above 1 MiB (a notebook's text packs 5 to 20 times)."""
    depth: int = 16
    name_bytes: int = 255


@dataclass(frozen=True)
class Skipped:
    """A member that was not unpacked, and why, in words for people."""

    path: tuple[str, ...]
    """Its name's parts as far as they can be trusted as text (never as a path)."""
    reason: str

    @property
    def shown(self) -> str:
        """The member's name for people."""
        return display_name("/".join(self.path), 200)


@dataclass(frozen=True)
class Extraction:
    """What came out of an archive."""

    root: Path
    skipped: tuple[Skipped, ...]


_RATIO_FLOOR = 2**20
_CHUNK = 2**18
_ENCRYPTED = 0x1 | 0x40
_CREATED_ON_UNIX = 3
_OUR_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE})
"""Of our own disk, not of the archive."""


class _MemberError(Exception):
    """Why one member is left out."""


def extract(archive: Path, scratch: Path, limits: ArchiveLimits | None = None) -> Extraction:
    """Unpack `archive` (zip) into a new folder below `scratch`.

    Links, devices, encrypted members, paths that lead outside, names that differ only in case, and files beyond the
    limits are left out and listed. Archives inside the archive stay closed.

    Raises:
        SubmissionError: not a zip, damaged, or beyond the limits as a whole.
        OSError: `scratch` cannot be written: our side.
    """
    limits = limits or ArchiveLimits()
    where = display_name(archive.name, 200)
    _check_directory(archive, limits, where)
    root = Path(tempfile.mkdtemp(prefix="unpacked-", dir=scratch))
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            if len(members) > limits.members:
                raise _too_many(len(members), limits, where)
            return Extraction(root, _extract_members(opened, members, root, limits, where))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, ValueError, EOFError, struct.error) as error:
        # RuntimeError: among them NotImplementedError, for a version of the format that Python does not know.
        if isinstance(error, SubmissionError):
            raise
        raise SubmissionError(
            expected="a zip archive", received=f"a damaged one ({display_name(str(error), 120)})", where=where,
            todo="Make the archive again.",
        ) from error  # fmt: skip


def _extract_members(
    opened: zipfile.ZipFile, members: list[zipfile.ZipInfo], root: Path, limits: ArchiveLimits, where: str
) -> tuple[Skipped, ...]:
    skipped: list[Skipped] = []
    seen: dict[str, str] = {}
    spent: dict[str, int] = {}
    total = 0
    for member in members:
        raw = member.orig_filename.replace("\\", "/")
        parts = tuple(part for part in raw.split("/") if part not in ("", "."))
        try:
            _check_name(raw, parts, limits)
            _check_kind(member)
            _check_clash(parts, seen)
            if member.is_dir() or raw.endswith("/"):
                _make_folders(root, parts)
                continue
            top = parts[0]
            allowance = min(limits.file_bytes, limits.entry_bytes - spent.get(top, 0))
            written = _write_member(opened, member, root, parts, allowance, limits)
        except _MemberError as problem:
            skipped.append(Skipped(parts, str(problem)))
            continue
        spent[top] = spent.get(top, 0) + written
        total += written
        if total > limits.total_bytes:
            raise SubmissionError(
                expected=f"at most {limits.total_bytes / 1e9:.0f} GB when unpacked", received="more", where=where,
                todo="Hand it over in several archives, or as a folder.",
            )  # fmt: skip
    return tuple(skipped)


def _check_name(raw: str, parts: tuple[str, ...], limits: ArchiveLimits) -> None:
    if "\0" in raw:
        raise _MemberError("its name contains a NUL character")
    if raw.startswith("/") or (parts and len(parts[0]) == 2 and parts[0][1] == ":"):
        raise _MemberError("its name is an absolute path")
    if ".." in parts:
        raise _MemberError("its name leads outside the archive")
    if not parts:
        raise _MemberError("it has no name")
    if len(parts) > limits.depth:
        raise _MemberError(f"it lies more than {limits.depth} folders deep")
    if any(len(part.encode("utf-8", "surrogatepass")) > limits.name_bytes for part in parts):
        raise _MemberError(f"its name is longer than {limits.name_bytes} bytes")


def _check_kind(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & _ENCRYPTED:
        raise _MemberError("it is encrypted")
    kind = stat.S_IFMT(member.external_attr >> 16)
    # Systems without Unix modes leave arbitrary bits there, but none that spell a link.
    if kind == stat.S_IFLNK:
        raise _MemberError("it is a symbolic link")
    if member.create_system == _CREATED_ON_UNIX and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _MemberError("it is a device or another special file")


def _check_clash(parts: tuple[str, ...], seen: dict[str, str]) -> None:
    """Every folder on the way must be spelled the same each time; the file itself must be new."""
    for length in range(1, len(parts) + 1):
        path = "/".join(parts[:length])
        folded = unicodedata.normalize("NFC", path).casefold()
        if seen.setdefault(folded, path) != path:
            raise _MemberError("its name differs from another one only in upper and lower case")


def _make_folders(root: Path, parts: tuple[str, ...]) -> Path:
    folder = root.joinpath(*parts)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _MemberError(f"it cannot be written ({display_name(str(getattr(error, 'strerror', error)))})") from error
    return folder


def _write_member(
    opened: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    root: Path,
    parts: tuple[str, ...],
    allowance: int,
    limits: ArchiveLimits,
) -> int:
    if member.file_size > allowance:
        raise _MemberError(f"it is larger than {allowance / 1e6:.0f} MB when unpacked")
    target = _make_folders(root, parts[:-1]) / parts[-1]
    created = False
    try:
        with opened.open(member) as source:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            created = True
            with os.fdopen(descriptor, "wb") as file:
                written = _copy(source, file, allowance, max(member.compress_size, 1), limits)
    except FileExistsError as error:
        raise _MemberError("there are two files of that name") from error
    except (_MemberError, OSError, RuntimeError, ValueError, EOFError, zipfile.BadZipFile, *DECODER_ERRORS) as error:
        if created:
            with contextlib.suppress(OSError):
                target.unlink()
        if isinstance(error, _MemberError) or (isinstance(error, OSError) and error.errno in _OUR_ERRORS):
            raise
        raise _MemberError(f"it is damaged or packed in an unusual way ({display_name(str(error), 80)})") from error
    with contextlib.suppress(ValueError, OverflowError, OSError):
        stamp = time.mktime((*member.date_time, 0, 0, -1))
        os.utime(target, (stamp, stamp))
    return written


def _copy(source: IO[bytes], file: IO[bytes], allowance: int, packed: int, limits: ArchiveLimits) -> int:
    written = 0
    while chunk := source.read(_CHUNK):
        written += len(chunk)
        if written > allowance:
            raise _MemberError(f"it is larger than {allowance / 1e6:.0f} MB when unpacked")
        if written > _RATIO_FLOOR and written / packed > limits.ratio:
            raise _MemberError(f"it unpacks to more than {limits.ratio:.0f} times its size")
        file.write(chunk)
    return written


def _check_directory(archive: Path, limits: ArchiveLimits, where: str) -> None:
    """Refuse a table of contents that would fill the memory before Python reads it."""
    size = read_directory_size(archive)
    if size is None:
        raise SubmissionError(
            expected="a zip archive", received="a file without a zip's table of contents", where=where,
            todo="Make the archive again; other formats are not opened.",
        )  # fmt: skip
    if size.entries > limits.members:
        raise _too_many(size.entries, limits, where)
    if size.size > limits.directory_bytes:
        raise _directory_too_large(size, limits, where)


def _too_many(count: int, limits: ArchiveLimits, where: str) -> SubmissionError:
    return SubmissionError(
        expected=f"at most {limits.members} files in an archive", received=str(count), where=where,
        todo="Leave data sets and environments out of it.",
    )  # fmt: skip


def _directory_too_large(size: DirectorySize, limits: ArchiveLimits, where: str) -> SubmissionError:
    return SubmissionError(
        expected=f"a table of contents of at most {limits.directory_bytes / 1e6:.0f} MB",
        received=f"{size.size / 1e6:.0f} MB", where=where, todo="Make the archive again.",
    )  # fmt: skip
