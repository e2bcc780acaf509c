"""An engine whose work takes its measured time on a clock of its own: the batch loop is the real one."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Sequence

from grader.batch.work import WorkResult
from grader.submission.model import Submission


class SimulatedEngine:
    """So many workers, and a coordinator that has to spend some time on each result before it hands out the next order.

    The clock moves on when every order that the loop can hand out has been handed out, and then to the next end. One
    order ends at a time, so a run is the same every time.
    """

    def __init__(self, workers: int, seconds: Sequence[float]) -> None:
        """`seconds`: how long each submission takes, in the order in which they are handed out."""
        self._workers = workers
        self._seconds = list(reversed(seconds))
        self._total = len(seconds)
        self._ended = self._number = 0
        self._asleep: list[tuple[float, int, threading.Event]] = []
        self._lock = threading.Lock()
        self.now = 0.0

    def slots(self) -> int:
        """The workers."""
        return self._workers

    def grade(self, submission: Submission) -> WorkResult:
        """Wait on the clock for as long as the work takes."""
        awake = threading.Event()
        with self._lock:
            seconds = self._seconds.pop()
            self._number += 1
            heapq.heappush(self._asleep, (self.now + seconds, self._number, awake))
            self._move_on()
        awake.wait()
        return WorkResult(submission.id, None, seconds)

    def spend(self, seconds: float) -> None:
        """The coordinator works on a result: nobody is given anything meanwhile."""
        with self._lock:
            self.now += seconds
            self._move_on()

    def ends_with_us(self, submission: Submission) -> int:  # noqa: ARG002 - the engine's form
        """Nothing runs."""
        return 0

    def forget(self, submission: Submission) -> None:
        """Nothing is kept."""

    def stop(self) -> None:
        """Let everybody go."""
        with self._lock:
            for _, _, awake in self._asleep:
                awake.set()

    def _move_on(self) -> None:
        if len(self._asleep) == min(self._workers, self._total - self._ended) and self._asleep:
            end, _, awake = heapq.heappop(self._asleep)
            self.now = max(self.now, end)
            self._ended += 1
            awake.set()
