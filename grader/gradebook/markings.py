"""What the grader itself found, kept with the digests of evidence and rubric that it rests on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from grader import __version__
from grader.gradebook import tables
from grader.verdict import Result


@dataclass(frozen=True, slots=True)
class Marked:
    """One submission as the grader marked it."""

    result: Result
    bases: Mapping[str, str]
    """Digest of the work, by criterion."""
    evidence_digest: str
    rubric_digest: str


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

    def record(
        self, rubric_digest: str, criteria: Sequence[str], marked: Iterable[Marked],
        submissions: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """Keep what was found. Submissions of which nothing changed since get no new row.

        With `submissions`, the ids in their order, `marked` is read once and one of them is held at a time.
        """
        if submissions is None:
            marked = list(marked)
            submissions = [one.result.submission for one in marked]
        now = datetime.now(UTC)
        with Session(self._engine) as session, session.begin():
            known = self._fingerprints(session)
            delivery = tables.Delivery(
                book_id=self._book, at=now, rubric_digest=rubric_digest, grader_version=__version__,
                criteria=list(criteria), submissions=list(submissions),
            )  # fmt: skip
            session.add(delivery)
            session.flush()
            number = delivery.id
            for one in marked:
                fingerprint = _fingerprint(one)
                if known.get(one.result.submission) != fingerprint:
                    self._add(session, number, one, fingerprint, now)
                    session.flush()
                    session.expunge_all()

    def newest(self) -> ClassMarked | None:
        """The class as it was marked last; None when it never was."""
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

    def _fingerprints(self, session: Session) -> dict[str, str]:
        """Of the newest marking of each submission."""
        newest = select(tables.Marking.submission, tables.Marking.fingerprint).where(
            tables.Marking.id.in_(self._last_ids())
        )
        return {row.submission: row.fingerprint for row in session.execute(newest)}

    def _last_ids(self) -> Select[Any]:
        return (
            select(func.max(tables.Marking.id))
            .where(tables.Marking.book_id == self._book)
            .group_by(tables.Marking.submission)
        )

    def _newest(self, session: Session) -> list[tables.Marking]:
        return list(session.scalars(select(tables.Marking).where(tables.Marking.id.in_(self._last_ids()))))

    def _add(self, session: Session, delivery: int, one: Marked, fingerprint: str, now: datetime) -> None:
        row = tables.Marking(
            delivery_id=delivery, book_id=self._book, submission=one.result.submission,
            name=_storable(one.result.name),
            status=one.result.status, rubric_digest=one.rubric_digest, evidence_digest=one.evidence_digest,
            result=_document(one.result), fingerprint=fingerprint, at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add_all(
            tables.MachineVerdict(
                marking_id=row.id, criterion=verdict.criterion, status=verdict.status, points=verdict.points,
                maximum=verdict.maximum, basis=one.bases.get(verdict.criterion, ""),
            )
            for verdict in one.result.verdicts
        )  # fmt: skip


def _fingerprint(one: Marked) -> str:
    content = [_document(one.result), dict(one.bases), one.evidence_digest, one.rubric_digest]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _document(result: Result) -> dict[str, object]:
    """The result as JSON that both databases take: PostgreSQL holds no NUL, and neither a lone surrogate."""
    dumped = json.dumps(result.model_dump(mode="json"), ensure_ascii=False)
    document: dict[str, object] = json.loads(_storable(dumped.replace("\\u0000", "\ufffd")))
    return document


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
