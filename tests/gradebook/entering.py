"""Short ways to write entries in tests."""

from __future__ import annotations

from grader.gradebook.book import Gradebook
from grader.gradebook.entries import Change, Comment, Mark, Subject, Wording
from grader.gradebook.standing import Standing, standings

QUESTION = "question-freezing"


def mark(
    book: Gradebook, points: float | None, *, by: str = "ada", submission: str = "lee", criterion: str = QUESTION,
    maximum: float = 2, basis: str = "the answer", seen: int | None = None,
) -> str:  # fmt: skip
    """Enter a mark; returns the action."""
    subject = Subject("mark", criterion, submission)
    return book.journal.write(by, [Change(subject, Mark(points=points, maximum=maximum, basis=basis), seen)])


def word(book: Gradebook, id_: str, text: str, *, criterion: str = QUESTION, by: str = "ada") -> str:
    """Give a reusable comment its words."""
    return book.journal.write(by, [Change(Subject("wording", criterion, target=id_), Wording(text=text))])


def give(book: Gradebook, id_: str, submission: str = "lee", *, criterion: str = QUESTION, by: str = "ada") -> str:
    """Give a reusable comment to a submission."""
    return book.journal.write(by, [Change(Subject("comment", criterion, submission, id_), Comment(given=True))])


def stands(book: Gradebook, submission: str = "lee", criterion: str = QUESTION) -> Standing:
    """What stands about one criterion of one submission."""
    return standings(book.journal.newest()).get(submission, criterion)
