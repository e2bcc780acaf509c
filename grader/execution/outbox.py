"""Read what a kernel left behind. Its owner may be hostile: by descriptor, regular files only, within caps."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from grader.errors import EvidenceError
from grader.execution.timeline import EVENT, Event

MAXIMUM_TIMELINE_BYTES = 64 << 20
MAXIMUM_EVENTS = 50_000
MAXIMUM_CONFIG_BYTES = 8 << 20
MAXIMUM_ARRAY_FILES = 64
ARRAYS_NAME = re.compile(r"arrays-([1-9][0-9]{0,2})\.npz")


@dataclass(frozen=True)
class Outbox:
    """Admitted events in order, what was refused in words, and where array files lie."""

    folder: Path
    events: tuple[Event, ...]
    refused: tuple[str, ...]
    arrays: tuple[Path, ...]
    offsets: tuple[int, ...] = ()
    """Where in the log each event's line begins, in bytes."""

    def config(self, digest: str) -> dict[str, Any]:
        """A model configuration by digest.

        Raises:
            EvidenceError: missing, too large, or not a JSON object.
        """
        path = self.folder / f"config-{digest[:16]}.json"
        try:
            value = json.loads(read_regular(path, MAXIMUM_CONFIG_BYTES), parse_constant=_no_constant)
        except (ValueError, RecursionError) as problem:
            raise EvidenceError(
                expected="a model configuration as JSON", received=str(problem)[:300], where=path.name
            ) from problem
        if not isinstance(value, dict):
            raise EvidenceError(expected="a JSON object", received=type(value).__name__, where=path.name)
        return value


def read_outbox(folder: Path, log: bytes | None = None) -> Outbox:
    """Read the timeline. Lines that do not fit are dropped and named; nothing here raises for a student's fault.

    Args:
        log: The timeline as a witness read it while it was written; by default the file as it is now.
    """
    refused: list[str] = []
    events: list[Event] = []
    offsets: list[int] = []
    data = log if log is not None else _read_log(folder, refused)
    lines = data.split(b"\n")[: MAXIMUM_EVENTS + 1]
    if len(lines) > MAXIMUM_EVENTS:
        refused.append(f"more than {MAXIMUM_EVENTS} events; the rest was left out")
    following = 0
    for number, line in enumerate(lines[:MAXIMUM_EVENTS], 1):
        offset, following = following, following + len(line) + 1
        if not line.strip():
            continue
        try:
            events.append(EVENT.validate_python(json.loads(line, parse_constant=_no_constant)))
            offsets.append(offset)
        except (ValueError, RecursionError, ValidationError) as problem:
            if len(refused) < 20:
                refused.append(f"timeline line {number}: {str(problem)[:200]}")
    return Outbox(folder, tuple(events), tuple(refused), _array_files(folder), tuple(offsets))


def _read_log(folder: Path, refused: list[str]) -> bytes:
    try:
        _check_own_folder(folder)
        return read_regular(folder / "timeline.jsonl", MAXIMUM_TIMELINE_BYTES)
    except FileNotFoundError:
        return b""
    except (OSError, EvidenceError) as problem:
        refused.append(str(problem)[:300])
        return b""


def _check_own_folder(folder: Path) -> None:
    """Refuse a folder that was removed, or replaced by a link to one that somebody else's kernel writes in."""
    if not folder.is_dir() or folder.is_symlink():
        raise EvidenceError(expected="the recorder's folder", received="none, or a link in its place")


def read_regular(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes, never through a link.

    Raises:
        EvidenceError: not a regular file, or larger than `limit`.
        OSError: cannot be opened (a link at the end of the path included).
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        information = os.fstat(file.fileno())
        if not stat.S_ISREG(information.st_mode):
            raise EvidenceError(expected="a regular file", received="something else", where=path.name)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise EvidenceError(expected=f"at most {limit} bytes", received="more", where=path.name)
    return data


def _array_files(folder: Path) -> tuple[Path, ...]:
    found: list[tuple[int, Path]] = []
    if not folder.is_dir() or folder.is_symlink():
        return ()
    with os.scandir(folder) as entries:
        for entry in entries:
            match = ARRAYS_NAME.fullmatch(entry.name)
            if match and entry.is_file(follow_symlinks=False):
                found.append((int(match[1]), folder / entry.name))
    return tuple(path for _, path in sorted(found)[:MAXIMUM_ARRAY_FILES])


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
