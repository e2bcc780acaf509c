"""The tables. Nothing in them is ever changed or removed: triggers made by the migrations see to that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Float, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

APPEND_ONLY = ("books", "deliveries", "markings", "verdicts", "entries")
"""Tables whose rows no statement may change or remove."""


class Moment(TypeDecorator[datetime]):
    """A point in time, always UTC: SQLite forgets time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database, in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database, in UTC."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""


class Book(Base):
    """The gradebook of one results folder; several may share a database."""

    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    lab: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)


class Delivery(Base):
    """One time that a class was marked by the grader: `grader batch`, `grader judge`, or the review app."""

    __tablename__ = "deliveries"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    rubric_digest: Mapped[str] = mapped_column(String(64))
    grader_version: Mapped[str] = mapped_column(String(40))
    criteria: Mapped[list[str]] = mapped_column(JSON)
    """Ids in the rubric's order."""
    submissions: Mapped[list[str]] = mapped_column(JSON)
    """Ids in the order of the tables. What is not here is no longer part of the class."""


class Marking(Base):
    """What the grader itself said of one submission. A new row when something changed."""

    __tablename__ = "markings"
    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"), index=True)
    submission: Mapped[str] = mapped_column(String(200), index=True)
    name: Mapped[str] = mapped_column(Text)
    """The student's name as handed in: escape it."""
    status: Mapped[str] = mapped_column(String(40))
    rubric_digest: Mapped[str] = mapped_column(String(64))
    evidence_digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the stored evidence's bytes."""
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The whole `grader.verdict.Result`."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 of everything above and the bases below, to see whether anything changed."""
    at: Mapped[datetime] = mapped_column(Moment)


class MachineVerdict(Base):
    """The grader's verdict on one criterion, as columns for those who ask in SQL."""

    __tablename__ = "verdicts"
    id: Mapped[int] = mapped_column(primary_key=True)
    marking_id: Mapped[int] = mapped_column(ForeignKey("markings.id"), index=True)
    criterion: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(40))
    points: Mapped[float] = mapped_column(Float)
    maximum: Mapped[float] = mapped_column(Float)
    basis: Mapped[str] = mapped_column(String(64))
    """Digest of the work that this criterion is about (see `grader.gradebook.basis`)."""


class Entry(Base):
    """One thing a person did. Entries on the same subject are numbered from 1; the last one counts."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("book_id", "kind", "submission", "criterion", "target", "sequence", name="one_after_another"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("books.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    submission: Mapped[str] = mapped_column(String(200), index=True)
    """Empty for what concerns the whole class."""
    criterion: Mapped[str] = mapped_column(String(64), index=True)
    target: Mapped[str] = mapped_column(String(40))
    """Id of the reusable comment or the appeal; empty else."""
    sequence: Mapped[int] = mapped_column(Integer)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    action: Mapped[str] = mapped_column(String(32), index=True)
    """Entries made together bear the same one and are taken back together."""
    undoes: Mapped[str | None] = mapped_column(String(32))
    """The action that this one takes back."""
    author: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
