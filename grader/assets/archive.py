"""Data archives: read with suspicion, written so that the same images always give the same bytes."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.errors import AssetError

MAX_ENTRIES = 50_000
MAX_ENTRY_BYTES = 32 * 1024 * 1024
MAX_TOTAL_BYTES = 2 * 1024**3
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date a zip archive can hold."""


def read_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """The files of an archive as (name, content), in the archive's order; folders are left out.

    Sizes are counted while unpacking, so that an archive that lies about them is caught as well.

    Raises:
        AssetError: Not a zip archive, damaged, encrypted, too large when unpacked, or with a name that points
            outside, stands twice, or is a link or another special file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise _refused(path, f"at most {MAX_ENTRIES:,} entries", f"{len(entries):,}")
            seen: set[str] = set()
            total = 0
            for entry in entries:
                _check_entry(path, entry, seen)
                if entry.is_dir():
                    continue
                with archive.open(entry) as stream:
                    content = stream.read(MAX_ENTRY_BYTES + 1)
                total += len(content)
                if len(content) > MAX_ENTRY_BYTES:
                    raise _refused(path, f"files of at most {MAX_ENTRY_BYTES:,} bytes", f"more in {entry.filename!r}")
                if total > MAX_TOTAL_BYTES:
                    raise _refused(path, f"at most {MAX_TOTAL_BYTES:,} bytes unpacked", "more")
                yield entry.filename, content
    except AssetError:
        raise
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError, struct.error) as error:
        raise _refused(path, "a zip archive that can be read", f"{type(error).__name__}: {error}") from error


def _check_entry(path: Path, entry: zipfile.ZipInfo, seen: set[str]) -> None:
    name = entry.filename
    parts = name.removesuffix("/").split("/")
    if not name.isprintable() or "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts):
        raise _refused(path, "names that stay inside the archive's folder", repr(name)[:200])
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(path, "plain files and folders", f"a link or special file {name!r}")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused(path, "stored or deflated files", f"another compression of {name!r}")
    if entry.flag_bits & 0x1:
        raise _refused(path, "an archive without a password", f"an encrypted {name!r}")
    if name in seen:
        raise _refused(path, "each name once", f"{name!r} twice")
    seen.add(name)


def _refused(path: Path, expected: str, received: str) -> AssetError:
    return AssetError(expected=expected, received=received, where=path, todo="Get the archive from its official place.")


def write_zip(path: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write files in the given order, uncompressed (JPEGs do not shrink), with a fixed date and permissions."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, FIXED_DATE)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
