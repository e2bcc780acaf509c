"""What exports read: the class as it counts today, from the book alone."""

from __future__ import annotations

from sqlalchemy import text

from grader.gradebook.book import Gradebook
from grader.gradebook.marked import Marked
from grader.gradebook.read import grades
from tests.gradebook.entering import QUESTION, give, mark, word
from tests.gradebook.marked import result, verdict

WORK = {QUESTION: "the answer", "frozen": "the code"}


def deliver(book: Gradebook, *marked: Marked) -> None:
    """As `grader batch` and `grader judge` do."""
    book.markings.record("r" * 64, ["frozen", QUESTION], marked)


def as_marked(submission: str = "lee", name: str = "Lee Min", evidence: str = "e" * 64) -> Marked:
    """One submission with a met criterion and an answer that waits."""
    return Marked(result(submission=submission, name=name), WORK, evidence, "r" * 64)


def test_rows_come_in_the_order_of_the_class_with_what_people_decided(book: Gradebook) -> None:
    deliver(book, as_marked("lee"), as_marked("kim", "Kim So"))
    mark(book, 1, submission="kim")
    word(book, "c1", "Say why.")
    give(book, "c1", "kim")
    lee, kim = grades(book)
    assert (lee.submission, lee.points, lee.pending, lee.final) == ("lee", 2, 2, False)
    assert (kim.name, kim.points, kim.pending, kim.final) == ("Kim So", 3, 0, True)
    assert [(grade.points, grade.decided_by, grade.final) for grade in lee.criteria] == [
        (2, "grader", True), (None, "nobody", False),
    ]  # fmt: skip
    assert kim.criteria[1].decided_by == "person"
    assert kim.comments == (f"{QUESTION.capitalize()}: Say why.",)


def test_an_empty_book_has_no_rows(book: Gradebook) -> None:
    assert grades(book) == []


def test_marking_the_same_again_adds_nothing(book: Gradebook) -> None:
    deliver(book, as_marked())
    deliver(book, as_marked())
    newest = book.markings.newest()
    assert newest is not None
    assert len(newest.marked) == 1
    assert count(book, "markings") == 1
    deliver(book, as_marked(evidence="f" * 64))
    assert count(book, "markings") == 2
    assert grades(book)[0].points == 2


def count(book: Gradebook, table: str) -> int:
    """Rows of this book in a table."""
    with book.journal._engine.connect() as connection:
        query = text(f"SELECT count(*) FROM {table} JOIN books ON books.id = book_id WHERE books.name = :name")
        return int(connection.execute(query, {"name": book.name}).scalar_one())


def test_who_is_no_longer_in_the_class_is_not_in_the_rows_but_in_the_book(book: Gradebook) -> None:
    deliver(book, as_marked("lee"), as_marked("kim"))
    mark(book, 2, submission="kim")
    deliver(book, as_marked("lee"))
    assert [row.submission for row in grades(book)] == ["lee"]
    deliver(book, as_marked("lee"), as_marked("kim"))
    assert grades(book)[1].final


def test_names_no_database_would_take(book: Gradebook) -> None:
    hostile = Marked(result(verdict("frozen", "met", 2), name="Bobby\x00'; DROP TABLE books; --\ud800"), WORK, "e", "r")
    deliver(book, hostile)
    assert grades(book)[0].name.startswith("Bobby\ufffd'; DROP TABLE")
