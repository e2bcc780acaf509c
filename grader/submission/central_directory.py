"""How large a zip says its table of contents is, read without reading the table.

Layout after PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_END = b"PK\x05\x06"
_END_LAYOUT = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64_LAYOUT = struct.Struct("<4sQ2H2L4Q")
_MAX_COMMENT = 2**16 - 1


@dataclass(frozen=True)
class DirectorySize:
    """What the archive claims; the size bounds how much Python's `zipfile` reads."""

    entries: int
    size: int
    """Bytes."""


def read_directory_size(archive: Path) -> DirectorySize | None:
    """The claim of a zip about itself; None when the file has no end record or cannot be read."""
    try:
        with archive.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            start = max(0, end - _END_LAYOUT.size - _MAX_COMMENT)
            file.seek(start)
            tail = file.read()
            at = tail.rfind(_END)
            if at < 0 or at + _END_LAYOUT.size > len(tail):
                return None
            record = _END_LAYOUT.unpack_from(tail, at)
            found = DirectorySize(entries=record[4], size=record[5])
            wide = _wide(file, start + at)
    except OSError:
        return None
    if wide is None:
        return found
    return DirectorySize(max(found.entries, wide.entries), max(found.size, wide.size))


def _wide(file: IO[bytes], end_record: int) -> DirectorySize | None:
    """The Zip64 end record, for archives whose counts do not fit into the classic one."""
    locator_at = end_record - _END64_LOCATOR.size
    if locator_at < 0:
        return None
    file.seek(locator_at)
    signature, _, _, _ = _END64_LOCATOR.unpack(file.read(_END64_LOCATOR.size))
    if signature != b"PK\x06\x07" or locator_at < _END64_LAYOUT.size:
        return None
    # Python looks directly before the locator, whatever offset that states.
    file.seek(locator_at - _END64_LAYOUT.size)
    record = _END64_LAYOUT.unpack(file.read(_END64_LAYOUT.size))
    return DirectorySize(entries=record[7], size=record[8]) if record[0] == b"PK\x06\x06" else None
