"""Run many submissions side by side and keep what was seen of each."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import psutil

from grader.batch.job import Conditions, grade_submission
from grader.batch.progress import BatchProgress
from grader.evidence.model import Evidence, Reference
from grader.observation.observe import Measure
from grader.submission.model import Submission


def run_batch(
    submissions: Sequence[Submission], conditions: Conditions, reference: Reference | None, measure: Measure, out: Path,
    *, jobs: int, progress: BatchProgress,
) -> Generator[Evidence, None, None]:  # fmt: skip
    """Yield the evidence of each submission as it is done, at most `jobs` running at a time.

    Threads suffice: each job waits for a kernel process of its own. Only a bounded number of jobs is handed out,
    so that memory does not grow with the class. When the caller stops early (an interrupt, an error), everything that
    still runs is ended at once, and nothing is stored of it.
    """
    waiting = list(reversed(submissions))
    running: set[Future[Evidence]] = set()
    stopped = threading.Event()
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="submission") as pool:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    submission = waiting.pop()
                    running.add(
                        pool.submit(
                            grade_submission, submission, conditions, reference, measure, out,
                            functools.partial(progress.cell, submission.name), lambda: not stopped.is_set(),
                        )
                    )  # fmt: skip
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BaseException:
            stopped.set()
            _end_all_processes()
            raise


def _end_all_processes() -> None:
    """Kill every process that this one started: kernels with their sandboxes, and what measures."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            process.kill()
