"""From a result to a statement about it."""

from __future__ import annotations

from dataclasses import dataclass

from grader import __version__
from grader.evidence.model import Evidence
from grader.provenance.canonical import digest
from grader.provenance.statement import (
    LONGEST_TEXT,
    EvidenceClaim,
    Mark,
    NamedDigest,
    PageClaim,
    ReferenceClaim,
    Statement,
    SubmissionClaim,
    TotalClaim,
    TrainingClaim,
)
from grader.rubric.model import Rubric
from grader.verdict import Result, Verdict

UNDECIDED = frozenset({"needs_review", "blocked", "infrastructure_error"})
NO_PAGE = PageClaim(sha256="0" * 64, parts=())


@dataclass(frozen=True)
class Circumstances:
    """What the result itself does not say."""

    evidence: EvidenceClaim
    steps_per_call: int | None
    created: str
    previous: Statement | None = None
    """The statement that this one replaces."""


def claim(evidence: Evidence, result: Result, rubric: Rubric, circumstances: Circumstances) -> Statement:
    """The statement, but for the digest of the page, which is made after it."""
    info, run, pack, reference = evidence.submission, evidence.run, evidence.pack, evidence.reference
    previous = circumstances.previous
    return Statement(
        submission=SubmissionClaim(
            id=plain(result.submission), name=plain(result.name),
            notebook=None if info.notebook is None else plain(info.notebook), notebook_sha256=info.notebook_sha256,
        ),
        rubric=NamedDigest(name=plain(rubric.lab.id), sha256=rubric.digest),
        pack=None if pack is None else NamedDigest(name=plain(pack.name), sha256=pack.digest),
        reference=None if reference is None else ReferenceClaim(
            sha256=reference.digest, accuracy=None if reference.accuracy is None else float(reference.accuracy)
        ),
        training=TrainingClaim(
            policy=run.policy, steps=circumstances.steps_per_call if run.policy == "capped" else None
        ),
        sandbox=plain(run.sandbox),
        environment=digest({"versions": run.versions, "machine": evidence.provenance.environment}),
        grader_version=plain(__version__),
        evidence=circumstances.evidence,
        marks=tuple(_mark(verdict) for verdict in result.verdicts),
        total=TotalClaim(
            **{name: float(getattr(result.total, name)) for name in TotalClaim.model_fields}
        ),
        page=NO_PAGE,
        created=circumstances.created,
        sequence=1 if previous is None else previous.sequence + 1,
        replaces=None if previous is None else previous.digest,
    )  # fmt: skip


def plain(text: str) -> str:
    """A text from outside as a statement can hold it: of bounded length, and UTF-8."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")


def _mark(verdict: Verdict) -> Mark:
    return Mark(
        criterion=plain(verdict.criterion), status=verdict.status,
        points=None if verdict.status in UNDECIDED else float(verdict.points), maximum=float(verdict.maximum),
    )  # fmt: skip
