"""The trail of decisions: the newest counts, everything stays, and nobody can change what is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from grader.gradebook.book import Gradebook, open_gradebook
from grader.gradebook.entries import Acceptance, Appeal, Change, Mark, Remark, Reply, Subject
from grader.gradebook.journal import OvertakenError
from grader.gradebook.marked import Marked
from grader.gradebook.standing import standings
from grader.gradebook.tables import APPEND_ONLY
from tests.gradebook.conftest import Opening
from tests.gradebook.entering import QUESTION, give, mark, stands, word
from tests.gradebook.marked import result


def test_the_newest_mark_counts_and_the_older_stays_in_the_trail(book: Gradebook) -> None:
    mark(book, 1, by="ada")
    mark(book, 1.5, by="bo")
    decision = stands(book).decision
    assert decision is not None
    assert (decision.points, decision.author) == (1.5, "bo")
    assert [(entry.author, entry.sequence) for entry in book.journal.history()] == [("bo", 2), ("ada", 1)]


def test_a_mark_for_a_state_that_is_no_longer_the_newest_is_refused(book: Gradebook) -> None:
    mark(book, 1, by="ada", seen=0)
    with pytest.raises(OvertakenError, match="one by ada that came first") as refused:
        mark(book, 2, by="bo", seen=0)
    assert refused.value.newest.author == "ada"
    mark(book, 2, by="bo", seen=1)
    assert stands(book).mark_sequence == 2


def test_changes_made_together_are_entered_together_or_not_at_all(book: Gradebook) -> None:
    mark(book, 1, by="ada")
    remark = Change(Subject("remark", QUESTION, "lee"), Remark(text="Say why."), 0)
    late = Change(Subject("mark", QUESTION, "lee"), Mark(points=2, maximum=2, basis="the answer"), 0)
    with pytest.raises(OvertakenError):
        book.journal.write("bo", [remark, late])
    assert stands(book).remark == ""


def test_undo_brings_back_what_stood_before_and_is_itself_in_the_trail(book: Gradebook) -> None:
    mark(book, 1, by="ada")
    second = mark(book, 0, by="ada")
    undone = book.journal.take_back("ada", second)
    decision = stands(book).decision
    assert decision is not None
    assert decision.points == 1
    newest = book.journal.history()[0]
    assert (newest.sequence, newest.undoes) == (3, second)
    book.journal.take_back("ada", undone)
    again = stands(book).decision
    assert again is not None
    assert again.points == 0


def test_undo_of_the_first_mark_leaves_the_graders_verdict(book: Gradebook) -> None:
    book.journal.take_back("ada", mark(book, 1))
    assert stands(book).decision is None


def test_undo_never_wipes_out_what_another_person_did_since(book: Gradebook) -> None:
    first = mark(book, 1, by="ada")
    mark(book, 2, by="bo")
    with pytest.raises(OvertakenError):
        book.journal.take_back("ada", first)
    decision = stands(book).decision
    assert decision is not None
    assert decision.author == "bo"


def test_rewording_a_comment_changes_it_for_everyone_who_got_it(book: Gradebook) -> None:
    word(book, "c1", "Say why freezing helps.")
    give(book, "c1", "lee")
    give(book, "c1", "kim")
    word(book, "c1", "Say why a frozen base keeps what it learnt.")
    for submission in ("lee", "kim"):
        assert stands(book, submission).comments == (("c1", "Say why a frozen base keeps what it learnt."),)


def test_an_appeal_and_its_answer(book: Gradebook) -> None:
    book.journal.write("ada", [Change(Subject("appeal", QUESTION, "lee", "a1"), Appeal(text="I did say why."))])
    assert stands(book).appeals[0].reply == ""
    reply = Change(Subject("reply", QUESTION, "lee", "a1"), Reply(text="You did; full points."))
    book.journal.write("bo", [reply])
    appeal = stands(book).appeals[0]
    assert (appeal.text, appeal.author, appeal.reply, appeal.reply_author) == (
        "I did say why.", "ada", "You did; full points.", "bo",
    )  # fmt: skip


def test_automatic_acceptance_is_a_decision_of_its_own(book: Gradebook) -> None:
    on = Change(Subject("acceptance", QUESTION), Acceptance(on=True, agreement=0.93, marks=15))
    book.journal.write("ada", [on])
    assert standings(book.journal.newest()).acceptances[QUESTION].on


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "verb", ["DELETE FROM {table}", "UPDATE {table} SET id = id + 1000", "TRUNCATE {table} CASCADE"]
)
def test_nobody_changes_or_removes_a_row(book: Gradebook, table: str, verb: str, database: str | None) -> None:
    if database is None and verb.startswith("TRUNCATE"):
        pytest.skip("SQLite has no TRUNCATE")
    mark(book, 1)
    book.markings.record("0" * 64, [], [])
    fill(book)
    before = book.journal.history()
    with book.journal._engine.begin() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
    with pytest.raises(DBAPIError, match="only grows"), book.journal._engine.begin() as connection:
        connection.execute(text(verb.format(table=table)))
    assert book.journal.history() == before


def fill(book: Gradebook) -> None:
    """One marking with one verdict."""
    book.markings.record("0" * 64, [QUESTION], [Marked(result(), {QUESTION: "x"}, "0" * 64, "0" * 64)])


def test_no_row_is_replaced_under_its_old_number(book: Gradebook, database: str | None) -> None:
    if database is not None:
        pytest.skip("PostgreSQL has no INSERT OR REPLACE; ON CONFLICT DO UPDATE is an UPDATE, which is refused")
    mark(book, 1)
    columns = "id, book_id, kind, submission, criterion, target, sequence, value, action, undoes, author, at"
    other = columns.replace("id, book_id", "id + 7, book_id").replace("author", "'eve'")
    for changed in (columns.replace("author", "'eve'"), other):
        with pytest.raises(DBAPIError, match="only grows"), book.journal._engine.begin() as connection:
            connection.execute(text(f"INSERT OR REPLACE INTO entries ({columns}) SELECT {changed} FROM entries"))
    assert [entry.author for entry in book.journal.history()] == ["ada"]


def test_a_book_opened_again_has_everything(opening: Opening) -> None:
    with opening() as book:
        mark(book, 1)
        name = book.name
    with opening() as book:
        assert book.name == name
        assert stands(book).decision is not None


def test_two_folders_in_one_database_share_nothing(tmp_path: Path, database: str | None) -> None:
    url = database or f"sqlite:///{tmp_path}/both.sqlite3"
    for name in ("monday", "friday"):
        (tmp_path / name).mkdir()
    with open_gradebook(tmp_path / "monday", "lab06", url) as monday:
        mark(monday, 1)
    with open_gradebook(tmp_path / "friday", "lab06", url) as friday:
        assert stands(friday).decision is None
