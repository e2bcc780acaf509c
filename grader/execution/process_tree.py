"""A process with all its descendants: how much they use, and how to end them all."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

END_SECONDS = 20.0


@dataclass(frozen=True)
class Usage:
    """Bytes of resident memory, and tasks (processes and threads)."""

    memory: int
    tasks: int


class ProcessTree:
    """What was started from process `pid`, which is a child of ours and therefore keeps its number while we hold it.

    In a process namespace nothing can leave the tree: whoever loses its parent becomes a child of the namespace's first
    process. Without one, a process that forks twice does leave it.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def members(self) -> list[psutil.Process]:
        """All descendants that are alive, oldest first; not the process itself."""
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self.pid).children(recursive=True)
        return []

    def usage(self) -> Usage:
        """Memory that several processes share is counted once for each of them."""
        memory = tasks = 0
        page = os.sysconf("SC_PAGE_SIZE")
        for pid in (self.pid, *(process.pid for process in self.members())):
            fields = _stat(pid)
            if fields is not None:
                tasks += int(fields[17])
                memory += int(fields[21]) * page
        return Usage(memory, tasks)

    def proportional_memory(self) -> int:
        """Bytes of memory with shared parts counted once in all. Takes longer than `usage`."""
        total = 0
        for process in self.members():
            with contextlib.suppress(psutil.Error):
                try:
                    total += process.memory_full_info().pss
                except psutil.AccessDenied:
                    info = process.memory_info()
                    total += info.rss - info.shared
        return total

    def kill(self) -> None:
        """End every descendant, and return when none is left.

        The first child of a sandbox is the first process of its namespace: the kernel ends all others with it, and
        it is not gone before they are.
        """
        until = time.monotonic() + END_SECONDS
        while time.monotonic() < until:
            members = self.members()
            for process in members:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            if not members or all(_dead(process) for process in members):
                return
            time.sleep(0.02)


def _dead(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third on (proc(5)); the second may hold anything, closing brackets too."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()
