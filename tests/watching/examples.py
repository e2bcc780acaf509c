"""A batch of two as it is told: one good notebook, one whose worker died and that ran well the second time."""

from __future__ import annotations

from grader.watching.events import BatchBegan, BatchEnded, Event, MarkedOne, Ran, TakenFromBefore
from grader.watching.phases import CacheLook, Phase

BEGAN = BatchBegan(
    command="batch", lab="lab06", rubric_digest="a" * 64, pack="demo", pack_digest="b" * 64, program_digest="c" * 64,
    policy="auto", sandbox="bubblewrap", submissions=3, versions=(("grader", "0.1.0"), ("keras", "3.15.0")),
)  # fmt: skip
ADA = Ran(
    "ada", 5.0, "completed", None, "",
    phases=(Phase("read", 0.0, 0.5), Phase("run", 0.5, 3.0), Phase("observe", 3.5, 1.5)),
    looks=(CacheLook("features", hit=True),),
)  # fmt: skip
BEN_LOST = Ran("ben", 2.0, None, "worker_lost", "tcp://10.0.0.2:40331")
BEN_AGAIN = Ran("ben", 1.0, "cells_failed", None, "tcp://10.0.0.3:40331", again=True, phases=(Phase("run", 0.0, 1.0),))
MARKED = tuple(
    MarkedOne(id_, 0.02, status, sealed=True, phases=(Phase("judge", 0.0, 0.005), Phase("report", 0.005, 0.01)),
              looks=(CacheLook("reports", hit=id_ == "eve"),))
    for id_, status in (("ada", "needs_review"), ("ben", "needs_review"), ("eve", "graded"))
)  # fmt: skip
BATCH: tuple[Event, ...] = (
    BEGAN, TakenFromBefore(hits=1, misses=2), BEN_LOST, ADA, BEN_AGAIN, *MARKED, BatchEnded("finished", 9.5),
)  # fmt: skip
