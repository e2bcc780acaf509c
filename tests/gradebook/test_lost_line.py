"""A connection that is cut while a class is entered: everything is there once, or nothing and a clear error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, event, text

from grader.errors import InfrastructureError
from grader.gradebook import lost_line
from grader.gradebook.book import open_gradebook
from grader.gradebook.database import parse_url
from grader.gradebook.lost_line import despite_lost_lines
from grader.gradebook.marked import Marked
from grader.gradebook.prepared import PreparedMarking, prepared
from tests.gradebook.entering import mark
from tests.gradebook.marked import result

pytestmark = pytest.mark.slow

PEOPLE = tuple(f"s{number}" for number in range(6))


def cut_all(url: str) -> None:
    """As an administrator who restarts the server does: every connection but this one ends now."""
    engine = create_engine(parse_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where pid <> pg_backend_pid() and datname = 'postgres'"
            )
        )
    engine.dispose()


def rows(url: str) -> Counter[str]:
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        found = Counter(row[0] for row in connection.execute(text("select submission from markings")))
    engine.dispose()
    return found


def entered(folder: Path, url: str, cuts: int) -> None:
    """Enter the class, the connection cut in the middle of the transaction so many times."""
    left = iter(range(cuts))
    with open_gradebook(folder, "lab06", url) as book:

        def one_by_one() -> Iterator[PreparedMarking]:
            for number, person in enumerate(PEOPLE):
                if number == 3 and next(left, None) is not None:
                    cut_all(url)
                yield prepared(Marked(result(submission=person), {}, "e" * 64, "r" * 64))

        despite_lost_lines(lambda: book.markings.record_prepared("r" * 64, ["frozen"], one_by_one(), PEOPLE), book.name)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgresql: str) -> None:
    """Without pauses, and with the tables made."""
    with open_gradebook(tmp_path, "lab06", postgresql):
        pass
    monkeypatch.setattr(lost_line, "PAUSES", (0.0, 0.0, 0.0))


def test_a_class_is_entered_once_although_the_line_was_cut(tmp_path: Path, postgresql: str, quickly: None) -> None:
    before = rows(postgresql)
    entered(tmp_path, postgresql, cuts=2)
    entered(tmp_path, postgresql, cuts=1)  # the same class again: nothing is new
    assert rows(postgresql) - before == Counter(PEOPLE)


def test_a_database_that_stays_away_enters_nothing(tmp_path: Path, postgresql: str, quickly: None) -> None:
    before = rows(postgresql)
    with pytest.raises(InfrastructureError, match="the same command, or the same page, goes on"):
        entered(tmp_path, postgresql, cuts=4)
    assert rows(postgresql) == before
    entered(tmp_path, postgresql, cuts=0)
    assert rows(postgresql) - before == Counter(PEOPLE)


@pytest.mark.parametrize("committed", [False, True])
def test_a_mark_whose_line_was_cut_at_its_end_is_entered_once(
    tmp_path: Path, postgresql: str, quickly: None, committed: bool
) -> None:
    """Whether the server took the last word or not: an instructor pressed the button once."""
    cuts = iter([True])
    with open_gradebook(tmp_path, "lab06", postgresql) as book:

        def cut_at_the_end(connection: Connection) -> None:
            if next(cuts, False):
                driver = connection.connection.dbapi_connection
                assert driver is not None
                if committed:
                    driver.commit()
                cut_all(postgresql)

        event.listen(book.journal._engine, "commit", cut_at_the_end)
        action = mark(book, 1.5, by="ada")
        assert next(cuts, None) is None
        (entered_once,) = book.journal.history()
        assert (entered_once.action, entered_once.sequence, entered_once.author) == (action, 1, "ada")


def test_what_is_read_is_read_again(tmp_path: Path, postgresql: str, quickly: None) -> None:
    with open_gradebook(tmp_path, "lab06", postgresql) as book:
        mark(book, 1.5, by="ada")
        cuts = iter([True])

        def cut_before(*_: object) -> None:
            if next(cuts, False):
                cut_all(postgresql)

        event.listen(book.journal._engine, "before_cursor_execute", cut_before)
        assert len(book.journal.newest()) == 1
        assert next(cuts, None) is None
