"""A cluster as the place where a batch is graded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.batch.engine import Engine
from grader.batch.shares import Shares
from grader.batch.station import Station
from grader.batch.work import CellDone
from grader.cluster.connection import Cluster
from grader.cluster.dask_engine import DaskEngine
from grader.cluster.setting import setting_of
from grader.cluster.shared_features import SharedFeatures
from grader.cluster.shared_folder import SharedFolder
from grader.execution.sandbox import Sandbox
from grader.provenance.keys import SigningKey
from grader.replay.cache import FeatureCache
from grader.rubric.model import Rubric


class ClusterSite:
    """See `grader.batch.site.Site`."""

    def __init__(self, cluster: Cluster, shared: SharedFolder) -> None:
        self._cluster = cluster
        self._shared = shared

    def shares(self, submissions: int) -> Shares:  # noqa: ARG002 - the site's form
        """What each notebook gets on the least of the machines, so that all are graded alike."""
        least = self._cluster.share()
        return Shares(max(1, self._cluster.threads()), least.threads, least.memory_bytes)

    def features(self, key: SigningKey, scratch: Path) -> FeatureCache:
        """This machine's own; what is computed for the reference is there for all workers."""
        return SharedFeatures(key, self._shared, scratch)

    def engine(
        self, station: Station, rubric: Rubric, kernel_start: str, out: Path, scratch: Path, on_cell: CellDone
    ) -> Engine:
        """Workers of the cluster."""
        conditions = station.conditions
        setting = setting_of(conditions, rubric, kernel_start, station.reference)
        return DaskEngine(
            self._cluster, self._shared, setting, conditions.pack, conditions.roads, out, scratch, on_cell
        )  # fmt: skip


@contextlib.contextmanager
def cluster_site(
    address: str, shared: str, sandbox: Sandbox, jobs: int | None, say: Callable[[str], None]
) -> Iterator[ClusterSite]:
    """Connect, and wait until a worker is there that can grade.

    Raises:
        UsageError: no scheduler, no such worker, no shared folder; or a number of jobs was given.
    """
    folder = SharedFolder(_absolute(shared))
    cluster = Cluster(address, folder.url, sandbox.name, jobs, say)
    try:
        cluster.wait_for_workers()
        count = cluster.workers()
        say(f"{count} worker{'' if count == 1 else 's'} at {address}, shared folder {folder.url}")
        yield ClusterSite(cluster, folder)
    finally:
        cluster.close()


def _absolute(shared: str) -> str:
    """Workers have other working folders."""
    return shared if "://" in shared or "::" in shared else str(Path(shared).resolve())
