"""What was worked out of a submission's evidence, kept beside it: `evidence/<id>/memory.txt`, signed.

It is believed only if this very key wrote it, with this very program, for this very evidence. Without it everything is
worked out again, so nothing is lost with it but time.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from grader.errors import UsageError
from grader.evidence.store import evidence_folder
from grader.provenance.code import program_digest
from grader.provenance.files import read_file
from grader.provenance.keys import SigningKey
from grader.storage import write_bytes_atomically
from grader.worked_out import Memory

MAXIMUM_MEMORY_BYTES = 4 << 20


def read_memory(out: Path, submission: str, evidence: str, key: SigningKey) -> Memory:
    """What is known of this evidence; nothing, for whatever is not exactly what `write_memory` wrote.

    Args:
        evidence: SHA-256 of the stored evidence.
    """
    try:
        data = read_file(_file(out, submission), MAXIMUM_MEMORY_BYTES)
    except UsageError:
        return Memory()
    signature, _, content = data.partition(b"\n")
    if not key.public.verifies(_purpose(submission, evidence), content, signature.decode("ascii", "replace")):
        return Memory()
    return Memory(dict(_entry(line) for line in content.split(b"\n") if line))


def write_memory(out: Path, submission: str, evidence: str, key: SigningKey, memory: Memory) -> None:
    """Keep what was asked for, if some of it is new. What cannot be written costs time later and nothing else."""
    if not memory.grew:
        return
    content = b"\n".join(f"{name} ".encode() + value for name, value in memory.asked.items())
    signature = key.sign(_purpose(submission, evidence), content)
    data = signature.encode("ascii") + b"\n" + content
    if len(data) > MAXIMUM_MEMORY_BYTES:
        return
    with contextlib.suppress(OSError):
        write_bytes_atomically(_file(out, submission), data, durable=False)


def _entry(line: bytes) -> tuple[str, bytes]:
    name, _, value = line.partition(b" ")
    return name.decode("ascii"), value


def _file(out: Path, submission: str) -> Path:
    return evidence_folder(out, submission) / "memory.txt"


def _purpose(submission: str, evidence: str) -> str:
    return f"worked out 1 {submission.encode('unicode_escape').decode('ascii')} {evidence} {program_digest()}"
