"""Bring a database to the newest version of the tables, one process at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from grader.errors import UsageError

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0001"
"""Version of the tables that this program reads and writes (a test holds it equal to the last migration)."""

_LOCK = 7_203_551_094_118_002
"""Number of the advisory lock in PostgreSQL; any number that nobody else uses."""


def bring_up_to_date(engine: Engine, shown: str) -> None:
    """Run the migrations that are missing, inside one transaction.

    Raises:
        UsageError: the database is of a newer version than this program.
    """
    with engine.execution_options(reads_only=True).connect() as connection:
        if _version(connection) == NEWEST:
            return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        version = _version(connection)  # anew: another process may have been first
        if version == NEWEST:
            return
        _refuse_newer(version, shown)
        from alembic import command

        command.upgrade(configuration(connection), "head")


def configuration(connection: Connection | None = None) -> Config:
    """The settings of Alembic, with the connection to work on."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "grader:gradebook/migrations")
    config.attributes["connection"] = connection
    return config


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _refuse_newer(version: str | None, shown: str) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if version is not None and version not in known:
        raise UsageError(
            expected=f"a gradebook of version {NEWEST} or older", received=f"version {version}", where=shown,
            todo="Install the version of this program that wrote it, or a newer one.",
        )  # fmt: skip
