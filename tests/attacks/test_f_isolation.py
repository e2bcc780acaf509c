"""Section F: what can be seen and reached from inside."""

from __future__ import annotations

import socket
from pathlib import Path

import nbformat
import pytest

import grader
from grader.batch.job import Conditions, grade_submission
from grader.evidence.model import Measurement
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox
from grader.execution.syscalls import seccomp_filter
from grader.models.measuring import MeasureRequest
from grader.submission.model import Submission
from tests.attacks.enclosed import both_starts, enclosed, needs_sandbox, warm
from tests.execution.notebooks import empty_pack

pytestmark = [pytest.mark.slow, needs_sandbox]

CHECKOUT = Path(grader.__file__).resolve().parents[1]

HUNT = """
import os
found = []
for top, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(top, f) not in ("/proc", "/usr", "/dev")]
    if "site-packages" in top: folders[:] = []
    found += [os.path.join(top, name) for name in (*folders, *files)]
words = ("heldout", "held_out", "rubric", "lab06", "reference", "solution", "submissions", "gradebook", "grades",
         "pack.toml", "batch", ".git", ".ssh", "shadow", "SECRET")
own = ("/root/.pyenv", "/lib", "/bin", "/sbin", "/etc/alternatives", "/etc/fonts")
print([p for p in found if any(w in p for w in words) and not p.startswith(own) and "/lib/python" not in p][:20])
"""


