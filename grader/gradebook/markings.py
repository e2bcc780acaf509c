"""What the grader itself found, kept with the digests of evidence and rubric that it rests on."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from grader import __version__
from grader.gradebook import tables
from grader.gradebook.in_short import ClassInShort, class_in_short, newest_ids
from grader.gradebook.lost_line import despite_lost_lines
from grader.gradebook.marked import Marked
from grader.gradebook.prepared import PreparedMarking, prepared
from grader.verdict import Result

AT_ONCE = 200
"""Submissions stored by one statement and held in memory meanwhile."""


@dataclass(frozen=True, slots=True)
class ClassMarked:
    """The class as the grader marked it last."""

    criteria: tuple[str, ...]
    marked: tuple[Marked, ...]
    """In the order of the tables."""


class Markings:
    """The grader's own part of one book."""

    def __init__(self, engine: Engine, book: int) -> None:
        self._engine = engine
        self._book = book
        self._where = engine.url.render_as_string(hide_password=True)

    def record(self, rubric_digest: str, criteria: Sequence[str], marked: Iterable[Marked]) -> None:
        """Keep what was found. Submissions of which nothing changed since get no new row."""
        found = [prepared(one) for one in marked]
        self.record_prepared(rubric_digest, criteria, found, [one.submission for one in found])

    def record_prepared(
        self, rubric_digest: str, criteria: Sequence[str], found: Iterable[PreparedMarking], submissions: Sequence[str]
    ) -> None:
        """The same for a class of any size: `found` is read once, and few of them are held at a time.

        Args:
            submissions: their ids, in the order of the tables.
        """
        now = datetime.now(UTC)
        with Session(self._engine) as session, session.begin():
            known = self._fingerprints(session)
            delivery = tables.Delivery(
                book_id=self._book, at=now, rubric_digest=rubric_digest, grader_version=__version__,
                criteria=list(criteria), submissions=list(submissions),
            )  # fmt: skip
            session.add(delivery)
            session.flush()
            changed = (one for one in found if known.get(one.submission) != one.fingerprint)
            while some := list(itertools.islice(changed, AT_ONCE)):
                self._add(session, delivery.id, some, now)

    def newest(self) -> ClassMarked | None:
        """The class as it was marked last; None when it never was."""
        return despite_lost_lines(self._read, self._where)

    def _read(self) -> ClassMarked | None:
        with Session(self._engine.execution_options(reads_only=True)) as session:
            last = session.scalars(
                select(tables.Delivery)
                .where(tables.Delivery.book_id == self._book)
                .order_by(tables.Delivery.id.desc())
                .limit(1)
            ).first()
            if last is None:
                return None
            rows = {row.submission: row for row in self._newest(session)}
            found = [rows[name] for name in last.submissions if name in rows]
            bases: dict[int, dict[str, str]] = {row.id: {} for row in found}
            for verdict in session.scalars(
                select(tables.MachineVerdict)
                .join(tables.Marking, tables.Marking.id == tables.MachineVerdict.marking_id)
                .where(tables.Marking.book_id == self._book)
            ):
                if verdict.marking_id in bases:
                    bases[verdict.marking_id][verdict.criterion] = verdict.basis
            return ClassMarked(
                tuple(last.criteria),
                tuple(
                    Marked(Result.model_validate(row.result), bases[row.id], row.evidence_digest, row.rubric_digest)
                    for row in found
                ),
            )

    def in_short(self) -> ClassInShort | None:
        """The same without words and quickly, for lists of a large class; None when it never was marked."""
        return despite_lost_lines(lambda: class_in_short(self._engine, self._book), self._where)

    def _fingerprints(self, session: Session) -> dict[str, str]:
        """Of the newest marking of each submission."""
        newest = select(tables.Marking.submission, tables.Marking.fingerprint).where(
            tables.Marking.id.in_(newest_ids(self._book))
        )
        return {row.submission: row.fingerprint for row in session.execute(newest)}

    def _newest(self, session: Session) -> list[tables.Marking]:
        return list(session.scalars(select(tables.Marking).where(tables.Marking.id.in_(newest_ids(self._book)))))

    def _add(self, session: Session, delivery: int, some: Sequence[PreparedMarking], now: datetime) -> None:
        rows = [
            {
                "delivery_id": delivery, "book_id": self._book, "submission": one.submission, "name": one.name,
                "status": one.status, "rubric_digest": one.rubric_digest, "evidence_digest": one.evidence_digest,
                "result": json.loads(one.result), "fingerprint": one.fingerprint, "at": now,
            }
            for one in some
        ]  # fmt: skip
        statement = insert(tables.Marking).returning(tables.Marking.id, sort_by_parameter_order=True)
        ids = session.scalars(statement, rows).all()
        verdicts = [
            {"marking_id": id_, **verdict.model_dump()}
            for id_, one in zip(ids, some, strict=True)
            for verdict in one.verdicts
        ]
        if verdicts:
            session.execute(insert(tables.MachineVerdict), verdicts)
