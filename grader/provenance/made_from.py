"""What a report on disk was made from, so that one that would come out the same is not made, signed and dated again."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grader.errors import UsageError
from grader.evidence.store import evidence_folder
from grader.provenance.entries import read_entry, signed_entry
from grader.provenance.files import read_file
from grader.provenance.keys import SigningKey
from grader.storage import write_bytes_atomically

MAXIMUM_REPORT_BYTES = 64 << 20


def is_made_from(out: Path, submission: str, inputs: str, key: SigningKey) -> bool:
    """Whether report and statement on disk are those that this key's owner made from these inputs."""
    entry = read_entry(_note(out, submission), _purpose(submission), key)
    if entry is None or entry.get("inputs") != inputs:
        return False
    files = [_sha256(out / "reports" / f"{submission}{ending}") for ending in (".html", ".proof.json")]
    return entry == {"inputs": inputs, "files": files}


def say_made_from(out: Path, submission: str, inputs: str, files: tuple[bytes, bytes], key: SigningKey) -> None:
    """Note it for the report just written. `files`: its page and its statement, as they were written.

    Raises:
        OSError: cannot be written.
    """
    content = {"inputs": inputs, "files": [hashlib.sha256(file).hexdigest() for file in files]}
    write_bytes_atomically(_note(out, submission), signed_entry(content, _purpose(submission), key), durable=False)


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(read_file(path, MAXIMUM_REPORT_BYTES)).hexdigest()
    except UsageError:
        return None


def _note(out: Path, submission: str) -> Path:
    return evidence_folder(out, submission) / "report.json"


def _purpose(submission: str) -> str:
    return f"made 1 {submission.encode('unicode_escape').decode('ascii')}"
