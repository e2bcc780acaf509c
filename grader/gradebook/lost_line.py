"""A database whose connection was cut is asked again a few times: it restarts, or a network blinks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from grader.errors import InfrastructureError

PAUSES = (0.5, 2.0, 8.0)
"""Seconds before the second, third and fourth time."""

T = TypeVar("T")


def despite_lost_lines(do: Callable[[], T], where: str) -> T:
    """What `do` returns, done anew when the line was cut.

    Args:
        do: one transaction, or something that only reads. When the line is cut at the very end of a transaction, nobody
            knows whether it counts, so doing it twice must be the same as once.
        where: the gradebook, for the error.

    Raises:
        InfrastructureError: the database does not come back.
    """
    for pause in (*PAUSES, None):
        try:
            return do()
        except DBAPIError as problem:
            if not problem.connection_invalidated and not _no_connection(problem):
                raise
            if pause is None:
                raise InfrastructureError(
                    expected="a gradebook's database that stays there",
                    received=str(problem.orig).strip().partition("\n")[0] or "a lost connection", where=where,
                    todo="Nothing was entered by half; the same command, or the same page, goes on from here.",
                ) from problem  # fmt: skip
            time.sleep(pause)
    raise AssertionError("the last pause is None")


def _no_connection(problem: DBAPIError) -> bool:
    """Whether there is no server to be talked to; SQLite, which is a file, does not get here."""
    return isinstance(problem, OperationalError) and "psycopg" in type(problem.orig).__module__
