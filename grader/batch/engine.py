"""Who carries out the orders of a batch: this process, or a cluster."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol

from grader.batch.station import Station
from grader.batch.tries import Tries
from grader.batch.work import CellDone, WorkOrder, WorkResult, carry_out
from grader.submission.model import Submission

TRIES = 3
"""How often a submission is begun on which our side fails, unless `--tries` says otherwise."""


class Engine(Protocol):
    """Called from as many threads as it has slots, each waiting for one submission."""

    def slots(self) -> int:
        """How many submissions run at a time; may change while a batch runs. Never below 1."""

    def grade(self, submission: Submission) -> WorkResult:
        """Carry out one order and wait for its end; the evidence is then stored below the results folder.

        Raises:
            StoppedError: after `stop`.
        """

    def ends_with_us(self, submission: Submission) -> int:
        """How often it was running when this program ended without a word; 0 where it does not run in this process."""

    def forget(self, submission: Submission) -> None:
        """It was put aside: its tries begin anew with the next batch."""

    def stop(self) -> None:
        """Hand out and store nothing more."""


class LocalEngine:
    """This process. Threads suffice: each waits for a kernel process of its own."""

    def __init__(self, station: Station, out: Path, jobs: int, on_cell: CellDone) -> None:
        self._station = station
        self._out = out
        self._jobs = jobs
        self._on_cell = on_cell
        self._stopped = threading.Event()
        self._tries = Tries(out)

    def slots(self) -> int:
        """As many as were asked for."""
        return self._jobs

    def grade(self, submission: Submission) -> WorkResult:
        """Carry it out here. The mark of its beginning stays when this process is killed, and only then."""
        self._tries.begin(submission.id)
        try:
            return carry_out(
                WorkOrder(submission, self._out), self._station, self._on_cell, lambda: not self._stopped.is_set()
            )
        finally:
            self._tries.end(submission.id)

    def ends_with_us(self, submission: Submission) -> int:
        """From the marks that earlier processes left."""
        return self._tries.before(submission.id)

    def forget(self, submission: Submission) -> None:
        """Remove its mark."""
        self._tries.end(submission.id)

    def stop(self) -> None:
        """Nothing is stored any more."""
        self._stopped.set()
