"""A small class, graded and signed: three students, one rubric, evidence made by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from grader.batch.deliver import BatchRecord, Graded, deliver
from grader.evidence.model import Evidence, Pack, Reference, SubmissionInfo
from grader.evidence.store import save_evidence
from grader.provenance.evidence_seal import seal_evidence
from grader.provenance.keys import SigningKey
from grader.rubric.load import load_rubric
from grader.rubric.model import Rubric
from tests.evidence_examples import fit, good, ran

ROOT = Path(__file__).parents[2]
RUBRIC_FILE = ROOT / "rubrics/lab06.toml"
PACK = Pack(name="demo", digest="9" * 64, imagenet=False)


RECORD = BatchRecord(
    rubric=str(RUBRIC_FILE), submissions=("ada", "ben"), policy="full", sandbox="bubblewrap", pack=PACK,
    started=datetime(2026, 3, 2, 14, 5, tzinfo=UTC), seconds=60.0,
)  # fmt: skip


def handed_in(id_: str, name: str, **changes: object) -> Evidence:
    """Evidence of that student's notebook."""
    info = SubmissionInfo(id=id_, name=name, notebook="lab06.ipynb", notebook_sha256=digest_of(notebook(id_)))
    reference = Reference(accuracy=0.965, examples=200, digest="c" * 64)
    values: dict[str, object] = {"run": ran(sandbox="bubblewrap"), **changes}
    return good(submission=info, pack=PACK, reference=reference, **values)


def notebook(id_: str) -> bytes:
    """The bytes of that student's notebook."""
    return f'{{"cells": [], "by": "{id_}"}}'.encode()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


CLASS = (
    handed_in("ada", "Ada Lovelace"),
    handed_in("ben", "Ben Ito", fits=(fit(frozen="no"),)),
)


def store(out: Path, key: SigningKey, students: Iterable[Evidence] = CLASS) -> tuple[str, ...]:
    """What `grader batch` leaves before it judges."""
    ids = []
    for evidence in students:
        save_evidence(out, evidence)
        seal_evidence(out, evidence.submission.id, key)
        ids.append(evidence.submission.id)
    return tuple(ids)


def mark(out: Path, key: SigningKey, ids: Iterable[str] = ("ada", "ben"), rubric: Rubric | None = None) -> Graded:
    """What `grader judge` does."""
    rubric = rubric or load_rubric(str(RUBRIC_FILE))
    record = RECORD.model_copy(update={"submissions": tuple(ids)})
    return deliver(out, rubric, record, key)


def graded(out: Path, key: SigningKey, students: Iterable[Evidence] = CLASS) -> Path:
    """A whole class; returns the results folder."""
    out.mkdir(parents=True, exist_ok=True)
    mark(out, key, store(out, key, students))
    return out
