"""Where a gradebook lies, and what is said when it cannot be opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from grader.errors import UsageError
from grader.gradebook.book import open_gradebook
from grader.gradebook.database import parse_url
from grader.gradebook.migrate import NEWEST, configuration
from grader.gradebook.tables import APPEND_ONLY, Base
from tests.gradebook.conftest import Opening


def test_the_program_wants_the_version_that_the_last_migration_makes() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(configuration()).get_current_head() == NEWEST


def test_the_migrations_make_the_tables_that_the_program_uses(opening: Opening) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with opening() as book, book.journal._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*APPEND_ONLY, "alembic_version"}


def test_a_gradebook_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with open_gradebook(tmp_path, "lab06") as book, book.journal._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match=r"Received version 9999\. Install"), open_gradebook(tmp_path, "lab06"):
        pass


@pytest.mark.parametrize("url", ["mysql://host/grades", "grades.db", "sqlite://", "", "postgresql:/x"])
def test_only_two_databases_are_known(url: str) -> None:
    with pytest.raises(UsageError, match="postgresql://USER@HOST/DATABASE"):
        parse_url(url)


def test_a_password_is_neither_kept_nor_shown(tmp_path: Path) -> None:
    url = "postgresql://ada:secret@127.0.0.1:9/grades?connect_timeout=2"
    with pytest.raises(UsageError) as refused, open_gradebook(tmp_path, "lab06", url):
        pass
    assert "secret" not in str(refused.value)
    assert not (tmp_path / "gradebook.json").exists()


def test_decisions_are_not_left_behind_in_another_database(tmp_path: Path) -> None:
    with open_gradebook(tmp_path, "lab06"):
        pass
    with (
        pytest.raises(UsageError, match=r"gradebook\.sqlite3.*Leave --gradebook out"),
        open_gradebook(tmp_path, "lab06", "sqlite:////tmp/other.sqlite3"),
    ):
        pass


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "gradebook.sqlite3").write_bytes(b"this is no database, but it is long enough to look like one" * 40)
    with pytest.raises(UsageError, match=r"gradebook\.sqlite3.*not a database"), open_gradebook(tmp_path, "lab06"):
        pass
