"""One submission's stored evidence in; marks, and the report on disk, out. Many of them on several cores."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from grader.batch.marking_server import marking_context, marking_processes, watch_parent
from grader.errors import InfrastructureError
from grader.evidence.model import Document, Evidence, RunStatus
from grader.evidence.store import evidence_folder, load_evidence
from grader.exports.results_file import entry_text
from grader.exports.results_json import submission_result
from grader.gradebook.apply import with_decisions
from grader.gradebook.basis import bases
from grader.gradebook.marked import Marked
from grader.gradebook.prepared import prepared
from grader.gradebook.standing import Standings
from grader.judge import judge, next_step
from grader.provenance.evidence_seal import evidence_claim
from grader.provenance.keys import SigningKey
from grader.provenance.memory_file import read_memory, write_memory
from grader.provenance.signed_report import write_signed_report
from grader.provenance.statement import EvidenceClaim
from grader.rubric.model import Rubric
from grader.verdict import Result
from grader.watching.phases import CacheLook, Phase, measured, phase
from grader.worked_out import remembering

AHEAD = 8
"""Submissions handed out per process before their results are taken, so that memory does not grow with the class."""


@dataclass(frozen=True)
class Assignment:
    """What is the same for all submissions. Plain data: it travels to other processes."""

    out: Path
    rubric: Rubric
    standings: Standings
    steps_per_call: int | None
    key: bytes
    """PEM of the signing key."""


class MarkedSubmission(Document):
    """All that tables, overview and gradebook want to know of one submission. What is only passed on is text already:
    one process takes it in from all that mark."""

    marking: str
    """What the grader itself found, for the gradebook: a `PreparedMarking` as JSON."""
    result: Result
    """With people's decisions over it: what counts."""
    entry: str
    """What `results.json` says about it, as text (`grader.exports.results_file`)."""
    report: str
    sealed: bool
    seconds: float
    run_status: RunStatus
    accuracy: float | None
    marking_seconds: float = 0.0
    phases: tuple[Phase, ...] = ()
    looks: tuple[CacheLook, ...] = ()


def as_it_counts(rubric: Rubric, judged: Result, work: Mapping[str, str], standing: Standings) -> Result:
    """A result with people's decisions over it, and the next step that is left. `work`: bases by criterion."""
    result = with_decisions(judged, work, standing)
    following, step = next_step(rubric, result.verdicts)
    return result.model_copy(update={"next_criterion": following, "next_step": step})


def mark(assignment: Assignment, key: SigningKey, submission: str) -> MarkedSubmission:
    """Judge one submission and write its report.

    Raises:
        EvidenceError: its evidence is missing or damaged.
    """
    out = assignment.out
    evidence = load_evidence(evidence_folder(out, submission) / "evidence.json")
    seen = evidence_claim(out, evidence, key)
    memory = read_memory(out, submission, seen.sha256, key)
    with remembering(memory):
        marked = _marked(assignment, evidence, seen, key)
    write_memory(out, submission, seen.sha256, key, memory)
    return marked


def _marked(assignment: Assignment, evidence: Evidence, seen: EvidenceClaim, key: SigningKey) -> MarkedSubmission:
    out, rubric = assignment.out, assignment.rubric
    with phase("judge"):
        judged, work = judge(rubric, evidence), bases(rubric, evidence)
        result = as_it_counts(rubric, judged, work, assignment.standings)
    with phase("report"):
        name = write_signed_report(out, evidence, seen, result, rubric, key, assignment.steps_per_call)
    stored = evidence_folder(out, evidence.submission.id) / "evidence.json"
    decisive = evidence.decisive()
    return MarkedSubmission(
        marking=prepared(Marked(judged, work, seen.sha256, rubric.digest)).model_dump_json(), result=result,
        entry=entry_text(submission_result(rubric, evidence, result, name, stored.relative_to(out).as_posix())),
        report=name, sealed=seen.sealed,
        seconds=evidence.run.seconds, run_status=evidence.run.status,
        accuracy=None if decisive is None else decisive.accuracy,
    )  # fmt: skip


def timed_mark(assignment: Assignment, key: SigningKey, submission: str) -> MarkedSubmission:
    """`mark`, and how long it took."""
    with measured() as seen:
        one = mark(assignment, key, submission)
    return one.model_copy(
        update={"marking_seconds": seen.seconds, "phases": tuple(seen.phases), "looks": tuple(seen.looks)}
    )


def mark_all(assignment: Assignment, submissions: Sequence[str]) -> Iterator[MarkedSubmission]:
    """Mark them in their order; a large class on all cores.

    Raises:
        EvidenceError: as `mark`. InfrastructureError: a process was lost.
    """
    cores = marking_processes(len(submissions))
    if cores < 2:
        key = SigningKey.from_pem(assignment.key, "memory")
        for submission in submissions:
            yield timed_mark(assignment, key, submission)
        return
    pool = ProcessPoolExecutor(cores, marking_context(), initializer=_begin, initargs=(assignment,))
    try:
        with pool:
            yield from _in_order(pool, submissions, cores * AHEAD)
    except BrokenProcessPool as problem:
        raise InfrastructureError(
            expected="processes that mark until the class is done", received="one that ended early",
            todo="Is there enough memory? The same command starts again.",
        ) from problem  # fmt: skip


def _in_order(pool: ProcessPoolExecutor, submissions: Sequence[str], ahead: int) -> Iterator[MarkedSubmission]:
    waiting: deque[Future[bytes]] = deque()
    for submission in submissions:
        if len(waiting) >= ahead:
            yield MarkedSubmission.model_validate_json(waiting.popleft().result())
        waiting.append(pool.submit(_mark_here, submission))
    while waiting:
        yield MarkedSubmission.model_validate_json(waiting.popleft().result())


_HERE: list[tuple[Assignment, SigningKey]] = []
"""In a process of the pool: what it was started with."""


def _begin(assignment: Assignment) -> None:
    watch_parent()
    _HERE.append((assignment, SigningKey.from_pem(assignment.key, "memory")))
    gc.freeze()  # what was imported stays; looking through it again and again costs a twentieth of the time


def _mark_here(submission: str) -> bytes:
    assignment, key = _HERE[0]
    return timed_mark(assignment, key, submission).model_dump_json().encode("utf-8", "replace")
