"""How many side by side, and who goes first."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from benchmarks.small_class import notebook
from grader.batch import shares as module
from grader.batch.order import longest_first, training_work
from grader.batch.shares import shares
from grader.execution import limits, machine
from grader.submission.discover import discover
from tests.evidence_examples import FIT_CELL, says

GIGABYTE = 1 << 30
Computer: TypeAlias = Callable[[int, int], None]


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> Computer:
    def of(cores: int, gigabytes: int) -> None:
        monkeypatch.setattr(module, "usable_cores", lambda: cores)
        monkeypatch.setattr(module, "usable_memory", lambda: gigabytes * GIGABYTE)
        monkeypatch.setattr(limits, "usable_memory", lambda: gigabytes * GIGABYTE)

    return of


@pytest.mark.parametrize(
    ("cores", "gigabytes", "submissions", "jobs", "threads"),
    [
        (2, 24, 300, 2, 1),
        (8, 16, 300, 2, 4),  # memory for two: each computes on half of the cores
        (64, 512, 300, 64, 1),
        (8, 64, 3, 3, 2),
        (8, 64, 1, 1, 8),
        (1, 4, 300, 1, 1),
    ],
)
def test_auto_fits_cores_and_memory(
    computer: Computer, cores: int, gigabytes: int, submissions: int, jobs: int, threads: int
) -> None:
    computer(cores, gigabytes)
    found = shares(None, submissions)
    assert (found.jobs, found.threads) == (jobs, threads)
    assert found.jobs * found.threads <= cores
    assert found.memory_bytes >= 6 * GIGABYTE


def test_what_a_person_asks_for_is_what_happens(computer: Computer) -> None:
    computer(2, 24)
    assert shares(4, 300).jobs == 4
    assert shares(4, 300).threads == 1
    assert shares(4, 2).jobs == 2


def cgroups(folder: Path, monkeypatch: pytest.MonkeyPatch, own: str, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / "fs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "fs" / name).write_text(text)
    (folder / "own").write_text(own)
    monkeypatch.setattr(machine, "CGROUPS", folder / "fs")
    monkeypatch.setattr(machine, "OWN", folder / "own")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))


def test_a_container_s_limits_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cgroups(tmp_path, monkeypatch, "0::/\n", {"cpu.max": "250000 100000\n", "memory.max": f"{GIGABYTE}\n"})
    assert machine.usable_cores() == 3
    assert machine.usable_memory() == GIGABYTE


def test_limits_of_an_outer_group_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "400000 100000\n", "a/b/memory.max": "max\n"}
    cgroups(tmp_path, monkeypatch, "0::/a/b\n", files)
    assert machine.usable_cores() == 4
    assert machine.usable_memory() > GIGABYTE // 2


def test_control_groups_of_version_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = "4:memory:/docker/x\n1:cpu,cpuacct:/\n"
    files = {
        "cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n",
        "memory/memory.limit_in_bytes": f"{GIGABYTE}\n",
    }  # fmt: skip
    cgroups(tmp_path, monkeypatch, own, files)
    assert machine.usable_cores() == 16
    assert machine.usable_memory() == GIGABYTE


@pytest.mark.parametrize("text", ["", "max", "max max", "-1 5", "a b", "0 0", "5"])
def test_odd_limits_limit_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    cgroups(tmp_path, monkeypatch, "0::/\n", {"cpu.max": text})
    assert machine.usable_cores() in (1, 16)


def fitting(name: str, folder: Path, *cells: str) -> None:
    notebook(folder / f"{name}.ipynb", [], cells)


def test_the_longest_training_runs_first(tmp_path: Path) -> None:
    """By what the source says, fine-tuning weighing more; a time that was measured before is believed over it."""
    fitting("a-short", tmp_path, "model.fit(data, epochs=2)")
    fitting("b-long", tmp_path, "epochs = 10", "model.fit(data, epochs=epochs)", "base.trainable = True",
            "model.fit(data, epochs=2 * epochs, initial_epoch=epochs)")  # fmt: skip
    fitting("c-nothing", tmp_path, "print(1)")
    (tmp_path / "d-broken.ipynb").write_text("{")
    found = discover(tmp_path, tmp_path)
    order = longest_first(found, lambda _: None, trains=True)
    assert [submission.id for submission, _ in order] == ["b-long", "a-short", "c-nothing", "d-broken"]

    before = {"c-nothing": 600.0, "a-short": 50.0}
    measured = longest_first(found, lambda submission: before.get(submission.id), trains=True)
    assert [submission.id for submission, _ in measured] == ["c-nothing", "b-long", "a-short", "d-broken"]


def test_work_that_cannot_be_read_is_taken_for_ordinary() -> None:
    assert training_work([says("fit", FIT_CELL)]) == 10.0
    assert training_work([says("fit", FIT_CELL, epochs=10**9)]) == 1000.0
