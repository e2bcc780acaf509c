"""Gradebooks for tests: SQLite in a file, and PostgreSQL where it is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from benchmarks.postgres_here import PostgresHere, programs
from grader.gradebook.book import Gradebook, open_gradebook

Opening = Callable[[], AbstractContextManager[Gradebook]]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a database in a server of our own."""
    if programs() is None:
        pytest.skip("needs PostgreSQL (Debian: apt-get install postgresql)")
    with PostgresHere() as server:
        yield server.url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest) -> str | None:
    """None for the SQLite file of the folder, else a URL."""
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgresql"))


@pytest.fixture
def opening(tmp_path: Path, database: str | None) -> Opening:
    """Opens the gradebook of one folder, as often as wanted."""
    return lambda: open_gradebook(tmp_path, "lab06", database)


@pytest.fixture
def book(opening: Opening) -> Iterator[Gradebook]:
    """The gradebook of a folder, open."""
    with opening() as gradebook:
        yield gradebook
