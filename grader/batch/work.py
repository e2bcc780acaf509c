"""The unit of work as it is handed out: plain data in, plain data out, whoever carries it out and wherever."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from grader.batch.job import StoppedError, grade_submission
from grader.batch.station import Station
from grader.evidence.model import Evidence
from grader.evidence.store import evidence_folder
from grader.submission.model import Submission
from grader.watching.phases import CacheLook, Phase, measured

FailureKind: TypeAlias = Literal["our_side", "worker_lost", "connection_lost"]
"""Why there is no evidence that counts: our program or machine failed; the process that worked on it ended; or nobody
knows, since the line to it broke."""


@dataclass(frozen=True)
class WorkOrder:
    """One submission to be graded."""

    submission: Submission
    """Its paths are real ones where the work is done."""
    out: Path
    """Below which its evidence is stored, as `evidence/ID/`."""


@dataclass(frozen=True)
class WorkResult:
    """What became of an order. The evidence itself is on disk."""

    submission: str
    """Id."""
    evidence: str | None
    """SHA-256 of the stored evidence.json; None when there is none."""
    seconds: float
    """That it took, by the monotonic clock of whoever did it."""
    failure: FailureKind | None = None
    explanation: str = ""
    where: str = ""
    """Which worker did it; empty for this process."""
    tries: int = 1
    """How often it was begun: a cluster hands the work of a worker that ended to another one by itself."""
    outcome: str | None = None
    """How the notebook ended, as `grader.evidence.model.RunStatus`; None when nobody knows."""
    phases: tuple[Phase, ...] = ()
    looks: tuple[CacheLook, ...] = ()


def stored_digest(out: Path, submission: str) -> str:
    """SHA-256 of the evidence stored for a submission.

    Raises:
        OSError: there is none.
    """
    return hashlib.sha256((evidence_folder(out, submission) / "evidence.json").read_bytes()).hexdigest()


CellDone = Callable[[str, int, int], None]
"""Told (name of the submission, cells done, cells in all)."""


def carry_out(
    order: WorkOrder, station: Station, on_cell: CellDone = lambda _name, _done, _of: None,
    wanted: Callable[[], bool] = lambda: True,
) -> WorkResult:  # fmt: skip
    """Grade one submission with what lives in this process.

    Never raises but for a stop: whatever goes wrong, an error in our own program included, is one submission's
    failure of ours, and the others go on.

    Raises:
        StoppedError: not wanted any more.
    """
    began = time.monotonic()
    submission = order.submission

    def cell(done: int, of: int) -> None:
        on_cell(submission.name, done, of)

    def result(evidence: Evidence | None, explanation: str) -> WorkResult:
        return WorkResult(
            submission.id, None if evidence is None else stored_digest(order.out, submission.id),
            round(time.monotonic() - began, 3), "our_side" if explanation else None, explanation,
            outcome=None if evidence is None else evidence.run.status, phases=tuple(seen.phases),
            looks=tuple(seen.looks),
        )  # fmt: skip

    try:
        with measured() as seen:
            evidence = grade_submission(
                submission, station.conditions, station.reference, station.measure, order.out, cell, wanted
            )
        return result(evidence, evidence.our_failure or "")
    except StoppedError:
        raise
    except Exception as problem:
        if not wanted():
            raise StoppedError from problem
        return result(None, f"{type(problem).__name__}: {problem}"[:1500])
