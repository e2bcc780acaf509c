"""Why a notebook ended before its last cell, in words for its author."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from nbclient.exceptions import DeadKernelError

from grader.errors import InfrastructureError
from grader.evidence.model import Run, RunStatus
from grader.execution.cgroup import ended_for_memory
from grader.execution.limits import RunLimits, size_in_words
from grader.execution.watchdog import Watchdog

NO_MEMORY = (
    "std::bad_alloc",
    "Cannot allocate memory",
    "MemoryError",
    "cannot allocate memory",
    "out of memory",
    "could not create a memory object",
)
"""What a process of Python, NumPy or TensorFlow writes as its last words when it gets no more memory."""

ENDED = "The Python process ended before the notebook did."
BROKE_OFF = "The conversation with the Python process broke off"


def without_a_reason(run: Run) -> bool:
    """Whether the process ended and nobody knows why: by what the notebook did, or because somebody, or the system when
    short of memory, killed it. Only another run can tell: what a notebook does to itself, it does again."""
    return run.status == "kernel_died" and run.explanation.startswith((ENDED, BROKE_OFF))


class DeafKernel(Exception):  # noqa: N818 - a state of the kernel
    """A cell's time was up, it was interrupted, and the kernel still does not answer."""


@dataclass
class Ending:
    """Lets whoever sees a reason end the notebook now."""

    deadline: asyncio.Timeout
    reason: str = ""

    def now(self, reason: str) -> None:
        """The first reason stands."""
        if not self.reason:
            self.reason = reason
            self.deadline.reschedule(asyncio.get_running_loop().time())


def ended_early(problem: Exception, ending: Ending | None, limits: RunLimits) -> tuple[RunStatus, str]:
    """Status and explanation. nbclient reports its own cancellation as a dead kernel, so the clock is asked first.

    Raises:
        InfrastructureError: it was our side.
    """
    if isinstance(problem, DeafKernel):
        return "timed_out", f"A cell ran longer than {limits.cell_seconds:g} s and went on although it was interrupted."
    if ending is not None and ending.reason:
        return "kernel_died", f"It was ended: {ending.reason}"
    if ending is not None and ending.deadline.expired():
        return "timed_out", f"The notebook's time of {limits.notebook_seconds:.0f} s was up."
    if isinstance(problem, DeadKernelError):
        return "kernel_died", ENDED
    if isinstance(problem, OSError | MemoryError):
        raise InfrastructureError(
            expected="to follow the notebook while it runs", received=f"{type(problem).__name__}: {problem}"[:500]
        ) from problem
    return "kernel_died", f"{BROKE_OFF} ({type(problem).__name__})."


def ended_as_it_said(last_words: str, limits: RunLimits) -> str | None:
    """The explanation when the process said itself that it got no more memory; None otherwise."""
    if any(word in last_words for word in NO_MEMORY):
        return f"It asked for more memory than the {size_in_words(limits.memory_bytes)} a notebook gets here."
    return None


def ended_by_limits(watchdog: Watchdog | None, group: Path | None, limits: RunLimits) -> str | None:
    """The explanation when the watchdog or the kernel's memory limit ended it; None otherwise."""
    if watchdog is not None and watchdog.reason is not None:
        return f"It was ended: {watchdog.reason}"
    if group is not None and ended_for_memory(group):
        return f"It was ended: It used more than {size_in_words(limits.memory_bytes)} of memory."
    return None
