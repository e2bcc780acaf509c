"""What a decision was about: a digest of the work in front of the person who decided.

For a written question that is the answer, for all else the code. White space does not count, so that a notebook saved
again by another editor asks nobody to look twice.
"""

from __future__ import annotations

import hashlib

from grader.evidence.model import Evidence
from grader.rubric.model import Criterion, Rubric


def basis(criterion: Criterion, evidence: Evidence) -> str:
    """SHA-256 in hexadecimal of the work that this criterion is about."""
    return _basis(_question(criterion), evidence)


def bases(rubric: Rubric, evidence: Evidence) -> dict[str, str]:
    """The digest for every criterion of the rubric."""
    questions = {criterion.id: _question(criterion) for criterion in rubric.criteria}
    known = {question: _basis(question, evidence) for question in set(questions.values())}
    return {criterion: known[question] for criterion, question in questions.items()}


def _question(criterion: Criterion) -> str | None:
    return None if criterion.question is None else criterion.question.id


def _basis(question: str | None, evidence: Evidence) -> str:
    """Of the answers to that question; of the code for None."""
    if question is not None:
        parts = [answer.text for answer in evidence.answers if answer.question == question]
    else:
        # A report that came without a notebook has no cells, but what it states.
        parts = [cell.source for cell in evidence.cells] or [
            f"{said.topic} {said.detail} {sorted(said.settings.items(), key=str)}" for said in evidence.statements
        ]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(" ".join(part.split()).encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()
