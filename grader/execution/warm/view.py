"""What a forked kernel sees: the warm parent's read-only system, with its own folders instead of everybody's.

Runs as the first process of new mount, process, network, IPC and host-name namespaces, which belong to the parent's
user namespace: nothing that the kernel could ever become owns them. Must show what `bubblewrap.Enclosure` shows.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

from . import system
from .system import MS_BIND, MS_MOVE, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_RDONLY, MS_REC, MS_REMOUNT

PRIVATE = "/.lab"
"""Of the warm parent alone: the batch's folders, a place to mount, and where links of the root lead."""
BATCH = f"{PRIVATE}/batch"
PROC = f"{PRIVATE}/proc"
TEMPORARY = "/tmp"  # noqa: S108 - a mount point inside
LINKS_BYTES = 1 << 16


def build(room: dict[str, Any]) -> None:
    """Make the view described by `room` (see `grader.execution.warm_parent.room_for`)."""
    system.mount(None, "/", None, MS_REC | MS_PRIVATE)
    system.loopback_up()
    _processes(room["kernel_settings"])
    _devices(room["shared_memory_bytes"])
    gone = _temporary(room["scratch_bytes"], room["hidden"])
    _folders(room)
    for folder in room["hidden"]:
        if folder not in gone:
            system.detach(folder)
    system.detach(PRIVATE)
    system.memory(PRIVATE, LINKS_BYTES, 0o755)
    for name, target in room["links"].items():
        os.symlink(target, f"{PRIVATE}/{name}")  # noqa: PTH211
    _read_only(PRIVATE)


def _temporary(size: int, hidden: list[str]) -> list[str]:
    """An empty `/tmp` of its own. Where Python or the pack lie below it, they stay in sight; returns what does not.

    The parent's is shown aside meanwhile, at the place that its `/proc` has just left.
    """
    mounted = _mounted_below(TEMPORARY)
    gone = [path for path in mounted if path in hidden]
    kept = [path for path in mounted if path not in hidden]
    if kept:
        system.mount(TEMPORARY, PROC, None, MS_BIND | MS_REC)
    system.detach(TEMPORARY)
    system.memory(TEMPORARY, size)
    for path in kept:
        aside = Path(PROC, Path(path).relative_to(TEMPORARY))
        Path(path).parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if stat.S_ISDIR(aside.lstat().st_mode):
            Path(path).mkdir(mode=0o755)
        else:
            Path(path).touch(mode=0o444)
        # As it was mounted for the parent: read-only, and with what is mounted below it.
        system.mount(str(aside), path, None, MS_BIND | MS_REC)
    if kept:
        system.detach(PROC)
    return gone


def _mounted_below(folder: str) -> list[str]:
    """Mount points below the folder, without those that lie below another one of them (proc(5), mountinfo)."""
    found: list[str] = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        path = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split(" ")[4])
        if path.startswith(f"{folder}/") and not any(path == one or path.startswith(f"{one}/") for one in found):
            found.append(path)
    return found


def _processes(kernel_settings: list[str]) -> None:
    """The new namespace's own processes and nobody else's.

    Mounted aside first: the kernel shows a new one only while another that hides nothing is in sight.
    """
    system.mount("proc", PROC, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    system.detach("/proc")
    system.mount(PROC, "/proc", None, MS_MOVE)
    for path in kernel_settings:
        if Path(path).exists():
            system.bind(path, path, read_only=True)


def _devices(shared_memory_bytes: int) -> None:
    for folder in ("/dev/pts", "/dev/shm"):  # noqa: S108 - the parent's own
        system.detach(folder)
    system.mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    system.memory("/dev/shm", shared_memory_bytes)  # noqa: S108


def _folders(room: dict[str, Any]) -> None:
    """The submission's own folder in memory; what it may write or read of the disk lies in it."""
    root = room["root"]
    inside = Path(BATCH, room["name"])
    if not os.path.lexists(root):
        Path(root).mkdir(mode=0o755, parents=True)
    else:
        system.memory(root, LINKS_BYTES, 0o755)
    scratch = Path(root, room["name"])
    scratch.mkdir(mode=0o755)
    system.memory(str(scratch), room["scratch_bytes"])
    for name, shown in room["seeds"].items():
        _show(inside / name, scratch / shown, read_only=True)
    for name in room["writable"]:
        _show(inside / name, scratch / name, read_only=False)
    for name in room["readable"]:
        _show(inside / name, scratch / name, read_only=True)


def _show(source: Path, target: Path, *, read_only: bool) -> None:
    if stat.S_ISDIR(source.lstat().st_mode):
        target.mkdir(mode=0o755)
    else:
        target.touch(mode=0o444)
    system.bind(str(source), str(target), read_only=read_only)


def _read_only(target: str) -> None:
    system.mount(None, target, None, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)
