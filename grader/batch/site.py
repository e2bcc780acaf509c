"""Where a batch is graded: on this machine, or on a cluster; what of a batch depends on it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from grader.batch.engine import Engine, LocalEngine
from grader.batch.shares import Shares, shares
from grader.batch.station import Station
from grader.batch.work import CellDone
from grader.errors import UsageError
from grader.execution.sandbox import Sandbox
from grader.provenance.keys import SigningKey
from grader.replay.cache import FeatureCache
from grader.rubric.model import Rubric


class Site(Protocol):
    """One batch asks it once for each of these, in this order."""

    def shares(self, submissions: int) -> Shares:
        """How many run at a time, and what each gets."""

    def features(self, key: SigningKey, scratch: Path) -> FeatureCache:
        """The cache of features for what is computed in this process."""

    def engine(
        self, station: Station, rubric: Rubric, kernel_start: str, out: Path, scratch: Path, on_cell: CellDone
    ) -> Engine:
        """Who carries out the orders. `station`: this process's own."""


class ThisMachine:
    """The usual one."""

    def __init__(self, jobs: int | None) -> None:
        """`jobs`: None for as many as fit."""
        self._jobs = jobs
        self._running = 1

    def shares(self, submissions: int) -> Shares:
        """As many as were asked for, or as fit."""
        found = shares(self._jobs, submissions)
        self._running = found.jobs
        return found

    def features(self, key: SigningKey, scratch: Path) -> FeatureCache:  # noqa: ARG002 - the site's form
        """The data folder's own, signed."""
        return FeatureCache(key)

    def engine(
        self, station: Station, rubric: Rubric, kernel_start: str, out: Path, scratch: Path, on_cell: CellDone  # noqa: ARG002
    ) -> Engine:  # fmt: skip
        """Threads of this process."""
        return LocalEngine(station, out, self._running, on_cell)


@contextlib.contextmanager
def site_of(
    jobs: int | None, scheduler: str | None, shared: str | None, sandbox: Sandbox, say: Callable[[str], None]
) -> Iterator[Site]:
    """The site that was asked for. Nothing of a cluster is imported for this machine.

    Raises:
        UsageError: options that do not go together, no Dask, no scheduler, no worker that can grade.
    """
    if scheduler is None:
        if shared is not None:
            raise UsageError(
                expected="--shared together with --scheduler", received="--shared alone",
                todo="One machine needs no shared folder: leave it out.",
            )  # fmt: skip
        yield ThisMachine(jobs)
        return
    if shared is None:
        raise UsageError(
            expected="--shared, a folder or address that all workers see", received="--scheduler alone",
            todo="Submissions and evidence go through that folder, not through the scheduler. See docs/cluster.md.",
        )  # fmt: skip
    try:
        from grader.cluster.site import cluster_site
    except ImportError as problem:
        raise UsageError(
            expected="Dask and fsspec for --scheduler", received=str(problem),
            todo="Install them on all machines: pip install 'lab-grader[cluster]'.",
        ) from problem  # fmt: skip
    with cluster_site(scheduler, shared, sandbox, jobs, say) as site:
        yield site
