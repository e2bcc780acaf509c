"""How long a large class takes with 1 to 200 workers: the real batch loop, its work replaced by measured times."""

from __future__ import annotations

import argparse
import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.places import cache
from benchmarks.simulated_engine import SimulatedEngine
from benchmarks.stored import samples_seen
from benchmarks.table import Claim, judge, show
from grader.assets.locate import find_pack
from grader.batch.deliver import load_record
from grader.batch.marking import Assignment, mark
from grader.batch.progress import BatchProgress
from grader.batch.run import run_batch
from grader.evidence.store import evidence_folder, load_evidence, save_evidence
from grader.gradebook.standing import standings
from grader.observation.observe import unread
from grader.provenance.evidence_seal import seal_evidence
from grader.provenance.keys import SigningKey
from grader.rubric.load import load_rubric
from grader.submission.model import Submission, submission_info

WORKERS = (1, 2, 5, 10, 20, 50, 100, 150, 200)
REPEATS = 5
MOST_MEASURED = 100
MEASURED_WORKERS = 4


def main(arguments: Sequence[str]) -> int:
    """Measure the inputs, run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks simulation", description=__doc__)
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--log", type=Path, help="log of a batch: its times instead of the samples'")
    parser.add_argument("--results", type=Path, help="a results folder: its times and evidence instead of the samples'")
    parser.add_argument("--order-ms", type=float, help="what an order costs the coordinator; else measured here")
    asked = parser.parse_args(arguments)
    if asked.results is None:
        samples_seen()
    results = asked.results or cache() / "samples"
    taking_in, marking, kernels = coordinator_seconds(results)
    measured = times_of(asked.log) if asked.log else kernels
    order, ordered = _order(asked.order_ms, results)
    serial = taking_in + order
    times = sorted((measured[number % len(measured)] for number in range(asked.submissions)), reverse=True)
    found = [(workers, simulated(workers, times, serial)) for workers in WORKERS]
    one = found[0][1]
    notes = [
        f"coordinator, serially for each: {1000 * taking_in:.1f} ms measured here (read and seal evidence)",
        *ordered,
        f"marking afterwards: {1000 * marking:.1f} ms each on one core, {spoken(marking * asked.submissions)} in all",
        f"the coordinator alone takes {spoken(serial * asked.submissions)}: nothing gets faster than that,",
        f"from {math.ceil(sum(times) / len(times) / serial):,} workers on",
    ]
    show(
        f"{asked.submissions:,} submissions, {sum(measured) / len(measured):.1f} s each ({min(measured):.1f} to "
        f"{max(measured):.1f})",
        ["workers", "running", "times faster", "of the ideal", "coordinator busy"],
        [
            [str(workers), spoken(seconds), f"{one / seconds:.1f}", f"{one / seconds / workers:.0%}",
             f"{serial * asked.submissions / seconds:.0%}"]
            for workers, seconds in found
        ],
        notes,
    )  # fmt: skip
    again = simulated(WORKERS[-1], times, serial)
    return judge([Claim("the same run twice", spoken(again), "the same", again == found[-1][1])])


def _order(given_ms: float | None, results: Path) -> tuple[float, list[str]]:
    """Seconds that an order costs the coordinator, and where they are from."""
    if given_ms is not None:
        return given_ms / 1000, [f"and {given_ms:.1f} ms given by --order-ms, for sending an order away"]
    from benchmarks.order_cost import order_cost, parcel_seconds  # Dask is needed for nothing else here

    sent, parcels = order_cost(MEASURED_WORKERS), parcel_seconds(results)
    rate = f"{1 / sent.scheduler:,.0f} orders a second"
    return sent.client + parcels, [
        f"and measured here: {1000 * sent.client:.1f} ms to send an order, {1000 * parcels:.1f} ms for its parcels",
        f"beside it the scheduler, a process of its own: {1000 * sent.scheduler:.2f} ms each, so at most {rate}",
    ]


def simulated(workers: int, times: Sequence[float], serial: float) -> float:
    """Seconds on the simulated clock until the last result has been taken in."""
    with tempfile.TemporaryDirectory() as name:
        out, pack = Path(name), find_pack("demo")
        submission = Submission(id="one", name="one", notebook=None, problem="stands for all")
        # Read back by the loop for each: as small as evidence can be, since reading it is in `serial` already.
        save_evidence(out, unread(submission_info(submission), "stands for all", pack, ""))
        engine = SimulatedEngine(workers, times)
        for _ in run_batch([submission] * len(times), engine, pack, out, progress=BatchProgress(len(times))):
            engine.spend(serial)
        return engine.now


def coordinator_seconds(results: Path) -> tuple[float, float, list[float]]:
    """Measured here on stored evidence: taking in one result (read and seal), and marking one; and how long each of
    these notebooks ran, where one did."""
    with tempfile.TemporaryDirectory() as name:
        out, key = Path(name), SigningKey.new()
        record = load_record(results)
        ids = record.submissions[:MOST_MEASURED]
        for id_ in ids:
            shutil.copytree(evidence_folder(results, id_), evidence_folder(out, id_))
        (out / "reports").mkdir()
        ran = [load_evidence(evidence_folder(out, id_) / "evidence.json").run.seconds for id_ in ids]

        def take_in(id_: str) -> None:
            load_evidence(evidence_folder(out, id_) / "evidence.json")
            seal_evidence(out, id_, key)  # the seal, and in the same form the note of what it was made from
            seal_evidence(out, id_, key)

        rubric = load_rubric("lab06")
        assignment = Assignment(out, rubric, standings([]), record.steps_per_call, key.pem)
        kernels = [seconds for seconds in ran if seconds > 0]
        return _each(take_in, ids), _each(lambda id_: mark(assignment, key, id_), ids, repeats=1), kernels


def times_of(log: Path) -> list[float]:
    """Seconds of each submission that ran well, from a log."""
    lines = [json.loads(line) for line in log.read_text(encoding="ascii").splitlines()]
    found = [line["seconds"] for line in lines if line["event"] == "ran" and line["failure"] is None]
    if not found:
        raise SystemExit(f"{log}: Expected events `ran`. Received none. Write the log with grader batch --fresh --log.")
    return found


def spoken(seconds: float) -> str:
    """`41 s`, `12.5 min`, `7.4 h`."""
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.1f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )


def _each(work: Callable[[str], object], ids: Sequence[str], repeats: int = REPEATS) -> float:
    began = time.monotonic()
    for _ in range(repeats):
        for id_ in ids:
            work(id_)
    return (time.monotonic() - began) / (repeats * len(ids))
