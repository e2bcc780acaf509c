"""Evidence on disk: `DIR/evidence/<submission id>/evidence.json`, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from grader.errors import EvidenceError, in_words
from grader.evidence.model import Evidence
from grader.storage import write_text_atomically

MAXIMUM_BYTES = 64 << 20


def evidence_folder(out: Path, submission: str) -> Path:
    """Where a submission's evidence and artefacts lie."""
    return out / "evidence" / submission


def save_evidence(out: Path, evidence: Evidence) -> Path:
    """Write one submission's evidence; returns the file."""
    path = evidence_folder(out, evidence.submission.id) / "evidence.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text_atomically(path, writable(evidence).model_dump_json(indent=1) + "\n")
    return path


def writable(evidence: Evidence) -> Evidence:
    """The same evidence with lone surrogates replaced: they are legal in a notebook's JSON but not in UTF-8."""
    try:
        evidence.model_dump_json()
    except PydanticSerializationError:
        return Evidence.model_validate(_without_surrogates(evidence.model_dump()))
    return evidence


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_surrogates(item) for item in value]
    return value


def load_evidence(path: Path) -> Evidence:
    """Read one evidence file.

    Raises:
        EvidenceError: unreadable, too large, or not evidence of this version.
    """
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise EvidenceError(expected=f"at most {MAXIMUM_BYTES} bytes", received="a larger file", where=path)
        return Evidence.model_validate_json(path.read_bytes())
    except OSError as problem:
        raise EvidenceError(expected="a readable evidence file", received=in_words(problem), where=path) from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "top level"
        raise EvidenceError(
            expected="evidence of schema version 1", received=f"{first['msg']} at {place}", where=path,
            todo="Run the submission again with `grader batch`.",
        ) from problem  # fmt: skip


def stored_evidence(out: Path, submissions: Iterable[str]) -> Iterator[Evidence]:
    """The evidence of the given submissions below `out`, one at a time: memory stays flat however large the class.

    Raises:
        EvidenceError: a file is missing or damaged.
    """
    for submission in submissions:
        yield load_evidence(evidence_folder(out, submission) / "evidence.json")
