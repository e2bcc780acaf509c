"""Processes of a batch, any of which may be ending at the moment it is looked at."""

from __future__ import annotations

import contextlib

import psutil


def below(pid: int) -> list[psutil.Process]:
    """All that a process started, and what these started."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def kernels(pid: int) -> list[psutil.Process]:
    """Those below it that run a notebook."""
    found = []
    for child in below(pid):
        with contextlib.suppress(psutil.Error):
            if "recorder" in " ".join(child.cmdline()):
                found.append(child)
    return found


def lives(process: psutil.Process) -> bool:
    """Whether it still runs; one that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def kill(processes: list[psutil.Process]) -> None:
    """End them, as far as they have not ended."""
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