@both_starts
@pytest.mark.attack("F1", "F2", "F6")
def test_a_hunt_through_files_and_processes_finds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    monkeypatch.setenv("CANVAS_TOKEN", "SECRET-token-of-the-instructor")
    pack = warm().pack if start == "forked" else empty_pack(tmp_path / "pack")
    for name in ("heldout/cats/cat.1.png", "heldout/dogs/dog.1.png", "pack.toml"):
        (pack.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (pack.folder / name).write_text("SECRET")
    others = tmp_path / "submissions" / "bob"
    others.mkdir(parents=True)
    (others / "lab06.ipynb").write_text("SECRET")
    Path("/tmp/of-somebody-else-SECRET").write_text("")
    if start == "forked":
        beside = warm().batch / "w-SECRET-of-bob"
        (beside / "work").mkdir(parents=True, exist_ok=True)
        (beside / "work" / "lab06.ipynb").write_text("SECRET")
    listening = socket.create_server(("127.0.0.1", 0))
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0of-the-host")
    abstract.listen()
    try:
        ran = enclosed(
            HUNT,
            """
            import glob
            seen = b""
            for pattern in ("environ", "cmdline", "maps", "mountinfo", "cwd", "fd/*", "task/*/environ"):
                for path in glob.glob(f"/proc/[0-9]*/{pattern}"):
                    try: seen += os.readlink(path).encode() if os.path.islink(path) else open(path, "rb").read()
                    except OSError: pass
            print(b"SECRET" in seen, b"heldout" in seen, b"rubric" in seen, sorted(os.environ))
            print(len([p for p in os.listdir("/proc") if p.isdigit()]) < 12)
            for pid in [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]:
                try: open(f"/proc/{pid}/mem", "rb+").read(1); print("memory of", pid)
                except OSError: pass
            """,
            f"""
            for path in ({str(pack.folder / "heldout")!r}, {str(pack.folder / "pack.toml")!r}, {str(others)!r},
                         {str(CHECKOUT / "rubrics")!r}, {str(CHECKOUT / "reference_solution")!r},
                         {str(CHECKOUT / "tests")!r}, {str(CHECKOUT / "grader" / "judge.py")!r}, "/home", "/var/run",
                         "/run", "/sys", "/etc/shadow", "/etc/hostname", "/root/.bashrc",
                         "/tmp/of-somebody-else-SECRET"):
                if os.path.exists(path): print(path)
            import importlib.machinery; print(importlib.machinery.PathFinder.find_spec("grader") is None)
            """,
            f"""
            import socket
            for family, address in (
                (socket.AF_INET, ("127.0.0.1", {listening.getsockname()[1]})), (socket.AF_UNIX, "\\0of-the-host"),
            ):
                try: socket.socket(family).connect(address); print("connected", address)
                except OSError as error: print(type(error).__name__)
            print([name for _, name in socket.if_nameindex()], open("/proc/net/route").read().count("\\n"))
            print(socket.gethostname(), os.listdir("/etc/ssl") if os.path.exists("/etc/ssl") else "")
            for family in (17, 40, 38, 29):                     # packet, vsock, alg, can
                try: socket.socket(family, socket.SOCK_RAW); print("family", family)
                except OSError: pass
            """,
            """
            import ctypes
            libc = ctypes.CDLL(None, use_errno=True)
            status = open("/proc/self/status").read()
            rights = ("CapEff", "CapPrm", "NoNewPrivs")
            print([line.split()[1] for line in status.splitlines() if line.startswith(rights)])
            print(os.getuid() != 0, os.getsid(0) != 0)
            for name in ("unshare", "mount", "ptrace", "setns", "umount2", "personality"):
                if getattr(libc, name)(0x10000000, 0, 0, 0, 0) != -1: print(name)
            for number in (425, 321, 298, 323, 250, 304, 272):   # io_uring_setup, bpf, perf_event_open, userfaultfd, …
                if libc.syscall(number, 0, 0, 0, 0, 0) != -1: print(number)
            for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/etc/passwd", "/usr/bin/env"):
                try: os.open(path, os.O_WRONLY); print("open for writing", path)
                except OSError: pass
            """,
            pack=pack, start=start,
        )  # fmt: skip
    finally:
        listening.close()
        abstract.close()
        Path("/tmp/of-somebody-else-SECRET").unlink()
    assert ran.outcome.status == "completed", [cell for cell in ran.outcome.cells if not cell.ok]
    assert ran.printed[0] == "[]\n"
    processes = ran.printed[1].splitlines()
    assert processes[0].startswith("False False False ['CLI")
    assert "TOKEN" not in processes[0]
    assert processes[1:] == ["True"]
    assert ran.printed[2] == "True\n"
    refused, also, interfaces, name = ran.printed[3].splitlines()
    assert (refused, also) == ("ConnectionRefusedError", "ConnectionRefusedError")
    assert interfaces == "['lo'] 1"
    assert name.startswith("lab ")
    assert ran.printed[4].splitlines() == ["['0000000000000000', '0000000000000000', '1']", "True True"]


@both_starts
@pytest.mark.attack("F2")
def test_two_submissions_share_nothing(tmp_path: Path, start: str) -> None:
    pack = empty_pack(tmp_path)
    leave = "import os\nfor p in ('/tmp', '/dev/shm', os.environ['HOME']): open(p + '/note', 'w').write('answers')"
    look = "for p in ('/tmp', '/dev/shm', os.environ['HOME']): print(os.path.exists(p + '/note'))"
    first = enclosed(leave, look, pack=pack, start=start)
    second = enclosed("import os\n" + look, "print(os.listdir('../..'), os.getpid() < 10)", pack=pack, start=start)
    assert first.printed[1] == "True\n" * 3
    assert second.printed[0] == "False\n" * 3
    assert second.printed[1].count("'") == 2  # one folder: its own
    assert second.printed[1].endswith(" True\n")


@pytest.mark.attack("F8")
def test_the_notebook_on_disk_is_out_of_reach_and_what_was_read_is_what_runs(tmp_path: Path) -> None:
    student = tmp_path / "ada"
    student.mkdir()
    path = student / "lab06.ipynb"
    cells = [
        f"import os, pathlib\npath = pathlib.Path({str(path)!r})\nprint(path.exists())",
        """pathlib.Path('lab06.ipynb').write_text('{}')
try: path.parent.mkdir(parents=True); path.write_text('{}')
except OSError: pass  # where it does not fail, the folder is one of the sandbox's own, in memory""",
        "print('as handed in')",
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)
    before = path.read_bytes()
    runs = tmp_path / "runs"
    runs.mkdir()
    conditions = Conditions(
        pack=empty_pack(tmp_path / "pack"), policy="full", steps_per_call=2, limits=RunLimits(),
        sandbox=Sandbox("bubblewrap"), questions=(), scratch=runs,
    )  # fmt: skip
    submission = Submission("ada", "Ada", notebook=path, folder=student)
    evidence = grade_submission(submission, conditions, None, _nothing_to_measure, tmp_path / "out")
    assert path.read_bytes() == before
    executed = nbformat.read(next((tmp_path / "out").rglob("executed.ipynb")), as_version=4)
    assert ["".join(out.get("text", "") for out in cell.outputs) for cell in executed.cells] == [
        "False\n", "", "as handed in\n",
    ]  # fmt: skip
    assert [cell.source for cell in evidence.cells] == cells
    seccomp = "seccomp, " if seccomp_filter() else ""
    assert evidence.run.sandbox == (
        f"bubblewrap: no network, own processes and files, {seccomp}6 GB memory, 512 processes"
    )


def _nothing_to_measure(_request: MeasureRequest) -> Measurement:
    raise AssertionError("there is no model in this notebook")
