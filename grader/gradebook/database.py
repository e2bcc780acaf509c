"""Connections: SQLite in a file, PostgreSQL by URL, both at the newest version of the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from grader.errors import UsageError
from grader.gradebook.migrate import bring_up_to_date

BUSY_SECONDS = 30
"""How long a writer waits for another one (SQLite)."""


def sqlite_url(path: Path) -> URL:
    """The URL of a SQLite file."""
    return URL.create("sqlite", database=str(path.absolute()))


def parse_url(text: str) -> URL:
    """A database URL as people write it: `postgresql://…` or `sqlite:///FILE`.

    Raises:
        UsageError: neither of the two.
    """
    expected = "postgresql://USER@HOST/DATABASE, or sqlite:///FILE"
    try:
        url = make_url(text)
    except ArgumentError as problem:
        raise UsageError(expected=expected, received="something else", where="--gradebook") from problem
    family = url.drivername.partition("+")[0]
    if family in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if family == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite")
    raise UsageError(expected=expected, received=url.render_as_string(hide_password=True), where="--gradebook")


def connect(url: URL) -> Engine:
    """An engine whose tables are up to date.

    Raises:
        UsageError: the database cannot be reached, or was written by a newer version of this program.
    """
    shown = url.render_as_string(hide_password=True)
    try:
        engine = create_engine(url, **_settings(url))
        if url.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_immediately)
        bring_up_to_date(engine, shown)
    except (SQLAlchemyError, ImportError) as problem:
        detail = str(problem.orig if isinstance(problem, DBAPIError) else problem).strip().splitlines()[0]
        raise UsageError(
            expected="a gradebook that can be opened", received=detail, where=shown,
            todo="Check the address, that the server runs, and that you may write there.",
        ) from problem  # fmt: skip
    return engine


def _settings(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    return {"pool_pre_ping": True}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them too late, see below.
    connection.isolation_level = None
    cursor = connection.cursor()
    # Readers do not wait for writers; every commit reaches the disk, since nobody marks twice gladly.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.close()


def _begin_immediately(connection: Any) -> None:
    # A transaction that reads first and writes later fails at once when another one wrote in between, however long
    # the time-out; so those that may write take their turn from the start.
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
