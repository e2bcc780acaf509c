"""Real faults of a machine, done to a batch on it: they cost time, and nothing is lost or half there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.jumping_clock import JumpingClock
from tests.batch.processes import below, kernels, kill, lives
from tests.batch.small_lab import SmallLab, small_lab
from tests.batch.test_resume import ROOT, ben_runs, command, start, wait_for

pytestmark = pytest.mark.slow

MAY_MOUNT = ["unshare", "--user", "--map-root-user", "--mount"]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallLab:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    made = small_lab(tmp_path / "lab")
    made.hand_in("ada", "print('x' * 20_000)")
    return made


def rows(out: Path) -> dict[str, tuple[Any, ...]]:
    entries = json.loads((out / "results.json").read_bytes())["submissions"]
    assert len({entry["submission"]["id"] for entry in entries}) == len(entries)
    return {entry["submission"]["id"]: (entry["status"], entry["run_status"], entry["total"]) for entry in entries}


def test_a_full_disk(lab: SmallLab, tmp_path: Path) -> None:
    """The results' file system has room for nothing much, then for all: the same command goes on."""
    if subprocess.run([*MAY_MOUNT, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a system that lets one mount a file system of one's own (unshare)")
    lab.hand_in("ben", "print('y' * 20_000)")
    lab.out.mkdir()
    script = (
        'mount -t tmpfs -o size=152k none "$OUT"; "$@"; echo "first: $?"; find "$OUT" -name results.json; '
        'mount -o remount,size=64m "$OUT"; "$@"; echo "second: $?"; cp -r "$OUT" "$OUT-kept"'
    )
    done = subprocess.run(
        [*MAY_MOUNT, "sh", "-c", script, "sh", *command(lab)], cwd=ROOT, env={**os.environ, "OUT": str(lab.out)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "first: 2" in done.stdout, done.stderr
    assert "No space left on device" in done.stderr
    assert "the same command goes on from here" in " ".join(done.stderr.split())
    assert "results.json" not in done.stdout.partition("first")[0]
    assert "second: 0" in done.stdout, done.stderr
    after = rows(Path(f"{lab.out}-kept"))
    assert [run for _, run, _ in after.values()] == ["completed", "completed"]


def test_a_kernel_that_the_system_killed_runs_again(lab: SmallLab) -> None:
    """Short of memory, the system kills a process; the notebook did nothing to deserve it."""
    lab.hand_in("ben", "import time; time.sleep(3)")
    process = start(lab)
    wait_for(lambda: ben_runs(process), process)
    time.sleep(0.5)
    kill(kernels(process.pid))
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert {name: run for name, (_, run, _) in rows(lab.out).items()} == {"ada": "completed", "ben": "completed"}


def test_ctrl_c_twice_leaves_nothing_behind(lab: SmallLab) -> None:
    lab.hand_in("ben", "import time; time.sleep(60)")
    process = start(lab)
    wait_for(lambda: ben_runs(process), process)
    children = below(process.pid)
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    assert [child for child in children if lives(child)] == []
    assert not (lab.out / "evidence/ben/evidence.json").exists()


def test_a_clock_that_jumps_changes_nothing(lab: SmallLab, tmp_path: Path) -> None:
    """The clock of the machine says 2001, is set right while one runs, and a month back before the next start."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler (Debian: apt-get install gcc)")
    clock = JumpingClock(tmp_path)
    wrong = {**os.environ, **clock.environment}
    in_2001 = 978_350_400 - time.time()
    lab.hand_in("ben", "import time; time.sleep(4)")
    clock.set(round(in_2001))
    process = subprocess.Popen(
        command(lab), cwd=ROOT, env=wrong, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: ben_runs(process), process)
    clock.set(0)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 0, said
    record = json.loads((lab.out / "batch.json").read_bytes())
    assert record["started"].startswith("2001-01-01")
    assert 0 < record["seconds"] < 600
    first = rows(lab.out)
    assert [run for _, run, _ in first.values()] == ["completed", "completed"]
    clock.set(-30 * 86_400)
    after = subprocess.run(command(lab), cwd=ROOT, env=wrong, capture_output=True, text=True, check=False)
    assert after.returncode == 0, after.stderr
    assert "Taken from before: 2 of 2" in after.stderr
    assert rows(lab.out) == first


def test_results_that_cannot_be_written_are_said_before_anything_runs(lab: SmallLab) -> None:
    if subprocess.run([*MAY_MOUNT, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a system that lets one mount a file system of one's own (unshare)")
    lab.out.mkdir()
    done = subprocess.run(
        [*MAY_MOUNT, "sh", "-c", 'mount -t tmpfs -o ro none "$OUT"; exec "$@"', "sh", *command(lab)], cwd=ROOT,
        env={**os.environ, "OUT": str(lab.out)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Expected a results folder that can be written to. Received Read-only file system." in " ".join(
        done.stderr.split()
    )


def test_what_ends_the_grader_each_time_is_put_aside_and_the_others_are_graded(lab: SmallLab) -> None:
    """Without a sandbox a notebook can kill its grader; the third start knows whose doing it was."""
    lab.hand_in("ben", "import os, signal; os.kill(os.getppid(), signal.SIGKILL); os._exit(0)")
    codes = []
    for _ in range(4):
        done = subprocess.run(
            [*command(lab, "--tries", "2"), "--jobs", "1"], cwd=ROOT, capture_output=True, text=True, check=False
        )  # fmt: skip
        codes.append(done.returncode)
        if done.returncode != -signal.SIGKILL:
            break
    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 1], done.stderr
    found = rows(lab.out)
    assert found["ada"][:2] == ("needs_review", "completed")
    assert found["ben"][0] == "infrastructure_error"
    assert "Put aside after it was tried 2 times" in (lab.out / "evidence/ben/evidence.json").read_text()
