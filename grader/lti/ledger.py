"""What was sent, kept on disk: the reason why a retry can neither post twice nor out of order.

A score is written down with its timestamp *before* it is sent. If the answer never comes, the very same score with
the very same timestamp is sent again, which a platform takes once. Anything newer gets a later timestamp, whatever the
clock says, so that an old score that is still on its way cannot overwrite it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from grader.errors import InfrastructureError, UsageError, in_words
from grader.evidence.base import Document
from grader.storage import write_text_atomically

LARGEST_FILE = 256 * 2**20
State = Literal["sending", "sent", "refused", "failed"]


class Posted(Document):
    """The last score of one person in one line item."""

    score: dict[str, Any]
    timestamp: str
    """ISO 8601 with milliseconds, in UTC."""
    state: State
    """`sending`: no answer yet. `refused`: the platform holds a newer one. `failed`: refused for another reason."""
    graded: bool = False
    """Points were sent once. From then on nothing is sent that would clear them."""


class LedgerFile(Document):
    """The file: line item → person → last score."""

    version: Literal[1] = 1
    items: dict[str, dict[str, Posted]]
    """Required: an empty object is a damaged ledger, not an empty one."""


class Ledger:
    """An open ledger; every change is on the disk before the next thing happens."""

    def __init__(self, path: Path, content: LedgerFile) -> None:
        self._path = path
        self._items: dict[str, dict[str, Posted]] = {item: dict(people) for item, people in content.items.items()}

    def last(self, item: str, user: str) -> Posted | None:
        """The last score of a person, whatever became of it."""
        return self._items.get(item, {}).get(user)

    def intend(self, item: str, user: str, score: dict[str, Any], now: datetime) -> Posted:
        """Write down what is about to be sent; returns it with its timestamp."""
        last = self.last(item, user)
        graded = "scoreGiven" in score or (last is not None and last.graded)
        if last is not None and last.state == "sending" and last.score == score:
            return last
        posted = Posted(score=score, timestamp=_later(now, last), state="sending", graded=graded)
        self._put(item, user, posted)
        return posted

    def settle(self, item: str, user: str, state: State) -> None:
        """Write down what became of it."""
        last = self.last(item, user)
        if last is not None:
            self._put(item, user, last.model_copy(update={"state": state}))

    def _put(self, item: str, user: str, posted: Posted) -> None:
        self._items.setdefault(item, {})[user] = posted
        write_text_atomically(self._path, LedgerFile(items=self._items).model_dump_json(indent=1) + "\n")


def _later(now: datetime, last: Posted | None) -> str:
    moment = now.astimezone(UTC)
    if last is not None:
        moment = max(moment, datetime.fromisoformat(last.timestamp) + timedelta(milliseconds=1))
    return moment.isoformat(timespec="milliseconds")


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Open the ledger for one process at a time, made if there is none.

    Raises:
        UsageError: the file is damaged, or another process holds it.
        InfrastructureError: it cannot be written.
    """
    try:
        descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise InfrastructureError(
            expected="a place for the ledger of scores", received=in_words(problem), where=path
        ) from problem
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise UsageError(
                expected="to be the only one that sends scores", received="another process that does", where=path,
                todo="Wait until it has ended.",
            ) from problem  # fmt: skip
        yield Ledger(path, _read(path))
    finally:
        os.close(descriptor)


def read_ledger(path: Path) -> Ledger:
    """The ledger to look at only."""
    return Ledger(path, _read(path))


def _read(path: Path) -> LedgerFile:
    if not path.exists():
        return LedgerFile(items={})
    try:
        with path.open("rb") as file:
            content = LedgerFile.model_validate_json(file.read(LARGEST_FILE))
        for people in content.items.values():
            for posted in people.values():
                if datetime.fromisoformat(posted.timestamp).tzinfo is None:
                    raise UsageError(expected="timestamps with a time zone", received=posted.timestamp, where=path)
    except (OSError, ValidationError, ValueError) as problem:
        raise UsageError(
            expected="the ledger of scores that were sent", received=in_words(problem), where=path,
            todo="Restore it. Without it nobody knows what was sent, and scores could be sent twice.",
        ) from problem  # fmt: skip
    return content
