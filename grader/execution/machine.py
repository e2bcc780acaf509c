"""How much of this machine is ours: cores and memory, less where a container or a scheduler says so."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def usable_cores() -> int:
    """Cores this process may run on, at least 1: its affinity, and the quota of its control groups (cgroups(7))."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [_ratio(*words) for words in _words("cpu.max", "cpu")]
    quotas += [
        _ratio(quota[0], period[0])
        for quota, period in zip(_words("cpu.cfs_quota_us", "cpu"), _words("cpu.cfs_period_us", "cpu"), strict=False)
    ]
    return max(1, min([cores, *(math.ceil(quota) for quota in quotas if quota is not None)]))


def usable_memory() -> int:
    """Bytes of memory that this process and what it starts may use together."""
    import psutil

    limits = [_number(words[0]) for words in (*_words("memory.max", ""), *_words("memory.limit_in_bytes", "memory"))]
    return min([int(psutil.virtual_memory().total), *(limit for limit in limits if limit)])


def _words(name: str, controller: str) -> Iterator[list[str]]:
    """The content of that file in this process's control groups and all above them, version 2 and 1."""
    for folder in _groups(controller):
        try:
            words = (folder / name).read_text(encoding="ascii").split()
        except (OSError, ValueError):
            continue
        if words:
            yield words


def _groups(controller: str) -> Iterator[Path]:
    try:
        lines = OWN.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        root = CGROUPS / controller if controllers else CGROUPS
        # In a container the path may be the host's, of which only the root is shown here.
        for folder in dict.fromkeys([Path(path), *Path(path).parents]):
            yield root / folder.relative_to("/") if folder.is_absolute() else root


def _ratio(quota: str, period: str = "100000") -> float | None:
    """Cores; None without a quota (`max`, or -1 in version 1)."""
    part, whole = _number(quota), _number(period)
    return part / whole if part and whole else None


def _number(word: str) -> int | None:
    return int(word) if word.isdecimal() and int(word) > 0 else None
