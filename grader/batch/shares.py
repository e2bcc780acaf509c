"""How many notebooks run side by side, and what each gets of the machine."""

from __future__ import annotations

from dataclasses import dataclass

from grader.execution.limits import RunLimits, memory_share
from grader.execution.machine import usable_cores, usable_memory


@dataclass(frozen=True)
class Shares:
    """`jobs` notebooks at a time, each with `threads` for computing and `memory_bytes`."""

    jobs: int
    threads: int
    memory_bytes: int

    def in_words(self) -> str:
        """`2 at a time, 1 thread each`."""
        threads = f"{self.threads} thread{'' if self.threads == 1 else 's'}"
        return f"{self.jobs} at a time, {threads} each" if self.jobs > 1 else f"one at a time, {threads}"


def shares(asked: int | None, submissions: int) -> Shares:
    """The number of jobs asked for, or as many as cores and memory allow; never more than there are submissions.

    Most of what a notebook does outside of training runs on one core, so one notebook per core keeps a machine busier
    than one notebook on all of them, as long as each has the memory it may use (`RunLimits.memory_bytes`). The cores
    are divided: two notebooks that both compute on all cores slow each other down.

    Args:
        asked: None for as many as fit.
        submissions: all of the batch, also those that need not run again, so that going on after an interrupt gives
            each notebook the same share.
    """
    cores = usable_cores()
    fitting = min(cores, int(usable_memory() * 0.8) // RunLimits.memory_bytes)
    jobs = max(1, min(fitting if asked is None else asked, submissions))
    return Shares(jobs, threads=max(1, cores // jobs), memory_bytes=memory_share(jobs))
