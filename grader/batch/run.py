"""Run many submissions side by side and keep what was seen of each."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from grader.batch.job import Conditions, grade_submission
from grader.batch.progress import BatchProgress
from grader.evidence.model import Evidence, Reference
from grader.observation.observe import Measure
from grader.submission.model import Submission


def run_batch(
    submissions: Sequence[Submission], conditions: Conditions, reference: Reference | None, measure: Measure, out: Path,
    *, jobs: int, progress: BatchProgress,
) -> Iterator[Evidence]:  # fmt: skip
    """Yield the evidence of each submission as it is done, at most `jobs` running at a time.

    Threads suffice: each job waits for a kernel process of its own. Only a bounded number of jobs is handed out,
    so that memory does not grow with the class.
    """
    waiting = list(reversed(submissions))
    running: set[Future[Evidence]] = set()
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="submission") as pool:
        while waiting or running:
            while waiting and len(running) < jobs:
                submission = waiting.pop()
                running.add(
                    pool.submit(
                        grade_submission, submission, conditions, reference, measure, out,
                        functools.partial(progress.cell, submission.name),
                    )
                )  # fmt: skip
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
