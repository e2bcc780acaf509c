"""Errors a person can act on.

Every message follows one form, so that a lecturer, a student and a log reader find the same three things:

    Expected <what should be there>. Received <what is there>. <file, place, and what to do next>

The tree::

    GraderError
    ├── UsageError            a command was given something it cannot use
    │   └── KeyFileError      a key file is no key, or others can read it
    ├── RubricError           a rubric file is wrong                  (also a ValueError)
    ├── SubmissionError       one submission cannot be read           (also a ValueError)
    │   └── OutOfReachError   it is there, or was; this machine cannot get at it
    ├── AssetError            an asset pack is missing or damaged     (also a ValueError)
    ├── EvidenceError         stored or received evidence is damaged  (also a ValueError)
    └── InfrastructureError   our side failed: never a student's mark (also a RuntimeError)
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any


def in_words(problem: Exception) -> str:
    """What the system or a library complains of, in one line; without `[Errno 2]` and the path, which `where` says."""
    text = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
    return (text.splitlines() or [type(problem).__name__])[0][:200]


class GraderError(Exception):
    """Base of all errors this package raises on purpose."""

    def __init__(self, *, expected: str, received: str, where: str | Path | None = None, todo: str = "") -> None:
        self.expected = expected
        self.received = received
        self.where = None if where is None else str(where)
        self.todo = todo
        place = f"{self.where}: " if self.where else ""
        tail = f" {todo}" if todo else ""
        super().__init__(f"{place}Expected {expected}. Received {received}.{tail}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel from the processes that mark; their arguments have names, which pickling cannot know."""
        again = functools.partial(
            type(self), expected=self.expected, received=self.received, where=self.where, todo=self.todo
        )
        return again, ()


class UsageError(GraderError):
    """A command was given something it cannot use."""


class KeyFileError(UsageError):
    """A key file is no signing key, or is open to others. Says nothing of what is in it."""


class RubricError(GraderError, ValueError):
    """A rubric file is wrong; `where` is `file:line`."""


class SubmissionError(GraderError, ValueError):
    """One submission cannot be read. It never stops the others."""


class OutOfReachError(SubmissionError):
    """What was handed in may be all right, but this machine cannot get at it: gone, closed to us, on a drive that
    went away. In a batch that is our failure, and nobody's mark."""


class AssetError(GraderError, ValueError):
    """An asset pack is missing, incomplete or damaged."""


class EvidenceError(GraderError, ValueError):
    """Stored evidence, or what a kernel left in its outbox, is damaged or not admitted."""


class InfrastructureError(GraderError, RuntimeError):
    """Our side failed (no sandbox, no disk, worker lost). Becomes `infrastructure_error`, never 0 points."""
