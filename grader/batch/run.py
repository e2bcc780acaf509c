"""Run many submissions side by side and keep what was seen of each, whatever fails on our side."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeAlias

import psutil

from grader.assets.pack import AssetPack
from grader.batch.aside import put_aside
from grader.batch.engine import TRIES, Engine
from grader.batch.progress import BatchProgress
from grader.batch.told import ran
from grader.batch.work import WorkResult
from grader.evidence.model import Evidence
from grader.evidence.store import evidence_folder, load_evidence
from grader.submission.model import Submission
from grader.watching.watch import NOBODY, Watch

Running: TypeAlias = dict[Future[WorkResult], Submission]

MOST_AT_A_TIME = 1_000
"""Threads that wait for orders, however large a cluster is."""
SECONDS_BETWEEN_LOOKS = 5.0
"""After which a cluster is asked again how many it takes at a time."""


def run_batch(
    submissions: Sequence[Submission], engine: Engine, pack: AssetPack, out: Path,
    *, progress: BatchProgress, tries: int = TRIES, watch: Watch = NOBODY,
) -> Generator[Evidence, None, None]:  # fmt: skip
    """Yield the evidence of each submission as it is done, as many running at a time as the engine takes.

    What our side failed on is tried again after the others, `tries` times in all, and then put aside. Only a bounded
    number of orders is handed out, so that memory does not grow with the class. When the caller stops early (an
    interrupt, an error), everything that still runs is ended at once, and nothing is stored of it.

    Raises:
        OSError: evidence cannot be written below `out`.
    """
    waiting = deque(submissions)
    failed: Counter[str] = Counter()
    running: Running = {}
    with ThreadPoolExecutor(max_workers=MOST_AT_A_TIME, thread_name_prefix="submission") as pool:
        try:
            while waiting or running:
                while waiting and len(running) < min(engine.slots(), MOST_AT_A_TIME):
                    submission = waiting.popleft()
                    begun = engine.ends_with_us(submission)
                    if begun >= tries:
                        yield _aside(submission, WorkResult(submission.id, None, 0.0, "worker_lost"), begun, engine,
                                     pack, out)  # fmt: skip
                        continue
                    running[pool.submit(engine.grade, submission)] = submission
                done, _ = wait(running, timeout=SECONDS_BETWEEN_LOOKS, return_when=FIRST_COMPLETED)
                for future in done:
                    submission, result = running.pop(future), future.result()
                    watch.see(ran(result, again=failed[submission.id] > 0))
                    if result.failure is None:
                        yield load_evidence(evidence_folder(out, submission.id) / "evidence.json")
                        continue
                    failed[submission.id] += result.tries
                    if failed[submission.id] < tries:
                        progress.again(submission.name, result.explanation)
                        waiting.append(submission)
                    else:
                        yield _aside(submission, result, failed[submission.id], engine, pack, out)
        except BaseException:
            with _undisturbed():
                engine.stop()
                _end_all(running)
            raise


def _aside(
    submission: Submission, result: WorkResult, tries: int, engine: Engine, pack: AssetPack, out: Path
) -> Evidence:
    evidence = put_aside(submission, result, tries, pack, out)
    engine.forget(submission)
    return evidence


def _end_all(running: Running) -> None:
    """Kill what was started until no thread waits for it: one of them may just be starting something more."""
    left = set(running)
    while left:
        _kill_children()
        _, left = wait(left, timeout=0.2)
    _kill_children()


def _kill_children() -> None:
    """Every process that this one started: kernels with their sandboxes, and what measures."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            process.kill()


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C finds us at ending what runs, which takes a second, and would leave kernels behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
