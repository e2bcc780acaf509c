"""What lives in one process and serves many submissions: the measuring process, the warm parent, the replayer."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.batch.job import Conditions
from grader.evidence.model import Reference
from grader.execution.kernel_start import warm_parent
from grader.execution.sandbox import measuring_prefix
from grader.models.measuring import MeasuringProcess
from grader.observation.observe import Measure
from grader.observation.versions import versions
from grader.replay.cache import FeatureCache
from grader.replay.replayer import Replayer

FOLDERS = ("run", "measure", "unpacked")
"""Of a station's scratch."""


@dataclass(frozen=True)
class Station:
    """Everything that `carry_out` needs beside an order. Safe to share between threads."""

    conditions: Conditions
    reference: Reference | None
    measure: Measure


@dataclass(frozen=True)
class Equipment:
    """What was started, or will start when it is first needed."""

    conditions: Conditions
    """With the warm parent in them."""
    measuring: MeasuringProcess
    replayer: Replayer


@contextlib.contextmanager
def equipment(conditions: Conditions, kernel_start: str, scratch: Path, cache: FeatureCache) -> Iterator[Equipment]:
    """The live things for these conditions, ended together.

    Args:
        scratch: with the folders `FOLDERS` in it; workspaces lie in its `run`.

    Raises:
        UsageError: forking was asked for and does not work here.
    """
    prefix = measuring_prefix(
        conditions.sandbox, conditions.pack, conditions.scratch, scratch / "measure", cache.folder
    )  # fmt: skip
    with (
        MeasuringProcess(command_prefix=prefix, scratch=scratch / "measure") as measuring,
        warm_parent(kernel_start, conditions.sandbox, conditions.pack, conditions.scratch) as warm,
    ):
        replayer = Replayer(conditions.pack, measuring, cache, conditions.sandbox, versions())
        yield Equipment(dataclasses.replace(conditions, warm=warm), measuring, replayer)


def make_folders(scratch: Path) -> None:
    """Make a station's folders."""
    for folder in FOLDERS:
        (scratch / folder).mkdir()
