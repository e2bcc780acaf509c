"""What one order costs beside its work: a real Dask scheduler with idle workers, and the shared folder."""

from __future__ import annotations

import argparse
import copy
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from distributed import Client

from benchmarks.dask_here import DaskHere
from benchmarks.places import ROOT
from benchmarks.table import show
from grader.batch.deliver import load_record
from grader.cluster.parcel import MAXIMUM_PARCEL, pack_evidence, pack_submission, unpack_evidence
from grader.cluster.shared_folder import SharedFolder
from grader.cluster.worker import FarOrder
from grader.submission.discover import discover

WORKERS = (1, 2, 4, 8)
ORDERS = 400
FIRST = 40
"""Orders before anything is measured: connections are made, modules imported."""
MOST_PARCELS = 50


@dataclass(frozen=True)
class OrderCost:
    """Seconds for one order. `client`, `scheduler`: processor time of the two processes; `wall`: by the clock, with all
    workers busy doing nothing."""

    client: float
    scheduler: float
    wall: float


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks order", description=__doc__)
    parser.add_argument("--results", type=Path, help="a results folder: what its evidence costs to send")
    asked = parser.parse_args(arguments)
    found = [(workers, order_cost(workers)) for workers in WORKERS]
    notes = ["milliseconds for each order; client: the batch's own process, where orders follow one another"]
    if asked.results is not None:
        notes.append(f"and {1000 * parcel_seconds(asked.results):.1f} ms there for parcels through the shared folder")
    show(
        f"{ORDERS} orders without work through a Dask scheduler", ["workers", "client", "scheduler", "by the clock"],
        [
            [str(workers), *(f"{1000 * part:.2f}" for part in (cost.client, cost.scheduler, cost.wall))]
            for workers, cost in found
        ],
        notes,
    )  # fmt: skip
    return 0


def order_cost(workers: int) -> OrderCost:
    """Orders of the real form, each with a thread that waits for it (`grader.cluster.connection`), given back as they
    came."""
    with (
        tempfile.TemporaryDirectory(prefix="order-") as name,
        DaskHere(Path(name), workers) as cluster,
        Client(cluster.address, timeout=60, set_as_default=False) as client,
        ThreadPoolExecutor(workers) as pool,
    ):
        client.wait_for_workers(workers, timeout=120)
        addresses = list(client.nthreads())

        def send(number: int) -> None:
            order = FarOrder("/shared", "0" * 64, f"submissions/{number}.zip", "0" * 64, f"s{number}")
            key = f"grade-{secrets.token_hex(16)}"
            future = client.submit(copy.copy, order, key=key, pure=False, workers=addresses, allow_other_workers=True)
            assert future.result() == order

        list(pool.map(send, range(FIRST)))
        before = time.process_time(), sum(cluster.scheduler.cpu_times()[:2]), time.monotonic()
        list(pool.map(send, range(ORDERS)))
        after = time.process_time(), sum(cluster.scheduler.cpu_times()[:2]), time.monotonic()
    client_cost, scheduler_cost, wall = ((late - early) / ORDERS for early, late in zip(before, after, strict=True))
    return OrderCost(client_cost, scheduler_cost, wall)


def parcel_seconds(results: Path) -> float:
    """Seconds that the batch's own process spends on one submission's parcels, in a shared folder on this disk: the
    samples sent away, evidence of `results` taken in."""
    with tempfile.TemporaryDirectory(prefix="parcels-") as name:
        folder = Path(name)
        shared, parcel = SharedFolder(str(folder / "shared")), folder / "parcel.zip"
        (folder / "unpacked").mkdir()
        samples = [one for one in discover(ROOT / "submissions", folder / "unpacked") if one.notebook is not None]

        def send(number: int) -> None:
            pack_submission(samples[number], parcel)
            shared.put(f"submissions/{number}.zip", parcel)
            shared.remove(f"submissions/{number}.zip")

        ids = load_record(results).submissions[:MOST_PARCELS]
        for id_ in ids:
            pack_evidence(results, id_, parcel)
            shared.put(f"evidence/{id_}.zip", parcel)

        def take_in(number: int) -> None:
            got = folder / "evidence.zip"
            shared.get(f"evidence/{ids[number]}.zip", got, MAXIMUM_PARCEL)
            unpack_evidence(got, folder / "out", ids[number])
            shared.remove(f"evidence/{ids[number]}.zip")

        return _each(send, len(samples)) + _each(take_in, len(ids))


def _each(work: Callable[[int], None], count: int) -> float:
    began = time.monotonic()
    for number in range(count):
        work(number)
    return (time.monotonic() - began) / count
