"""A class as the grader marked it last, from the columns of the gradebook alone: no words, little memory, at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, func, select

from grader.gradebook import tables
from grader.judge import total_of
from grader.verdict import Result, Total, Verdict


@dataclass(frozen=True, slots=True)
class MarkedInShort:
    """One submission. `result` has no reasons, hints, findings, places, and not what blocked what."""

    result: Result
    bases: Mapping[str, str]
    """Digest of the work, by criterion."""
    rubric_digest: str


@dataclass(frozen=True, slots=True)
class ClassInShort:
    """The class of the last delivery, by id."""

    at: datetime
    """When it was stored, in UTC."""
    grader_version: str
    marked: Mapping[str, MarkedInShort]


def class_in_short(engine: Engine, book: int) -> ClassInShort | None:
    """What was delivered last; None when nothing ever was."""
    delivery, marking, verdict = tables.Delivery, tables.Marking, tables.MachineVerdict
    of_class = select(delivery.at, delivery.grader_version, delivery.submissions)
    last = of_class.where(delivery.book_id == book).order_by(delivery.id.desc()).limit(1)
    newest = newest_ids(book)
    columns = (verdict.marking_id, verdict.criterion, verdict.status, verdict.points, verdict.maximum, verdict.basis)
    with engine.execution_options(reads_only=True).connect() as connection:
        found = connection.execute(last).first()
        if found is None:
            return None
        about = (marking.id, marking.submission, marking.name, marking.status, marking.rubric_digest)
        rows = connection.execute(select(*about).where(marking.id.in_(newest))).all()
        decided = connection.execute(select(*columns).where(verdict.marking_id.in_(newest)).order_by(verdict.id)).all()
    at, version, submissions = found
    return ClassInShort(at, version, _put_together(set(submissions), rows, decided))


def newest_ids(book: int) -> Select[Any]:
    """Ids of the newest marking of each submission in a book."""
    marking = tables.Marking
    return select(func.max(marking.id)).where(marking.book_id == book).group_by(marking.submission)


def _put_together(class_: set[str], rows: Iterable[Any], decided: Iterable[Any]) -> dict[str, MarkedInShort]:
    """Equal verdicts of two students, and equal rows of verdicts, are one object each."""
    shared: dict[tuple[Any, ...], Verdict] = {}
    totals: dict[tuple[Any, ...], tuple[tuple[Verdict, ...], Total]] = {}
    of: dict[int, list[tuple[Any, ...]]] = {}
    bases: dict[int, dict[str, str]] = {}
    for id_, criterion, status, points, maximum, basis in decided:
        of.setdefault(id_, []).append((criterion, status, points, maximum))
        bases.setdefault(id_, {})[criterion] = basis
    found: dict[str, MarkedInShort] = {}
    for id_, submission, name, status, rubric in rows:
        if submission not in class_:
            continue
        keys = (status, *of.get(id_, ()))
        if keys not in totals:
            verdicts = tuple(shared.setdefault(key, _verdict(*key)) for key in of.get(id_, ()))
            totals[keys] = verdicts, total_of(verdicts, settled=status == "graded")
        verdicts, total = totals[keys]
        result = Result(submission=submission, name=name, status=status, verdicts=verdicts, total=total)
        found[submission] = MarkedInShort(result, bases.get(id_, {}), rubric)
    return found


def _verdict(criterion: str, status: Any, points: float, maximum: float) -> Verdict:
    return Verdict(criterion=criterion, title="", status=status, points=points, maximum=maximum, reason="")
