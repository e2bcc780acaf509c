"""The gradebook of one results folder: which database, which book in it, and what is asked of it."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, make_url, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.errors import UsageError, in_words
from grader.gradebook import tables
from grader.gradebook.database import connect, parse_url, sqlite_url
from grader.gradebook.journal import Journal
from grader.gradebook.markings import Markings
from grader.storage import flush_folder, write_text_atomically

WHERE = "gradebook.json"
FILE = "gradebook.sqlite3"


class Location(BaseModel):
    """`DIR/gradebook.json`: where the decisions about this folder are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    book: str
    """Name of the book in the database."""
    url: str | None = None
    """None: the SQLite file in the folder. Never with a password: that comes from the command line or from
    PostgreSQL's own places (`PGPASSWORD`, `~/.pgpass`)."""


class Gradebook:
    """An open book."""

    def __init__(self, engine: Engine, book: int, name: str) -> None:
        self.name = name
        self.journal = Journal(engine, book)
        self.markings = Markings(engine, book)


@contextmanager
def open_gradebook(out: Path, lab: str, url: str | None = None) -> Iterator[Gradebook]:
    """Open the gradebook of a results folder, made if there is none.

    Args:
        out: the results folder.
        lab: id of the lab, for a new book.
        url: database to use. Default: the one used before for this folder, else a SQLite file in it.

    Raises:
        UsageError: the database cannot be opened, or this folder's decisions are in another one.
    """
    location = _location(out, lab, url)
    address = sqlite_url(out / FILE) if location.url is None else parse_url(url or location.url)
    engine = connect(address)
    try:
        name = _remember(out, location)
        yield Gradebook(engine, _book(engine, name, lab), name)
    finally:
        engine.dispose()


def _location(out: Path, lab: str, url: str | None) -> Location:
    asked = None if url is None else parse_url(url).set(password=None).render_as_string()
    path = out / WHERE
    if not path.exists():
        return Location(book=f"{lab}-{secrets.token_hex(4)}", url=asked)
    try:
        location = Location.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise UsageError(
            expected="the place of a gradebook", received=in_words(problem), where=path,
            todo='Restore the file; {"book": NAME} names the book in the gradebook of this folder.',
        ) from problem  # fmt: skip
    if asked is not None and asked != location.url:
        raise UsageError(
            expected=f"the gradebook in which this folder's decisions are ({location.url or FILE})",
            received=make_url(asked).render_as_string(hide_password=True), where=path,
            todo="Leave --gradebook out, or use another --out folder.",
        )  # fmt: skip
    return location


def _remember(out: Path, location: Location) -> str:
    """Write the place down, unless another process has just done so; returns the book that counts."""
    path = out / WHERE
    if not path.exists():
        aside = path.with_name(f".{WHERE}-{secrets.token_hex(4)}.tmp")
        write_text_atomically(aside, location.model_dump_json(indent=1) + "\n")
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(aside)
        aside.unlink()
        flush_folder(out)  # decisions that nobody finds again are lost
    return Location.model_validate_json(path.read_bytes()).book


def _book(engine: Engine, name: str, lab: str) -> int:
    lab = re.sub(r"[^a-z0-9_-]", "-", lab)[:64]
    find = select(tables.Book.id).where(tables.Book.name == name)
    with Session(engine) as session:
        known = session.scalar(find)
        if known is not None:
            return known
        session.add(tables.Book(name=name, lab=lab, at=datetime.now(UTC)))
        try:
            session.commit()
        except IntegrityError:  # another process made it first
            session.rollback()
    with Session(engine) as session:
        return session.scalars(find).one()
