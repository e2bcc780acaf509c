"""The line to a Dask scheduler: which workers are fit to grade, and one order carried out by one of them."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from distributed import Client, Future, KilledWorker
from distributed.client import CancelledError

from grader.cluster.setting import this_program
from grader.cluster.worker import FarOrder, FarResult, Worker, carry_out_far, look_around, sees
from grader.errors import InfrastructureError, UsageError
from grader.execution.limits import RunLimits

CONNECT_SECONDS = 60.0
"""For the first connection, and for coming back after the line broke."""
WORKERS_SECONDS = 120.0
"""To wait for the first worker: a cluster may just be starting."""
SECONDS_BETWEEN_LOOKS = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Share:
    """What each notebook gets on the least of the workers' machines."""

    threads: int
    memory_bytes: int


class WorkerLostError(Exception):
    """The worker ended while it had the order, `tries` times in all."""

    def __init__(self, where: str, tries: int) -> None:
        super().__init__(where)
        self.tries = tries


class LineLostError(Exception):
    """Nobody knows what became of the order: the line to the scheduler broke."""


class SchedulerLostError(InfrastructureError):
    """There is no line any more, and it could not be made again."""


class Cluster:
    """Safe to share between threads."""

    def __init__(self, address: str, shared: str, sandbox: str, most: int | None, say: Say) -> None:
        """Connect. `most`: orders at a time, however many threads workers have.

        Raises:
            UsageError: there is no scheduler.
        """
        self._address = address
        self._shared = shared
        self._sandbox = sandbox
        self._most = most
        self._say = say
        self._lock = threading.Lock()
        self._known: dict[str, Worker] = {}
        self._fit: dict[str, int] = {}
        self._looked = -SECONDS_BETWEEN_LOOKS
        self._problems: list[str] = []
        try:
            self._client = self._connected()
        except OSError as problem:
            raise UsageError(
                expected="a Dask scheduler that answers", received=str(problem), where=address,
                todo="Is the address right (such as tcp://HOST:8786), and the scheduler running?",
            ) from problem  # fmt: skip

    def wait_for_workers(self) -> None:
        """Wait until one worker is fit to grade.

        Raises:
            UsageError: none came, or none is fit; says why.
        """
        until = time.monotonic() + WORKERS_SECONDS
        while not self.threads(now=True):
            if self._problems or time.monotonic() > until:
                raise UsageError(
                    expected="at least one worker that can grade",
                    received="; ".join(self._problems[:3]) or f"none within {WORKERS_SECONDS:.0f} s",
                    where=self._address, todo="See docs/cluster.md.",
                )  # fmt: skip
            time.sleep(0.5)

    def require_one_folder(self, name: str) -> None:
        """See to it that all fit workers find what lies in the shared folder under this name.

        Raises:
            UsageError: some do not: their folder is another one.
        """
        found = self._client.run(sees, self._shared, name, workers=list(self._fit), on_error="return")
        blind = sorted(address for address, seen in found.items() if seen is not True)
        if blind:
            raise UsageError(
                expected="one shared folder that all workers see", received=f"another one on {', '.join(blind[:5])}",
                where=self._shared, todo="Give --shared a path on a network file system, or an address fsspec knows.",
            )  # fmt: skip

    def share(self) -> Share:
        """So many threads and so much memory that no worker's machine is promised twice."""
        per_machine: Counter[str] = Counter()
        for address, threads in self._fit.items():
            per_machine[self._known[address].machine] += threads
        workers = [self._known[address] for address in self._fit]
        return Share(
            threads=min(max(1, one.cores // per_machine[one.machine]) for one in workers),
            memory_bytes=max(
                RunLimits.memory_bytes, min(int(one.memory_bytes * 0.8) // per_machine[one.machine] for one in workers)
            ),
        )

    def threads(self, *, now: bool = False) -> int:
        """How many orders the fit workers carry out at a time. Newcomers are looked at first."""
        with self._lock:
            if now or time.monotonic() - self._looked >= SECONDS_BETWEEN_LOOKS:
                self._looked = time.monotonic()
                # A broken line: who hands out an order will notice.
                with contextlib.suppress(OSError, CancelledError, RuntimeError):
                    self._look()
            total = sum(self._fit.values())
            return total if self._most is None else min(total, self._most)

    def workers(self) -> int:
        """How many processes are fit to grade."""
        return len(self._fit)

    def listen(self, topic: str, handler: Callable[[dict[str, object]], None]) -> None:
        """Be told what workers say on a topic."""
        self._client.subscribe_topic(topic, lambda event: handler(event[1]))

    def carry_out(self, order: FarOrder, key: str) -> FarResult:
        """Have it done by a fit worker and wait for its end.

        Raises:
            WorkerLostError, LineLostError: no result. SchedulerLostError: the scheduler does not come back.
        """
        client = self._alive()
        try:
            found = self._awaited(client, order, key)
        except KilledWorker as killed:
            worker = getattr(killed.last_worker, "address", "")
            raise WorkerLostError(str(worker), killed.allowed_failures + 1) from killed
        except (CancelledError, OSError, RuntimeError) as problem:
            raise LineLostError(str(problem)) from problem
        if not isinstance(found, FarResult):
            raise LineLostError(f"a worker answered with {type(found).__name__}")
        return found

    def _awaited(self, client: Client, order: FarOrder, key: str) -> object:
        """What a worker answers.

        Dask lets an order that names workers wait for them for good if there was none at all when it came, however many
        others join (a scheduler that was started again). So it is sent anew when nobody whom it names is left.
        """
        for attempt in itertools.count():
            named = set(self._fit)
            future: Future = client.submit(
                carry_out_far, order, key=f"{key}-{attempt}", pure=False, workers=list(named) or None,
                allow_other_workers=bool(named),
            )  # fmt: skip
            while True:
                try:
                    return future.result(timeout=SECONDS_BETWEEN_LOOKS)
                except TimeoutError:
                    self.threads()
                    if named and self._fit and not named & self._fit.keys():
                        break
            future.cancel()
        raise AssertionError("unreachable")

    def close(self) -> None:
        """End the connection; orders that still run are cancelled."""
        self._client.close(timeout=5)

    def _connected(self) -> Client:
        """Tried until the time is really up: Dask goes by the time of day, and gives up at once when that jumps."""
        until = time.monotonic() + CONNECT_SECONDS
        while True:
            left = max(1.0, until - time.monotonic())
            try:
                return Client(self._address, timeout=left, set_as_default=False)
            except OSError:
                if time.monotonic() >= until:
                    raise
                time.sleep(0.5)

    def _alive(self) -> Client:
        with self._lock:
            if self._client.status in ("running", "connecting", "newly-created"):
                return self._client
            self._say("The line to the scheduler broke; connecting again")
            try:
                self._client = self._connected()
            except OSError as problem:
                raise SchedulerLostError(
                    expected="a Dask scheduler that answers", received=f"none any more ({problem})",
                    where=self._address, todo="What is done is kept; the same command goes on from here.",
                ) from problem  # fmt: skip
            return self._client

    def _look(self) -> None:
        there: dict[str, int] = dict(self._client.nthreads())
        self._fit = {address: threads for address, threads in there.items() if address in self._fit}
        new = [address for address in there if address not in self._known]
        if not new:
            return
        found = self._client.run(
            look_around, self._shared, self._sandbox, workers=new, on_error="return", nanny=False
        )  # fmt: skip
        ours = this_program()
        for address, worker in found.items():
            problem = _unfit(worker, ours.differs(worker.program) if isinstance(worker, Worker) else None)
            if isinstance(worker, Worker):
                self._known[address] = worker
            if problem is None:
                self._fit[address] = there[address]
            else:
                self._problems.append(f"worker {address}: {problem}")
                self._say(f"Not used: worker {address}: {problem}")


def _unfit(worker: object, differs: str | None) -> str | None:
    if not isinstance(worker, Worker):
        return f"the grader cannot be started there ({type(worker).__name__}: {worker})"[:500]
    if worker.problem is not None:
        return worker.problem
    return None if differs is None else f"another version of the program: {differs}"
