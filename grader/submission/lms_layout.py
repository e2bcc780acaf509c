"""A download of all submissions from Canvas, Moodle or Blackboard, put in order: a folder per person.

The platforms put a prefix before each file's name. A notebook that reads `data.csv` would not find it so, and a person
with three files would be three submissions: therefore files are brought together under the names they were given.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SubmissionError
from grader.evidence.sender import Sender
from grader.submission.files import entries_of, read_regular_file
from grader.submission.identity import display_name
from grader.submission.lms_names import LmsName, lms_name

LARGEST_FILE = 256 * 2**20
_RECEIPT_BYTES = 64 * 1024
_RECEIPT_NAME = re.compile(rb"\A\s*Name:\s*(?P<name>[^\r\n(]{1,200}?)\s*\((?P<login>[^\r\n()]{1,100})\)\s*(?:\r|\n|\Z)")


@dataclass(frozen=True)
class Placed:
    """One person's work in a folder of its own."""

    key: str
    """Unique in the download; what an id is made from."""
    folder: Path
    sender: Sender
    entries: tuple[str, ...]
    """Names in the download that this came from."""
    notes: tuple[str, ...] = ()


def is_lms_download(folder: Path) -> bool:
    """Whether every entry of `folder` bears a name that a platform gave it."""
    entries = entries_of(folder)
    return bool(entries) and all(lms_name(name) is not None for name, _ in entries)


def lms_layout(folder: Path, scratch: Path) -> list[Placed] | None:
    """The people in a download; None when `folder` is not one: then some entry bears no platform's name.

    Raises:
        OSError: `scratch` cannot be written.
    """
    if not is_lms_download(folder):
        return None
    people: dict[tuple[str, ...], list[tuple[str, os.stat_result, LmsName]]] = {}
    for name, status in entries_of(folder):
        found = lms_name(name)
        if found is not None:
            people.setdefault(found.person, []).append((name, status, found))
    return [_place(folder, scratch, items) for items in people.values()]


def _place(folder: Path, scratch: Path, items: list[tuple[str, os.stat_result, LmsName]]) -> Placed:
    newest = max(found.attempt for _, _, found in items) if items[0][2].sender.platform == "blackboard" else None
    taken = [item for item in items if newest is None or item[2].attempt == newest]
    left = sorted({item[2].attempt for item in items if item not in taken})
    sender = taken[0][2].sender
    sender = sender.model_copy(update={"late": any(found.sender.late for _, _, found in taken)})
    for name, _, found in taken:
        if found.receipt:
            sender = _from_receipt(folder / name, sender)
    notes = ["Handed in late, as the platform says."] if sender.late else []
    if left:
        notes.append(f"The newest of {len(left) + 1} attempts was taken.")
    own = [item for item in taken if stat.S_ISDIR(item[1].st_mode)]
    entries = tuple(name for name, _, _ in items)
    if len(own) == 1 and all(stat.S_ISDIR(status.st_mode) for _, status, _ in taken):
        placed = folder / own[0][0]
    else:
        placed, trouble = _gather(folder, scratch, taken)
        notes += trouble
    shown = sender.name or sender.login or sender.user_id or ""
    return Placed(f"{shown} {' '.join(taken[0][2].person[1:])}", placed, sender, entries, tuple(notes))


def _gather(folder: Path, scratch: Path, items: list[tuple[str, os.stat_result, LmsName]]) -> tuple[Path, list[str]]:
    """Copy one person's files into a new folder, under the names they were given, the newest last."""
    target = Path(tempfile.mkdtemp(prefix="person-", dir=scratch))
    notes = []
    for name, status, found in sorted(items, key=lambda item: item[2].attempt):
        if stat.S_ISDIR(status.st_mode):
            # Moodle: a folder of files beside one with text typed in. A link keeps what lies inside where it is.
            inner = target / (found.file or "files")
            with contextlib.suppress(OSError):
                _copy_folder(folder / name, inner)
            continue
        if found.receipt:
            continue
        try:
            content = read_regular_file(folder / name, LARGEST_FILE)
        except SubmissionError as problem:
            notes.append(
                f"{display_name(found.file or name, 120)} was left aside: {display_name(problem.received, 120)}."
            )
            continue
        file = target / _safe(found.file)
        if file.exists():
            notes.append(f"Of several files named {display_name(file.name)} the newest was taken.")
        file.write_bytes(content)
        os.utime(file, (status.st_mtime, status.st_mtime))
    return target, notes


def _copy_folder(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for name, status in entries_of(source):
        if stat.S_ISREG(status.st_mode):
            with contextlib.suppress(SubmissionError):
                (target / _safe(name)).write_bytes(read_regular_file(source / name, LARGEST_FILE))


def _safe(name: str) -> str:
    """A file's own name, or one like it where that would lead elsewhere or would not fit."""
    plain = name.replace("/", "_").replace("\0", "_").lstrip(".") or "file"
    while len(os.fsencode(plain)) > 200:
        plain = plain[1:]
    return plain


def _from_receipt(path: Path, sender: Sender) -> Sender:
    """Blackboard's receipt begins with `Name: Anna Lee (alee)`; what follows may be a student's."""
    try:
        found = _RECEIPT_NAME.match(read_regular_file(path, _RECEIPT_BYTES).removeprefix(b"\xef\xbb\xbf"))
    except SubmissionError:
        return sender
    if found is None:
        return sender
    name, login = (display_name(found[key].decode("utf-8", "replace"), 100) for key in ("name", "login"))
    return sender.model_copy(update={"name": name, "login": login})
