"""What a command costs: time on the clock, time of all processors, memory of its first process."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
GROUPS = (Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup"))


@dataclass(frozen=True)
class Cost:
    """Seconds, and bytes. `machine` is user and system time of everything that was started."""

    wall: float
    machine: float
    output: str = ""


@dataclass
class CommandFailedError(Exception):
    """A command that should work did not."""

    command: Sequence[str]
    output: str

    def __str__(self) -> str:
        return f"Expected {' '.join(self.command)[:200]} to work. Received:\n{self.output[-3000:]}"


def cost_of(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> Cost:
    """Run a command and wait for it and for all that it started.

    Raises:
        CommandFailedError: it ended with another code than `codes`.
    """
    with tempfile.TemporaryFile() as output, _group() as group:
        began = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, preexec_fn=None if group is None else _joining(group),
        )  # fmt: skip
        code = process.wait()
        wall = time.monotonic() - began
        _reap()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        machine = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if group is not None:
            machine = _used(group)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if code not in codes:
        raise CommandFailedError(command, text)
    return Cost(wall, machine, text)


def how_machine_time_is_known() -> str:
    """In words, for below a table."""
    with _group() as group:
        if group is not None:
            return "machine time: user and system time of a control group with all processes"
    return "machine time: user and system time of all processes that were waited for (no control group could be made)"


@contextmanager
def _group() -> Iterator[Path | None]:
    """A control group that counts processor time also of processes that nobody waits for; None where there is none."""
    made: Path | None = None
    for root in GROUPS:
        with suppress(OSError):
            made = root / f"benchmark-{uuid.uuid4().hex[:8]}"
            made.mkdir()
            if not (made / "cgroup.procs").exists():
                made.rmdir()
                made = None
                continue
            _used(made)
            break
        made = None
    else:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield made
    finally:
        if made is not None:
            with suppress(OSError):
                made.rmdir()


def _joining(group: Path) -> Callable[[], None]:
    def join() -> None:
        (group / "cgroup.procs").write_text(str(os.getpid()))

    return join


def _used(group: Path) -> float:
    """Seconds; cgroups(7): nanoseconds in version 1, microseconds in version 2."""
    if (group / "cpuacct.usage").exists():
        return int((group / "cpuacct.usage").read_text()) / 1e9
    words = (group / "cpu.stat").read_text().split()
    return int(words[words.index("usage_usec") + 1]) / 1e6


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


PEAK = """\
import atexit, resource, runpy, sys
if __name__ == "__main__":  # the processes that mark begin by reading this file again
    @atexit.register
    def say():
        with open(sys.argv_peak, "w") as file:
            file.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))
    sys.argv_peak = sys.argv[1]
    sys.argv = ["grader", *sys.argv[2:]]
    runpy.run_module("grader", run_name="__main__", alter_sys=False)
"""


def peak_of_grader(arguments: Sequence[str], env: Mapping[str, str]) -> tuple[Cost, int]:
    """Cost of a `grader` command, and the most bytes of memory that its own process held; kernels do not count."""
    with tempfile.TemporaryDirectory() as folder:
        note, program = Path(folder, "peak"), Path(folder, "program.py")
        program.write_text(PEAK, encoding="utf-8")
        cost = cost_of([sys.executable, str(program), str(note), *arguments], env=env, codes=(0, 1))
        return cost, int(note.read_text())


def grader(*arguments: object) -> list[str]:
    """The command of this checkout."""
    return [sys.executable, "-m", "grader", *map(str, arguments)]
