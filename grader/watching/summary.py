"""`summary.json`: one batch in numbers, for programs that watch over many of them. Described in `docs/watching.md`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from grader.watching.events import BatchBegan, BatchEnded, Event, MarkedOne, Ran, TakenFromBefore
from grader.watching.phases import CACHES, PHASES, CacheLook, Phase


class Part(BaseModel):
    """Base of all parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PhaseTimes(Part):
    """A step of the road over all submissions, in seconds; steps of submissions side by side add up."""

    count: int
    seconds: float
    longest: float


class CacheUse(Part):
    """How often a cache had what was asked for."""

    hits: int
    misses: int


class Submissions(Part):
    """How many there are. `run`: carried out in this command; `tried_again`: further tries after failures of ours."""

    total: int
    taken_from_before: int
    run: int
    tried_again: int


class RunSummary(Part):
    """The document."""

    schema_version: Literal[1] = 1
    command: Literal["batch", "judge"]
    ended: Literal["finished", "interrupted", "failed"]
    started: datetime
    seconds: float
    lab: str
    policy: str
    sandbox: str
    submissions: Submissions
    by_status: dict[str, int] = Field(description="Submissions by the status of their result, as in results.json.")
    by_outcome: dict[str, int] = Field(description="Runs of this command by how the notebook ended.")
    failures: dict[str, int] = Field(description="Failures of our side by kind, tries included.")
    unsealed: int = Field(description="Marked from evidence without a valid seal of the key in use.")
    phases: dict[str, PhaseTimes]
    caches: dict[str, CacheUse]
    versions: dict[str, str]
    digests: dict[str, str] = Field(description="SHA-256 of rubric, pack and program.")


class Summary:
    """Adds events up; holds numbers only, however large the class."""

    def __init__(self, started: datetime) -> None:
        self._started = started
        self._began: BatchBegan | None = None
        self._ended: BatchEnded | None = None
        self._taken = TakenFromBefore(0, 0)
        self._run = self._again = self._unsealed = 0
        self._status: dict[str, int] = {}
        self._outcome: dict[str, int] = {}
        self._failures: dict[str, int] = {}
        self._phases: dict[str, list[float]] = {name: [0, 0.0, 0.0] for name in PHASES}
        self._caches: dict[str, list[int]] = {name: [0, 0] for name in CACHES}

    def see(self, event: Event) -> None:
        """Add it."""
        if isinstance(event, BatchBegan):
            self._began = event
        elif isinstance(event, TakenFromBefore):
            self._taken = event
            self._caches["runs"] = [event.hits, event.misses]
        elif isinstance(event, Ran):
            self._ran(event)
        elif isinstance(event, MarkedOne):
            _count(self._status, event.status)
            self._unsealed += not event.sealed
            self._times(event.phases, event.looks)
        else:
            self._ended = event

    def document(self) -> RunSummary | None:
        """What there is to say; None when nothing began."""
        began, ended = self._began, self._ended
        if began is None or ended is None:
            return None
        return RunSummary(
            command=began.command, ended=ended.how, started=self._started, seconds=round(ended.seconds, 3),
            lab=began.lab, policy=began.policy, sandbox=began.sandbox,
            submissions=Submissions(
                total=began.submissions, taken_from_before=self._taken.hits, run=self._run, tried_again=self._again
            ),
            by_status=dict(sorted(self._status.items())), by_outcome=dict(sorted(self._outcome.items())),
            failures=dict(sorted(self._failures.items())), unsealed=self._unsealed,
            phases={
                name: PhaseTimes(count=int(count), seconds=round(total, 3), longest=round(longest, 3))
                for name, (count, total, longest) in self._phases.items()
            },
            caches={name: CacheUse(hits=hits, misses=misses) for name, (hits, misses) in self._caches.items()},
            versions=dict(began.versions),
            digests={"rubric": began.rubric_digest, "pack": began.pack_digest, "program": began.program_digest},
        )  # fmt: skip

    def _ran(self, event: Ran) -> None:
        if event.failure is not None:
            _count(self._failures, event.failure)
        if event.again:
            self._again += 1
        else:
            self._run += 1
        if event.outcome is not None:
            _count(self._outcome, event.outcome)
        self._times(event.phases, event.looks)

    def _times(self, phases: tuple[Phase, ...], looks: tuple[CacheLook, ...]) -> None:
        for one in phases:
            times = self._phases[one.name]
            times[:] = [times[0] + 1, times[1] + one.seconds, max(times[2], one.seconds)]
        for look in looks:
            self._caches[look.cache][0 if look.hit else 1] += 1


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
