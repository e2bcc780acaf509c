"""A batch that is stopped half-way, by Ctrl-C or by force, goes on where it stopped with the same command."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.batch.processes import below, kernels, kill, lives
from tests.batch.small_lab import SmallLab, small_lab

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallLab:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    made = small_lab(tmp_path / "lab")
    made.hand_in("ada", "1 + 1")
    made.hand_in("ben", "import time; time.sleep(60)")
    return made


def command(lab: SmallLab, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "grader", "batch", str(lab.submissions), "--rubric", str(lab.rubric),
        "--assets", str(lab.pack.folder), "--out", str(lab.out), "--sandbox", "none", *more,
    ]  # fmt: skip


def start(lab: SmallLab) -> subprocess.Popen[str]:
    """As from a terminal: whoever runs the tests in the background of a shell would hand on that SIGINT is ignored."""
    return subprocess.Popen(
        command(lab), cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def grade(lab: SmallLab, *more: str) -> str:
    done = subprocess.run(command(lab, *more), capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def summary(lab: SmallLab) -> Any:
    return json.loads((lab.out / "summary.json").read_bytes())


def wait_for(there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not there():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.05)


def ada_is_kept(lab: SmallLab) -> bool:
    return (lab.out / "evidence/ada/run.json").exists()


def ben_runs(process: subprocess.Popen[str]) -> bool:
    return bool(kernels(process.pid))


def test_ctrl_c_keeps_what_is_done_and_ends_what_runs(lab: SmallLab) -> None:
    process = start(lab)
    wait_for(lambda: ada_is_kept(lab) and ben_runs(process), process)
    children = below(process.pid)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 130, said
    assert "goes on" in said
    assert [child for child in children if lives(child)] == []
    assert not (lab.out / "evidence/ben").exists()
    assert summary(lab)["ended"] == "interrupted"
    assert summary(lab)["by_outcome"] == {"completed": 1}

    lab.hand_in("ben", "1 + 1")
    ada = (lab.out / "evidence/ada/evidence.json").stat()
    said = grade(lab)
    assert "Taken from before: 1 of 2" in said
    assert (lab.out / "evidence/ada/evidence.json").stat().st_mtime_ns == ada.st_mtime_ns
    both = json.loads((lab.out / "results.json").read_bytes())["submissions"]
    assert [entry["submission"]["id"] for entry in both] == ["ada", "ben"]
    assert [entry["run_status"] for entry in both] == ["completed", "completed"]
    assert summary(lab)["submissions"] == {"total": 2, "taken_from_before": 1, "run": 1, "tried_again": 0}
    assert {name: times["count"] for name, times in summary(lab)["phases"].items()} == {
        "read": 2, "run": 1, "observe": 1, "judge": 2, "report": 2,
    }  # fmt: skip

    assert "Taken from before: 2 of 2" in grade(lab)
    assert "Taken from before" not in grade(lab, "--fresh")


def test_a_batch_that_was_killed_goes_on_and_is_cleaned_up_after(lab: SmallLab, tmp_path: Path) -> None:
    process = start(lab)
    wait_for(lambda: ada_is_kept(lab) and ben_runs(process), process)
    children = below(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    kill(children)  # without a sandbox nothing else ends them
    (left,) = tmp_path.glob("lab-*")
    os.utime(left, (0, 0))
    lab.hand_in("ben", "1 + 1")
    assert "Taken from before: 1 of 2" in grade(lab)
    assert list(tmp_path.glob("lab-*")) == []


def test_two_batches_do_not_write_to_one_folder(lab: SmallLab) -> None:
    process = start(lab)
    wait_for(lambda: ada_is_kept(lab), process)
    second = subprocess.run(command(lab), capture_output=True, text=True, cwd=ROOT, check=False)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert second.returncode == 2
    assert "no other batch" in second.stderr
