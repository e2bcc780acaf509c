"""What runs on a worker: one order at a time per thread, with a station that its process opens once."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import hashlib
import os
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.batch.places import own_scratch
from grader.batch.roads import POLICIES, Roads
from grader.batch.station import Station, equipment, make_folders
from grader.batch.work import CellDone, WorkOrder, WorkResult, carry_out
from grader.cluster.packs import local_pack
from grader.cluster.parcel import MAXIMUM_PARCEL, pack_evidence, unpack_submission
from grader.cluster.setting import Program, read_setting, this_program
from grader.cluster.shared_features import SharedFeatures
from grader.cluster.shared_folder import SharedFolder
from grader.errors import GraderError, InfrastructureError
from grader.execution.machine import usable_cores, usable_memory
from grader.execution.sandbox import choose_sandbox
from grader.provenance.keys import SigningKey


@dataclass(frozen=True)
class FarOrder:
    """A `WorkOrder` for a process that may be anywhere: names in the shared folder instead of paths."""

    shared: str
    """URL of the shared folder."""
    setting: str
    """Digest of the setting."""
    parcel: str
    """Name of the file with the submission."""
    sha256: str
    """Of that file."""
    submission: str
    """Id."""
    topic: str = ""
    """Dask topic on which finished cells are told; empty for none."""


@dataclass(frozen=True)
class FarResult:
    """A `WorkResult`, and where its evidence is."""

    result: WorkResult
    parcel: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Worker:
    """What a process says of itself before it is given any work."""

    machine: str
    cores: int
    memory_bytes: int
    program: Program
    problem: str | None
    """Why it cannot grade, in words."""


def look_around(shared: str, sandbox: str) -> Worker:
    """Whether this process can grade: the sandbox works, and the shared folder can be written to."""
    problem = None
    try:
        choose_sandbox(sandbox)
        folder = SharedFolder(shared)
        name = f"tried/{secrets.token_hex(8)}"
        with tempfile.TemporaryDirectory() as scratch:
            folder.put_bytes(name, b"", Path(scratch))
        folder.remove(name)
    except (GraderError, OSError) as found:
        problem = str(found)
    return Worker(socket.gethostname(), usable_cores(), usable_memory(), this_program(), problem)


def sees(shared: str, name: str) -> bool:
    """Whether this process finds what another put into the shared folder."""
    return SharedFolder(shared).has(name)


def carry_out_far(order: FarOrder) -> FarResult:
    """Fetch a submission, grade it exactly as on one machine (`carry_out`), and leave its evidence in the shared
    folder. Signs nothing: the keys are where the batch was started.

    Never raises for anything but the end of this process.
    """
    began = time.monotonic()
    where = f"{socket.gethostname()} (process {os.getpid()})"
    try:
        shared = SharedFolder(order.shared)
        with (
            _HERE.station(order.setting, shared) as (station, scratch),
            tempfile.TemporaryDirectory(dir=scratch, prefix="order-") as name,
        ):
            folder = Path(name)
            shared.get(order.parcel, folder / "parcel.zip", MAXIMUM_PARCEL, order.sha256)
            (folder / "in").mkdir()
            submission = unpack_submission(folder / "parcel.zip", folder / "in")
            done = carry_out(WorkOrder(submission, folder / "out"), station, _teller(order.topic))
            done = dataclasses.replace(done, where=where)
            if done.evidence is None:
                return FarResult(done)
            pack_evidence(folder / "out", submission.id, folder / "evidence.zip")
            digest = hashlib.sha256((folder / "evidence.zip").read_bytes()).hexdigest()
            # A name of its own: a worker that was given up may still be writing.
            batch = Path(order.parcel).parent.name
            target = f"evidence/{batch}/{order.sha256[:16]}-{secrets.token_hex(8)}.zip"
            shared.put(target, folder / "evidence.zip")
            return FarResult(done, target, digest)
    except Exception as problem:  # noqa: BLE001 - told where the batch was started, which tries again elsewhere
        explanation = f"{where}: {problem}"[:1500]
        seconds = round(time.monotonic() - began, 3)
        return FarResult(WorkResult(order.submission, None, seconds, "our_side", explanation, where))


class _Stations:
    """The stations of this process: the newest stays open, an older one until nobody works with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, tuple[contextlib.ExitStack, Station, Path]] = {}
        self._users: dict[str, int] = {}
        atexit.register(self.close)

    @contextlib.contextmanager
    def station(self, setting: str, shared: SharedFolder) -> Iterator[tuple[Station, Path]]:
        with self._lock:
            if setting not in self._open:
                self._open[setting] = _opened(setting, shared)
            self._users[setting] = self._users.get(setting, 0) + 1
            for other in [name for name in self._open if name != setting and not self._users.get(name)]:
                self._open.pop(other)[0].close()
            _, station, scratch = self._open[setting]
        try:
            yield station, scratch
        finally:
            with self._lock:
                self._users[setting] -= 1

    def close(self) -> None:
        for stack, _, _ in self._open.values():
            stack.close()
        self._open.clear()


def _opened(setting: str, shared: SharedFolder) -> tuple[contextlib.ExitStack, Station, Path]:
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(own_scratch())
        make_folders(scratch)
        asked = read_setting(setting, shared, scratch)
        if asked.program != this_program().digest:
            raise InfrastructureError(
                expected="the same version of the grader and its libraries as where the batch was started",
                received="another", todo="Install the same ones on all machines, or use one image for all.",
            )  # fmt: skip
        choose_sandbox(asked.sandbox)
        pack = local_pack(asked.pack, shared)
        conditions = asked.conditions(pack, scratch / "run")
        # This key signs nothing but what this process caches for itself.
        cache = SharedFeatures(SigningKey.new(), shared, scratch, scratch / "features")
        live = stack.enter_context(equipment(conditions, asked.kernel_start, scratch, cache))
        policy = next(one for one in POLICIES if one == asked.policy)
        # The reference in full is run where the batch was started, and put into the evidence there.
        roads = Roads(policy, asked.rubric, live.replayer, lambda: None)
        ready = dataclasses.replace(live.conditions, roads=roads)
        return stack.pop_all(), Station(ready, asked.reference, live.measuring.measure), scratch


def _teller(topic: str) -> CellDone:
    """Tells finished cells to the coordinator, not more than one in a second."""
    last = 0.0

    def tell(name: str, done: int, of: int) -> None:
        nonlocal last
        if topic and time.monotonic() - last >= 1.0:
            last = time.monotonic()
            from distributed import get_worker

            with contextlib.suppress(ValueError):
                get_worker().log_event(topic, {"name": name, "done": done, "of": of})

    return tell


_HERE = _Stations()
