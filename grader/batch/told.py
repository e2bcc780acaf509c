"""What those who watch a batch are told, made from what the batch itself works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from grader import __version__
from grader.evidence.model import Pack
from grader.observation.versions import versions
from grader.provenance.code import program_digest
from grader.rubric.model import Rubric
from grader.watching.events import BatchBegan, MarkedOne, Ran

if TYPE_CHECKING:  # marking again needs nothing of what runs notebooks
    from grader.batch.marking import MarkedSubmission
    from grader.batch.work import WorkResult


def began(
    command: Literal["batch", "judge"], rubric: Rubric, pack: Pack, policy: str, sandbox: str, submissions: int
) -> BatchBegan:
    """A command set out over so many submissions."""
    return BatchBegan(
        command=command, lab=rubric.lab.id, rubric_digest=rubric.digest, pack=pack.name, pack_digest=pack.digest,
        program_digest=program_digest(), policy=policy, sandbox=sandbox, submissions=submissions,
        versions=tuple(sorted(({"grader": __version__} | versions()).items())),
    )  # fmt: skip


def ran(result: WorkResult, *, again: bool) -> Ran:
    """An order was carried out, well or not."""
    return Ran(
        submission=result.submission, seconds=result.seconds, outcome=result.outcome, failure=result.failure,
        where=result.where, again=again, phases=result.phases, looks=result.looks,
    )  # fmt: skip


def marked(one: MarkedSubmission) -> MarkedOne:
    """A submission has its marks."""
    return MarkedOne(
        submission=one.result.submission, seconds=one.marking_seconds, status=one.result.status, sealed=one.sealed,
        phases=one.phases, looks=one.looks,
    )  # fmt: skip
