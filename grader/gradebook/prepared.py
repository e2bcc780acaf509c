"""A marking as the database takes it: made where the submission was marked, which may be another process."""

from __future__ import annotations

import hashlib
import json

from grader.evidence.base import Document
from grader.gradebook.marked import Marked
from grader.verdict import Result


class VerdictRow(Document):
    """The columns of one criterion."""

    criterion: str
    status: str
    points: float
    maximum: float
    basis: str


class PreparedMarking(Document):
    """The columns of one submission, and of its criteria."""

    submission: str
    name: str
    status: str
    evidence_digest: str
    rubric_digest: str
    result: str
    """The whole result as JSON."""
    fingerprint: str
    """SHA-256 of everything that a new row would be made for."""
    verdicts: tuple[VerdictRow, ...]


def prepared(one: Marked) -> PreparedMarking:
    """Ready to be stored."""
    result = one.result
    document = _document(result)
    content = [document, dict(one.bases), one.evidence_digest, one.rubric_digest]
    return PreparedMarking(
        submission=result.submission, name=storable(result.name), status=result.status,
        evidence_digest=one.evidence_digest, rubric_digest=one.rubric_digest, result=json.dumps(document),
        fingerprint=hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
        verdicts=tuple(
            VerdictRow(
                criterion=verdict.criterion, status=verdict.status, points=verdict.points, maximum=verdict.maximum,
                basis=one.bases.get(verdict.criterion, ""),
            )
            for verdict in result.verdicts
        ),
    )  # fmt: skip


def _document(result: Result) -> dict[str, object]:
    """The result as JSON that both databases take: PostgreSQL holds no NUL, and neither a lone surrogate."""
    dumped = json.dumps(result.model_dump(mode="json"), ensure_ascii=False)
    document: dict[str, object] = json.loads(storable(dumped.replace("\\u0000", "\ufffd")))
    return document


def storable(text: str) -> str:
    """Without what PostgreSQL refuses in a text."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
