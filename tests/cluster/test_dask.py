"""A class on real Dask workers, faults included: the marks are those of one machine.

Nothing here hangs on how fast the machine is: faults are done when so much is stored, and one notebook waits until all
of them are done.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.dask_here import DaskHere
from benchmarks.faults import Scene, coordinator, scheduler, worker
from benchmarks.jumping_clock import JumpingClock
from benchmarks.line import Line
from benchmarks.soak import compare, in_peace, start
from grader.execution.sandbox import bubblewrap_works
from tests.batch.small_lab import SmallLab, small_lab
from tests.batch.test_resume import ROOT, command

pytestmark = pytest.mark.slow

KILLS_ITS_WORKER = "import os, signal; os.kill(os.getppid(), signal.SIGKILL); os._exit(0)"
AT_MOST = 400.0
"""Seconds after which a test fails instead of waiting on."""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallLab:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    return small_lab(tmp_path / "lab")


@pytest.fixture
def cluster(lab: SmallLab, tmp_path: Path) -> Iterator[DaskHere]:
    with DaskHere(tmp_path, workers=2) as here:
        yield here


def here(lab: SmallLab, *more: str) -> list[str]:
    """No notebook of these imports TensorFlow, so nothing has to be imported before they run."""
    return command(lab, "--kernel-start", "fresh", *more)


def far(lab: SmallLab, address: str, *more: str) -> list[str]:
    return here(lab, "--scheduler", address, "--shared", str(lab.folder / "shared"), *more)


def statuses(out: Path) -> dict[str, Any]:
    entries = json.loads((out / "results.json").read_bytes())["submissions"]
    return {entry["submission"]["id"]: entry["status"] for entry in entries}


def stored(out: Path) -> int:
    return len(list(out.glob("evidence/*/evidence.json")))


def until(done: Callable[[], bool], cluster: DaskHere) -> None:
    """What ended on the cluster is started again meanwhile, as systemd would."""
    last = time.monotonic() + AT_MOST
    while not done():
        assert time.monotonic() < last, "waited in vain"
        cluster.mend()
        time.sleep(0.1)


def test_faults_on_a_cluster_change_no_row(lab: SmallLab, cluster: DaskHere, tmp_path: Path) -> None:
    """A worker, the command itself and the scheduler are killed; the class is as one machine graded it in peace."""
    gate = tmp_path / "gate"
    lab.hand_in("waits", f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists():\n    time.sleep(0.1)")
    for number in range(7):
        cells = {3: ["1 / 0"], 5: ["import os; os._exit(3)"]}.get(number, [f"print({number})"])
        lab.hand_in(f"s{number}", *cells)
    gate.touch()
    in_peace(here(lab, "--jobs", "2"), tmp_path / "calm.log")
    lab.out.rename(tmp_path / "calm")
    gate.unlink()
    line, log = far(lab, cluster.address), tmp_path / "stormy.log"
    chance = random.Random(1)
    running = start(line, log)
    until(lambda: stored(lab.out) >= 1, cluster)
    until(lambda: worker(Scene(running, cluster.scheduler, cluster.workers), chance), cluster)
    until(lambda: stored(lab.out) >= 3, cluster)
    coordinator(Scene(running), chance)
    running.wait()
    running = start(line, log)
    until(lambda: stored(lab.out) >= 5, cluster)
    scheduler(Scene(running, cluster.scheduler), chance)
    gate.touch()
    until(lambda: running.poll() is not None, cluster)
    assert running.returncode == 0, log.read_text()
    assert compare(tmp_path / "calm", lab.out) == [], log.read_text()


def test_a_line_that_is_cut_costs_time(lab: SmallLab, cluster: DaskHere, tmp_path: Path) -> None:
    """The network between the command and the scheduler goes away for a moment, twice; both live on."""
    gate = tmp_path / "gate"
    lab.hand_in("waits", f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists():\n    time.sleep(0.1)")
    for number in range(4):
        lab.hand_in(f"s{number}", f"print({number})")
    log = tmp_path / "line.log"
    with Line(cluster.port) as line:
        running = start(far(lab, line.address), log)
        until(lambda: stored(lab.out) >= 1, cluster)
        assert line.cut(1.0) > 0
        until(lambda: stored(lab.out) >= 3, cluster)
        assert line.cut(1.0) > 0
        gate.touch()
        until(lambda: running.poll() is not None, cluster)
    assert running.returncode == 0, log.read_text()
    assert statuses(lab.out) == dict.fromkeys(["s0", "s1", "s2", "s3", "waits"], "needs_review")


def test_who_kills_every_worker_is_put_aside(lab: SmallLab, cluster: DaskHere) -> None:
    lab.hand_in("ada", "1 + 1")
    lab.hand_in("ben", KILLS_ITS_WORKER)
    done = subprocess.run(
        far(lab, cluster.address, "--tries", "2"), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert statuses(lab.out) == {"ada": "needs_review", "ben": "infrastructure_error"}
    why = json.loads((lab.out / "evidence/ben/evidence.json").read_bytes())["our_failure"]
    assert why.startswith("Put aside after it was tried 2 times: the process that worked on it ended each time.")


def test_a_worker_of_another_version_is_not_used(lab: SmallLab, cluster: DaskHere, tmp_path: Path) -> None:
    """The workers run this clone; the command one with a file more."""
    lab.hand_in("ada", "1 + 1")
    other = tmp_path / "other"
    shutil.copytree(ROOT / "grader", other / "grader")
    (other / "grader/local_change.py").touch()
    done = subprocess.run(
        far(lab, cluster.address), cwd=other, env={**os.environ, "PYTHONPATH": str(other)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "other files of the grader itself" in " ".join(done.stderr.split())
    assert not (lab.out / "results.json").exists()


@pytest.mark.skipif(bubblewrap_works() is not None, reason="bubblewrap does not work here")
def test_a_worker_without_the_sandbox_is_not_used(
    lab: SmallLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command finds bubblewrap where it runs; the machine of the worker has none."""
    lab.hand_in("ada", "1 + 1")
    with monkeypatch.context() as there:
        there.setenv("PATH", str(tmp_path))
        cluster = DaskHere(tmp_path, workers=1)
    with cluster:
        done = subprocess.run(
            far(lab, cluster.address, "--sandbox", "bubblewrap"), cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert "the program bwrap is not installed" in " ".join(done.stderr.split())
    assert not (lab.out / "results.json").exists()


CONNECTS_AGAIN = """
import os, sys, time
from grader.cluster.connection import Cluster
cluster = Cluster(sys.argv[1], sys.argv[2], "none", None, lambda told: print(told, flush=True))
cluster.wait_for_workers()
print("there", flush=True)
while cluster._client.status != "closed":
    time.sleep(0.1)
print(cluster._alive().status, flush=True)
os._exit(0)
"""


def jump_until(told: threading.Event, clock: JumpingClock) -> None:
    """An hour more each second."""
    for hours in itertools.count(1):
        clock.set(hours * 3600)
        if told.wait(1):
            return


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler for a clock that jumps")
def test_a_clock_that_jumps_while_the_scheduler_is_away(cluster: DaskHere, tmp_path: Path) -> None:
    """An hour in no time: the minute for which the command connects again has not gone by."""
    clock = JumpingClock(tmp_path)
    running = subprocess.Popen(
        [sys.executable, "-c", CONNECTS_AGAIN, cluster.address, str(tmp_path / "shared")], cwd=ROOT, text=True,
        env={**os.environ, **clock.environment}, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stdout.readline() == "there\n"
    cluster.scheduler.kill()
    cluster.scheduler.wait()
    told = threading.Event()
    jumping = threading.Thread(target=jump_until, args=(told, clock))
    jumping.start()
    assert "connecting again" in running.stdout.readline()
    time.sleep(3)  # two more hours while it connects
    told.set()
    jumping.join()
    cluster.mend()
    assert running.stdout.readline() == "running\n"
    running.wait()


def test_nobody_answers(lab: SmallLab) -> None:
    lab.hand_in("ada", "1 + 1")
    program = (
        "import grader.cluster.connection as c; c.CONNECT_SECONDS = 1.0; import sys; sys.argv[0] = 'grader'; "
        "from grader.cli import main; main()"
    )
    line = [sys.executable, "-c", program, *far(lab, "tcp://127.0.0.1:9")[3:]]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Expected a Dask scheduler that answers" in " ".join(done.stderr.split())
