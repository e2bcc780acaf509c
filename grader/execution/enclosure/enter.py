"""Become a sandbox: `python -I -S enter.py SPECIFICATION COMMAND…` replaces itself by bubblewrap.

SPECIFICATION is JSON: `arguments` for bubblewrap, in which `{"data": "<base64>"}` stands for a descriptor with these
bytes; `maps`, the lines of the user namespace's maps, or null to leave them to bubblewrap; `cgroup`, a folder to join,
or null; `lifeline`, the reading end of a pipe, at whose end the sandbox ends, or null.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Never returns."""
    specification = json.loads(sys.argv[1])
    if specification["lifeline"] is not None and os.getpgrp() == os.getpid():
        _guard(specification["lifeline"])
    if specification["cgroup"]:
        (Path(specification["cgroup"]) / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        # When memory runs out, the kernel ends the sandbox first and nothing else of this machine.
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    arguments = [_argument(value) for value in specification["arguments"]]
    if specification["maps"] is not None:
        arguments = [*_mapped(specification["maps"]), *arguments]
    # Passed by descriptor: the command line of the sandbox's first process can be read inside.
    whole = b"".join(os.fsencode(argument) + b"\0" for argument in arguments)
    os.execvp("bwrap", ["bwrap", "--args", str(_descriptor(whole)), "--", *sys.argv[2:]])  # noqa: S606


def _guard(pipe: int) -> None:
    """Let a grandchild end this process group when the other end of the pipe is closed.

    bubblewrap's inner process waits without end for an outer one that was killed, until both have left this group or
    asked to end with each other. What it becomes then looks at the same pipe (`confine.py`).
    """
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    if os.fork() == 0:
        os.closerange(0, pipe)
        os.closerange(pipe + 1, 256)
        os.read(pipe, 1)
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _argument(value: Any) -> str:
    return value if isinstance(value, str) else str(_descriptor(base64.b64decode(value["data"])))


def _descriptor(data: bytes) -> int:
    """An inheritable descriptor from which `data` can be read."""
    descriptor = os.memfd_create("data", 0)
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _mapped(maps: str) -> list[str]:
    """Let a grandchild write the user namespace's maps as soon as bubblewrap has made it.

    Root's own number must not run student code: limits on processes do not bind it, and root's files are its own.
    """
    told, telling = os.pipe()
    waiting, going_on = os.pipe()
    child = os.fork()
    if child == 0:
        if os.fork():
            os._exit(0)
        os.close(telling)
        os.close(waiting)
        _write_maps(told, going_on, maps)
    os.waitpid(child, 0)
    os.close(told)
    os.close(going_on)
    for descriptor in (telling, waiting):
        os.set_inheritable(descriptor, True)
    return ["--info-fd", str(telling), "--userns-block-fd", str(waiting)]


def _write_maps(told: int, going_on: int, maps: str) -> None:
    """In a process of its own; bubblewrap fails by itself, and says so, when the maps are not written."""
    try:
        with os.fdopen(told, encoding="utf-8") as information:
            process = Path("/proc") / str(int(json.load(information)["child-pid"]))
        for name in ("uid_map", "gid_map"):
            (process / name).write_text(maps, encoding="ascii")
        os.write(going_on, b"1")
    except (OSError, ValueError, KeyError) as problem:
        os.write(2, f"mapping the sandbox's user: {problem!r}\n".encode())
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
