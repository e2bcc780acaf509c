"""Faults that happen to machines, done to a running batch: what the system, the network or a person would do to it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.jumping_clock import JumpingClock
from benchmarks.line import Line
from benchmarks.postgres_here import PostgresHere
from benchmarks.small_disk import SmallDisk

SECONDS_OF_TROUBLE = 3.0
"""How long a disk stays full and a line stays cut."""


@dataclass(frozen=True)
class Scene:
    """What is running: the batch's own process, the roots of everything that belongs to it, and what it stands on."""

    coordinator: subprocess.Popen[bytes]
    scheduler: psutil.Process | None = None
    workers: psutil.Process | None = None
    """The process that starts the workers again (Dask's nannies are below it)."""
    line: Line | None = None
    """Between the coordinator and the scheduler."""
    disk: SmallDisk | None = None
    """With the results, and with the shared folder of a cluster."""
    clock: JumpingClock | None = None
    """That the coordinator sees."""
    database: PostgresHere | None = None
    """With the gradebook."""

    def below(self) -> list[psutil.Process]:
        """All processes below the coordinator and the workers."""
        found: list[psutil.Process] = []
        for root in (self.coordinator.pid, None if self.workers is None else self.workers.pid):
            if root is not None:
                with contextlib.suppress(psutil.Error):
                    found += psutil.Process(root).children(recursive=True)
        return found


Fault = Callable[[Scene, random.Random], bool]
"""Do it; False when there was nothing to do it to."""


def _kill_one(scene: Scene, chance: random.Random, wanted: Callable[[list[str]], bool]) -> bool:
    found = []
    for process in scene.below():
        with contextlib.suppress(psutil.Error):
            if wanted(process.cmdline()):
                found.append(process)
    if not found:
        return False
    with contextlib.suppress(psutil.Error):
        chance.choice(found).kill()
        return True
    return False


def kernel(scene: Scene, chance: random.Random) -> bool:
    """The process that runs a student's cells, forked or started anew: the innermost one of a sandbox."""
    found = []
    for process in scene.below():
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            if ("warm" in line or "recorder" in line) and not process.children():
                found.append(process)
    with contextlib.suppress(psutil.Error, IndexError):
        chance.choice(found).kill()
        return True
    return False


def sandbox(scene: Scene, chance: random.Random) -> bool:
    """A bubblewrap, with all that is in it: the warm parent's with every kernel it forked, or one submission's."""
    return _kill_one(scene, chance, lambda line: bool(line) and Path(line[0]).name == "bwrap")


def worker(scene: Scene, chance: random.Random) -> bool:
    """A Dask worker's process; its nanny starts another one."""
    if scene.workers is None:
        return False
    return _kill_one(scene, chance, lambda line: any("spawn_main" in part for part in line))


def scheduler(scene: Scene, _chance: random.Random) -> bool:
    """The scheduler; whoever runs the cluster starts another one."""
    if scene.scheduler is None:
        return False
    scene.scheduler.kill()
    return True


def coordinator(scene: Scene, _chance: random.Random) -> bool:
    """The batch's own process, without a word."""
    scene.coordinator.kill()
    return True


def ctrl_c_twice(scene: Scene, _chance: random.Random) -> bool:
    """As an impatient person does."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(scene.coordinator.pid, signal.SIGINT)
        time.sleep(0.3)
        os.kill(scene.coordinator.pid, signal.SIGINT)
    return True


def frozen(scene: Scene, _chance: random.Random) -> bool:
    """The coordinator stands still for five seconds, as when a laptop sleeps: its clocks jump."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(scene.coordinator.pid)
        process.suspend()
        time.sleep(5)
        process.resume()
    return True


def line_cut(scene: Scene, _chance: random.Random) -> bool:
    """The network between the coordinator and the scheduler; both live on."""
    return scene.line is not None and scene.line.cut(SECONDS_OF_TROUBLE) > 0


def disk_full(scene: Scene, _chance: random.Random) -> bool:
    """Not a byte more, for a while; then somebody makes room."""
    if scene.disk is None or not scene.disk.fill():
        return False
    time.sleep(SECONDS_OF_TROUBLE)
    scene.disk.free()
    return True


def clock_jump(scene: Scene, chance: random.Random) -> bool:
    """Somebody sets the clock, or it is set right: a minute to a year, before or behind."""
    if scene.clock is None:
        return False
    scene.clock.jump(chance)
    return True


def database_connection(scene: Scene, _chance: random.Random) -> bool:
    """Every connection to the gradebook ends, in the middle of whatever it carries."""
    return scene.database is not None and scene.database.cut() > 0


def database_restart(scene: Scene, _chance: random.Random) -> bool:
    """The database's server ends without a word and comes back."""
    if scene.database is None:
        return False
    scene.database.restart()
    return True


FAULTS: dict[str, Fault] = {
    "kernel": kernel, "sandbox": sandbox, "worker": worker, "coordinator": coordinator, "scheduler": scheduler,
    "disk full": disk_full, "Ctrl-C twice": ctrl_c_twice, "line to the scheduler": line_cut,
    "database connection": database_connection, "standing still": frozen, "clock jump": clock_jump,
    "database restart": database_restart,
}  # fmt: skip

NEEDS = {
    "worker": "cluster", "scheduler": "cluster", "line to the scheduler": "line", "disk full": "disk",
    "clock jump": "clock", "database connection": "database", "database restart": "database",
}  # fmt: skip
"""What a batch has to stand on for a fault (`benchmarks.soak.Stands`); the others can always happen."""
