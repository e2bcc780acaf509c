"""Limits kept by the kernel for all processes of a submission together, where control groups were delegated to us.

A delegated group (systemd: `Delegate=yes`) belongs to this process alone: it may make groups below it and move itself.
Sources: the kernel's admin-guide/cgroup-v2, and systemd.io/CGROUP_DELEGATION.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.execution.limits import RunLimits

MOUNT = Path("/sys/fs/cgroup")
WANTED = {"memory", "pids"}


def delegated_cgroup(mount: Path = MOUNT) -> Path | None:
    """The group of version 2 that this process is in, if it was delegated with the controllers we need; else None."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        own = mount / next(line for line in lines if line.startswith("0::"))[4:]
        # Once we have moved ourselves, our group is the one above.
        group = own.parent if own.name == "grader" else own
        if not any(_attribute(group, name) == b"1" for name in ("user.delegate", "trusted.delegate")):
            return None
        controllers = set((group / "cgroup.controllers").read_text(encoding="ascii").split())
    except (OSError, StopIteration):
        return None
    return group if controllers >= WANTED and os.access(group / "cgroup.subtree_control", os.W_OK) else None


def _attribute(path: Path, name: str) -> bytes:
    try:
        return os.getxattr(path, name)
    except OSError:
        return b""


@contextmanager
def group_for(limits: RunLimits) -> Iterator[Path | None]:
    """A new group with these limits, ended and removed at the end; None where there is no delegation."""
    parent = delegated_cgroup()
    group: Path | None = None
    if parent is not None:
        try:
            group = _new_group(parent, limits)
        except OSError:
            group = None
    try:
        yield group
    finally:
        if group is not None:
            _remove(group)


def ended_for_memory(group: Path) -> bool:
    """Whether the kernel ended a process of the group because its memory was used up."""
    with contextlib.suppress(OSError, ValueError):
        events = dict(line.split() for line in (group / "memory.events").read_text(encoding="ascii").splitlines())
        return int(events.get("oom_kill", "0")) > 0
    return False


def _new_group(parent: Path, limits: RunLimits) -> Path:
    _make_room(parent)
    group = parent / f"notebook-{secrets.token_hex(6)}"
    group.mkdir()
    (group / "memory.max").write_text(str(limits.memory_bytes), encoding="ascii")
    (group / "pids.max").write_text(str(limits.processes), encoding="ascii")
    for name, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
        with contextlib.suppress(OSError):
            (group / name).write_text(value, encoding="ascii")
    return group


def _make_room(parent: Path) -> None:
    """Controllers can be handed down only by a group without processes: those in it, we among them, go one deeper."""
    leaf = parent / "grader"
    leaf.mkdir(exist_ok=True)
    for pid in (parent / "cgroup.procs").read_text(encoding="ascii").split():
        with contextlib.suppress(ProcessLookupError):
            (leaf / "cgroup.procs").write_text(pid, encoding="ascii")
    (parent / "cgroup.subtree_control").write_text("+memory +pids", encoding="ascii")


def _remove(group: Path) -> None:
    with contextlib.suppress(OSError):
        (group / "cgroup.kill").write_text("1", encoding="ascii")
    for _ in range(100):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.05)
        else:
            return
