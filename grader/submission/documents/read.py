"""Read a document in a process that can do no harm, and believe only what has the right form."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from grader.errors import InfrastructureError, SubmissionError
from grader.evidence.reports import DocumentKind
from grader.submission.documents.blocks import ReadBlocks, Refused
from grader.submission.files import read_regular_file
from grader.submission.identity import display_name

KINDS: dict[str, DocumentKind] = {
    ".docx": "docx", ".pdf": "pdf", ".md": "markdown", ".markdown": "markdown", ".txt": "text",
}  # fmt: skip
"""Endings of files that are read as reports."""

MAX_FILE = 60_000_000
"""Bytes of one document."""
MAX_ANSWER = 60_000_000
"""Bytes that the reading process may say."""
SECONDS = 300.0

_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
    "PYTHONDONTWRITEBYTECODE": "1", "OMP_THREAD_LIMIT": "1",
}  # fmt: skip
"""Nothing of the grader's own environment; Tesseract with one thread, since many documents are read side by side."""

_ANSWER: TypeAdapter[ReadBlocks | Refused] = TypeAdapter(ReadBlocks | Refused)


@dataclass(frozen=True)
class ReadDocument:
    """A document as read."""

    name: str
    kind: DocumentKind
    sha256: str
    blocks: ReadBlocks


def read_document_file(path: Path, command_prefix: Sequence[str] = ()) -> ReadDocument:
    """Read a report.

    Args:
        path: the document; what it is shows its ending.
        command_prefix: of a sandbox in which the process is to run (see `grader.execution.sandbox`).

    Raises:
        SubmissionError: missing, a link, too large, damaged, locked, or no such document.
        InfrastructureError: the reading process could not be started.
    """
    name = display_name(path.name, 200)
    kind = KINDS[path.suffix.casefold()]
    data = read_regular_file(path, MAX_FILE)
    return ReadDocument(name, kind, hashlib.sha256(data).hexdigest(), _read(data, kind, name, command_prefix))


def _read(data: bytes, kind: DocumentKind, name: str, prefix: Sequence[str]) -> ReadBlocks:
    command = [*prefix, sys.executable, "-P", "-m", "grader.submission.documents.process", kind]
    with tempfile.TemporaryFile() as said:
        try:
            done = subprocess.run(
                command, input=data, stdout=said, stderr=subprocess.PIPE, timeout=SECONDS, check=False,
                cwd="/", env=_ENVIRONMENT,
            )  # fmt: skip
        except subprocess.TimeoutExpired as problem:
            raise _unreadable(name, f"reading it took more than {SECONDS:.0f} seconds") from problem
        except OSError as problem:
            raise InfrastructureError(
                expected="a process that reads reports", received=str(problem), where=name
            ) from problem
        said.seek(0)
        answer = said.read(MAX_ANSWER + 1)
    if done.returncode or len(answer) > MAX_ANSWER:
        raise _unreadable(name, "the program that reads it gave up")
    try:
        blocks = _ANSWER.validate_json(answer)
    except ValidationError as problem:
        raise _unreadable(name, "the program that reads it gave up") from problem
    if isinstance(blocks, Refused):
        raise _unreadable(name, blocks.refused)
    return blocks


def _unreadable(name: str, why: str) -> SubmissionError:
    return SubmissionError(
        expected="a report that can be read", received=why[:1].lower() + why[1:].rstrip("."), where=name,
        todo="Save it again, without a password, and hand in that file.",
    )  # fmt: skip
