"""How long the steps of the work on one submission take, and what was found in caches meanwhile.

A step is named where it is done (`with phase("run"):`); nothing is measured unless somebody around it asked
(`with measured() as seen:`). The two need not know each other, so no clock is handed through the whole program.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

PhaseName: TypeAlias = Literal["read", "run", "observe", "judge", "report"]
CacheName: TypeAlias = Literal["runs", "features", "reports"]

PHASES: Final[tuple[PhaseName, ...]] = ("read", "run", "observe", "judge", "report")
"""In the order of the road."""
CACHES: Final[tuple[CacheName, ...]] = ("runs", "features", "reports")
"""Whole runs of an earlier batch; features of a frozen base; reports that would say the same."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One step. Seconds of the monotonic clock, `begin` counted from the beginning of the measurement."""

    name: PhaseName
    begin: float
    seconds: float


@dataclass(frozen=True, slots=True)
class CacheLook:
    """One look into a cache."""

    cache: CacheName
    hit: bool


@dataclass(slots=True)
class Measured:
    """What was measured in one `with measured()`; filled when it ends, or as steps end."""

    phases: list[Phase] = field(default_factory=list)
    looks: list[CacheLook] = field(default_factory=list)
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)
    deep: int = 0


_HERE: ContextVar[Measured | None] = ContextVar("measured", default=None)


@contextlib.contextmanager
def measured() -> Iterator[Measured]:
    """Measure the steps done in this thread until the end."""
    seen = Measured()
    token = _HERE.set(seen)
    try:
        yield seen
    finally:
        _HERE.reset(token)
        seen.seconds = time.monotonic() - seen.began


@contextlib.contextmanager
def phase(name: PhaseName) -> Iterator[None]:
    """What is done within is that step; a step within a step counts for the outer one. Also a decorator."""
    seen = _HERE.get()
    if seen is None or seen.deep:
        yield
        return
    seen.deep += 1
    began = time.monotonic()
    try:
        yield
    finally:
        seen.deep -= 1
        seen.phases.append(Phase(name, began - seen.began, time.monotonic() - began))


def looked(cache: CacheName, *, hit: bool) -> None:
    """A cache was asked, and had it or not."""
    seen = _HERE.get()
    if seen is not None:
        seen.looks.append(CacheLook(cache, hit))
