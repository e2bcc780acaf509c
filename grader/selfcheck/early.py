"""Look at the model while the rest of the notebook still runs, so that nobody waits for it at the end."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from grader.assets.pack import AssetPack
from grader.errors import GraderError
from grader.evidence.model import Measurement, SubmissionInfo
from grader.execution.outbox import read_outbox
from grader.execution.run import RunOutcome
from grader.execution.timeline import FitEvent
from grader.models.measure_request import MeasureRequest
from grader.observation.observe import Measure, Reading, observe


class EarlyMeasure:
    """Measures after each training, in the background; the same question is then answered at once.

    What is asked at the end decides: a model that was trained on, or another one, is a different request and is
    measured as ever.
    """

    def __init__(self, measure: Measure, pack: AssetPack, workspaces: Path) -> None:
        """`workspaces` is the folder in which the run's own folder will lie."""
        self._measure = measure
        self._pack = pack
        self._workspaces = workspaces
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="early")
        self._lock = threading.Lock()
        self._asked: list[tuple[MeasureRequest, Future[Measurement]]] = []
        self._fits = 0

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def after_cell(self) -> None:
        """Called when a cell has ended: if it trained something, look at what came out."""
        self._pool.submit(self._look)

    def __call__(self, request: MeasureRequest) -> Measurement:
        """The measurement, from before if the very same was asked.

        Raises:
            InfrastructureError: as the measuring process does.
        """
        with self._lock:
            future = next((known for asked, known in self._asked if asked == request), None)
            if future is None:
                future = Future()
                self._asked.append((request, future))
                mine = True
            else:
                mine = False
        if mine:
            try:
                future.set_result(self._measure(request))
            except BaseException as problem:
                future.set_exception(problem)
                raise
        return future.result()

    def _look(self) -> None:
        workspace = next(self._workspaces.glob("w-*"), None)
        if workspace is None:
            return
        try:
            outbox = read_outbox(workspace / "outbox")
            fits = sum(isinstance(event, FitEvent) for event in outbox.events)
            if fits == self._fits:
                return
            self._fits = fits
            observe(
                Reading(SubmissionInfo(id="early", name="early")), RunOutcome(), outbox, self._pack, None, self,
                policy="capped", sandbox="", created="",
            )  # fmt: skip
        except (GraderError, OSError):
            return  # the folder may be gone already; the end asks again
