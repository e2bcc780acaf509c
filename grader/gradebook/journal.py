"""Write down what people do, and read it again. Nothing is ever changed: taking back is an entry too."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine, Select, and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.errors import GraderError
from grader.gradebook import tables
from grader.gradebook.entries import NOTHING, VALUES, Change, Mark, Subject, Value
from grader.gradebook.lost_line import despite_lost_lines

T = TypeVar("T")

_ATTEMPTS = 20
"""Times that a change is tried when others write on the same subject at the same moment."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was made."""

    id: int
    subject: Subject
    sequence: int
    value: Value
    action: str
    undoes: str | None
    author: str
    at: datetime


class OvertakenError(GraderError):
    """Someone else entered something on the same subject since the page was opened. Nothing was written."""

    def __init__(self, newest: Entry) -> None:
        self.newest = newest
        super().__init__(
            expected=f"entry {newest.sequence} to be new", received=f"one by {newest.author} that came first",
            todo="Look at it and decide again.",
        )  # fmt: skip


class Journal:
    """The entries of one book."""

    def __init__(self, engine: Engine, book: int) -> None:
        self._engine = engine
        self._book = book

    def write(self, author: str, changes: Iterable[Change], *, undoes: str | None = None) -> str:
        """Enter all changes or none; returns the action that they share.

        Raises:
            OvertakenError: a change was made for a state that is no longer the newest.
            InfrastructureError: the database went away and does not come back; nothing was entered, as far as it said.
        """
        wanted = list(changes)
        action = uuid.uuid4().hex
        begun = False

        def enter() -> None:
            nonlocal begun
            with Session(self._engine) as session, session.begin():
                # Cut at its very end, an earlier try may have been entered all the same.
                if begun and session.scalars(self._mine().where(tables.Entry.action == action)).first() is not None:
                    return
                begun = True
                session.add_all([self._row(session, author, change, action, undoes) for change in wanted])

        for attempt in range(_ATTEMPTS):
            try:
                self._despite_lost_lines(enter)
                break
            except IntegrityError:
                # Another writer took the same number between our look and our insert.
                if attempt == _ATTEMPTS - 1:
                    raise
        return action

    def take_back(self, author: str, action: str) -> str:
        """Enter again what stood before an action; returns the new action.

        Raises:
            OvertakenError: someone has entered something on the same subject since.
            LookupError: there is no such action.
        """
        made = self.of_action(action)
        if not made:
            raise LookupError(action)

        def changes() -> list[Change]:
            with self._reading() as session:
                return [Change(entry.subject, self._before(session, entry), entry.sequence) for entry in made]

        return self.write(author, self._despite_lost_lines(changes), undoes=action)

    def newest(
        self, *, criterion: str | None = None, submission: str | None = None, kinds: Sequence[str] = ()
    ) -> list[Entry]:
        """The newest entry on each subject, in the order in which they were made.

        With `submission`, entries about the class (wordings) are left out unless it is empty.
        """
        keys = ("kind", "submission", "criterion", "target")
        wanted = self._mine()
        wanted = wanted.where(tables.Entry.criterion == criterion) if criterion is not None else wanted
        wanted = wanted.where(tables.Entry.submission == submission) if submission is not None else wanted
        wanted = wanted.where(tables.Entry.kind.in_(kinds)) if kinds else wanted
        chosen = wanted.subquery()
        last = select(
            *(chosen.c[key] for key in keys), func.max(chosen.c.sequence).label("sequence")
        ).group_by(*(chosen.c[key] for key in keys)).subquery()  # fmt: skip
        same = [getattr(tables.Entry, key) == last.c[key] for key in (*keys, "sequence")]
        return self._entries(self._mine().join(last, and_(*same)))

    def of_action(self, action: str) -> list[Entry]:
        """What was entered together; empty for an action that is not known."""
        return self._entries(self._mine().where(tables.Entry.action == action))

    def history(
        self, *, submission: str | None = None, author: str | None = None, limit: int = 500, before: int | None = None
    ) -> list[Entry]:
        """What was entered, the newest first; `before` is the id at which an earlier page ended."""
        query = self._mine().order_by(None).order_by(tables.Entry.id.desc()).limit(limit)
        query = query.where(tables.Entry.submission == submission) if submission is not None else query
        query = query.where(tables.Entry.author == author) if author is not None else query
        query = query.where(tables.Entry.id < before) if before is not None else query
        return self._entries(query)

    def _entries(self, query: Select[tables.Entry]) -> list[Entry]:
        def read() -> list[Entry]:
            with self._reading() as session:
                return [_entry(row) for row in session.scalars(query)]

        return self._despite_lost_lines(read)

    def _despite_lost_lines(self, do: Callable[[], T]) -> T:
        return despite_lost_lines(do, self._engine.url.render_as_string(hide_password=True))

    def _reading(self) -> Session:
        return Session(self._engine.execution_options(reads_only=True))

    def _mine(self) -> Select[tables.Entry]:
        return select(tables.Entry).where(tables.Entry.book_id == self._book).order_by(tables.Entry.id)

    def _about(self, subject: Subject) -> Select[tables.Entry]:
        return self._mine().where(
            tables.Entry.kind == subject.kind, tables.Entry.submission == subject.submission,
            tables.Entry.criterion == subject.criterion, tables.Entry.target == subject.target,
        )  # fmt: skip

    def _row(self, session: Session, author: str, change: Change, action: str, undoes: str | None) -> tables.Entry:
        subject = change.subject
        latest = self._about(subject).order_by(None).order_by(tables.Entry.sequence.desc()).limit(1)
        newest = session.scalars(latest).first()
        sequence = 0 if newest is None else newest.sequence
        if newest is not None and change.seen is not None and change.seen != sequence:
            raise OvertakenError(_entry(newest))
        return tables.Entry(
            book_id=self._book, kind=subject.kind, submission=subject.submission, criterion=subject.criterion,
            target=subject.target, sequence=sequence + 1, value=change.value.model_dump(mode="json"), action=action,
            undoes=undoes, author=author, at=datetime.now(UTC),
        )  # fmt: skip

    def _before(self, session: Session, entry: Entry) -> Value:
        """What stood before this entry."""
        row = session.scalars(self._about(entry.subject).where(tables.Entry.sequence == entry.sequence - 1)).first()
        if row is not None:
            return _entry(row).value
        nothing = NOTHING[entry.subject.kind]
        if nothing is not None:
            return nothing
        assert isinstance(entry.value, Mark)
        return entry.value.model_copy(update={"points": None, "suggested": None, "automatic": False})


def _entry(row: tables.Entry) -> Entry:
    kind = row.kind
    subject = Subject(kind=kind, criterion=row.criterion, submission=row.submission, target=row.target)  # type: ignore[arg-type]
    return Entry(
        id=row.id, subject=subject, sequence=row.sequence, value=VALUES[subject.kind].model_validate(row.value),
        action=row.action, undoes=row.undoes, author=row.author, at=row.at,
    )  # fmt: skip
