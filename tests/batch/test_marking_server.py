"""Marking processes are forked from one that has imported what they need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from grader.batch import marking_server
from grader.batch.marking_server import marking_processes

PROGRAM = """
import psutil
from grader.batch import marking_server
marking_server.usable_cores = lambda: 2
for count in (59, 60):
    marking_server.begin_early(count)
    print(count, any("forkserver" in " ".join(child.cmdline()) for child in psutil.Process().children()))
"""


def test_a_small_class_is_marked_by_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking_server, "usable_cores", lambda: 4)
    assert [marking_processes(count) for count in (0, 1, 59, 60, 100, 1_000)] == [1, 1, 1, 2, 3, 4]
    monkeypatch.setattr(marking_server, "usable_cores", lambda: 1)
    assert marking_processes(1_000) == 1


def test_a_socket_whose_name_would_be_too_long_costs_nothing_but_time(tmp_path: Path) -> None:
    """The name of a socket has at most 107 bytes (unix(7))."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    program = "from grader.batch.marking_server import marking_context; print(marking_context().get_start_method())"
    command, env = [sys.executable, "-c", program], os.environ | {"TMPDIR": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "spawn\n"


def test_the_server_is_started_early_for_a_class_that_needs_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["59 False", "60 True"]


def test_marking_processes_end_with_a_killed_parent() -> None:
    """It has no time left to tell them that there is no more work."""
    program = """
from concurrent.futures import ProcessPoolExecutor
import os, time
from grader.batch.marking_server import watch_parent
from grader.batch.marking_server import marking_context
if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, marking_context(), initializer=watch_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    gone, _ = psutil.wait_procs([worker], timeout=60)
    assert gone == [worker]
