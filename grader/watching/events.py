"""What happens in a batch, as those who watch it are told: plain data, no text of a student but ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from grader.watching.phases import CacheLook, Phase

Ending: TypeAlias = Literal["finished", "interrupted", "failed"]
"""`finished`: everything was written. `failed`: an error ended it, and nothing after it was done."""


@dataclass(frozen=True, slots=True)
class BatchBegan:
    """A command set out. Digests are SHA-256 in hexadecimal; `versions` by package."""

    command: Literal["batch", "judge"]
    lab: str
    rubric_digest: str
    pack: str
    pack_digest: str
    program_digest: str
    policy: str
    sandbox: str
    submissions: int
    versions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TakenFromBefore:
    """So many runs of an earlier batch hold, and so many do not."""

    hits: int
    misses: int


@dataclass(frozen=True, slots=True)
class Ran:
    """One submission was carried out once. `outcome`: how its notebook ended, or None when nobody knows; `failure`:
    kind of our failure, and then it may be tried again; `where`: the worker, empty for this process."""

    submission: str
    seconds: float
    outcome: str | None
    failure: str | None
    where: str
    again: bool = False
    """A further try, after a failure of ours."""
    phases: tuple[Phase, ...] = ()
    looks: tuple[CacheLook, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkedOne:
    """One submission was judged and its report written, or found unchanged. `status`: of the result."""

    submission: str
    seconds: float
    status: str
    sealed: bool
    phases: tuple[Phase, ...] = ()
    looks: tuple[CacheLook, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """The command is over, after so many seconds of the monotonic clock."""

    how: Ending
    seconds: float


Event: TypeAlias = BatchBegan | TakenFromBefore | Ran | MarkedOne | BatchEnded


class Watcher(Protocol):
    """Is told everything, in order, by one thread."""

    def see(self, event: Event) -> None:
        """Take note."""
