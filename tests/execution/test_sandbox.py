"""The sandbox around commands other than a kernel, and what a machine without its parts is told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.errors import InfrastructureError, UsageError
from grader.execution import sandbox as sandboxes
from grader.execution.abilities import abilities
from grader.execution.bubblewrap import Enclosure
from grader.execution.limits import RunLimits
from grader.execution.process_tree import ProcessTree
from grader.execution.sandbox import Sandbox, bubblewrap_works, choose_sandbox, measuring_prefix, user_for
from grader.execution.sealing import seal
from grader.execution.syscalls import seccomp_filter, seccomp_problem
from tests.attacks.enclosed import processes_named
from tests.execution.notebooks import empty_pack

needs_sandbox = pytest.mark.skipif(bubblewrap_works() is not None, reason=f"no sandbox: {bubblewrap_works()}")

LOOK = """
import os, socket, sys
heldout, outboxes, scratch = sys.argv[1:]
print(os.listdir(heldout), os.getcwd() == os.environ["HOME"], os.path.exists(scratch + "/from outside"))
for path in (heldout + "/new", outboxes + "/new", "/usr/new", "/new"):
    try: open(path, "w"); print("wrote", path)
    except OSError as error: print(type(error).__name__)
try: os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY); print("core_pattern is open")
except OSError as error: print(type(error).__name__)
print([name for _, name in socket.if_nameindex()])
import grader.judge
"""


@needs_sandbox
def test_the_measuring_process_sees_held_out_images_and_outboxes_and_writes_only_to_its_own_scratch(
    tmp_path: Path,
) -> None:
    pack = empty_pack(tmp_path / "pack")
    outboxes, scratch = tmp_path / "run", tmp_path / "measure"
    for folder in (pack.heldout / "cats", outboxes, scratch):
        folder.mkdir(parents=True)
    (scratch / "from outside").touch()
    prefix = measuring_prefix(Sandbox("bubblewrap"), pack, outboxes, scratch)
    package = str(Path(sandboxes.__file__).parents[2])
    ran = subprocess.run(
        [*prefix, sys.executable, "-c", LOOK, str(pack.heldout), str(outboxes), str(scratch)],
        env={"HOME": str(scratch / "own"), "PYTHONPATH": package}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    first, *refused, interfaces = ran.stdout.splitlines()
    assert first == "['cats'] True False"
    assert all(word in ("OSError", "PermissionError") for word in refused), refused
    assert interfaces == "['lo']"


@needs_sandbox
def test_a_sandbox_that_is_killed_while_it_is_set_up_leaves_nothing_behind() -> None:
    """bubblewrap's inner process outlives an outer one that is killed before the inner one asked to end with it."""
    enclosure = Enclosure(limits=RunLimits(), directory="/tmp", user=user_for(()))
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)", f"orphan-of-{os.getpid()}"]
    for hundredths in range(30):
        passed_on, kept = os.pipe()
        begun = subprocess.Popen(
            [*enclosure.command(passed_on), *sleeping], pass_fds=(passed_on,), start_new_session=True
        )
        os.close(passed_on)
        time.sleep(hundredths / 100)
        begun.kill()
        begun.wait()
        os.close(kept)
    until = time.monotonic() + 30
    while (left := processes_named(sleeping[-1])) and time.monotonic() < until:
        time.sleep(0.5)
    assert left == []


@needs_sandbox
def test_the_kernels_of_root_get_a_user_of_their_own_and_closed_files_are_named(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        assert user_for((tmp_path,)) is None
        return
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "weights").touch(mode=0o600)
    tmp_path.chmod(0o755)
    with pytest.raises(InfrastructureError, match=r"chmod -R o\+rX .*closed"):
        user_for((tmp_path / "closed",))
    assert user_for(()) != user_for(())


def test_without_bubblewrap_grading_stops_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match=r"apt-get install bubblewrap.*--sandbox none"):
        choose_sandbox("bubblewrap")
    assert choose_sandbox("none").in_words(RunLimits()).startswith("none: ")
    first = abilities()[0]
    assert not first.there
    assert "apt-get install bubblewrap" in first.todo


def test_how_a_run_was_isolated_is_said_with_its_limits() -> None:
    words = Sandbox("bubblewrap").in_words(RunLimits(memory_bytes=4 << 30, processes=64))
    assert words.startswith("bubblewrap: no network")
    assert ("seccomp" in words) is (seccomp_problem() is None)
    assert words.endswith("4 GB memory, 64 processes")
    assert (seccomp_filter() is None) is (seccomp_problem() is not None)


def test_a_sealed_outbox_is_readable_and_what_is_no_plain_file_is_left_alone(tmp_path: Path) -> None:
    outbox, outside = tmp_path / "outbox", tmp_path / "outside"
    outbox.mkdir()
    outside.write_text("mine")
    outside.chmod(0o640)
    (outbox / "timeline.jsonl").write_text("{}")
    (outbox / "timeline.jsonl").chmod(0)
    (outbox / "link").symlink_to(outside)
    (outbox / "second name").hardlink_to(outside)
    outbox.chmod(0)
    seal(outbox)
    assert (outbox / "timeline.jsonl").stat().st_mode & 0o777 == 0o600
    assert outside.stat().st_mode & 0o777 == 0o640


def test_a_tree_of_processes_is_ended_as_a_whole() -> None:
    shell = subprocess.Popen(
        ["sh", "-c", "sleep 60 & (sleep 60 & echo ready; wait) & wait"], stdout=subprocess.PIPE, start_new_session=True
    )
    assert shell.stdout is not None
    shell.stdout.readline()
    tree = ProcessTree(shell.pid)
    assert tree.usage().tasks >= 3
    assert tree.usage().memory > 0
    tree.kill()
    shell.communicate()
    assert tree.members() == []
