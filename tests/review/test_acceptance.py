"""Suggestions learn from marks; accepting without a look takes agreement, and never fails anyone."""

from __future__ import annotations

from pathlib import Path

from benchmarks.answering_class import write_class
from grader.review.forms import mark_change
from grader.review.suggesting import Suggester
from tests.report.examples import EXAMPLES
from tests.review.classes import LAB, QUESTION, judged, visiting
from tests.review.test_marking import points


def like_a_teacher(text: str) -> float:
    """Marks by the good sentences in an answer: what a suggestion can learn."""
    good = ("destroy", "weights fixed", "overfit", "fewer parameters")
    return min(1.0, sum(word in text for word in good) / 2)


def test_after_enough_marks_that_agree_good_suggestions_can_be_accepted_and_undone(tmp_path: Path) -> None:
    out = write_class(tmp_path / "out", LAB, EXAMPLES["exemplary"]().evidence, 80, seed=3)
    judged(out)
    with visiting(out) as visitor:
        written = {
            id_: visitor.classroom.answers(one)["freezing"].text
            for id_, one in visitor.classroom.submissions.items()
            if visitor.classroom.answers(one)["freezing"].text
        }
        marked = list(written)[:40]
        criterion = visitor.classroom.criterion(QUESTION)
        assert criterion is not None
        given = [(visitor.classroom.submissions[id_], like_a_teacher(written[id_])) for id_ in marked]
        changes = [mark_change(criterion, one, mark, seen=0) for one, mark in given]
        visitor.classroom.book.journal.write("Grace", changes)
        page = visitor.text(f"/questions/{QUESTION}")
        assert "learned from" in page
        assert "Accept " in page, page[page.index("Suggested marks") :][:900]
        visitor.post(f"/questions/{QUESTION}/acceptance", do="on")
        accepted = [id_ for id_ in written if id_ not in marked and points(visitor, id_) is not None]
        assert accepted
        assert all((points(visitor, id_) or 0) >= 0.75 for id_ in accepted)
        assert set(marked).isdisjoint(accepted)
        assert "Automatic acceptance is on." in visitor.text(f"/questions/{QUESTION}")
        visitor.post("/undo", action=visitor.classroom.book.journal.history()[0].action)
        assert all(points(visitor, id_) is None for id_ in accepted)
        assert "Automatic acceptance is on." not in visitor.text(f"/questions/{QUESTION}")
        assert points(visitor, marked[0]) is not None


def test_marks_accepted_without_a_look_teach_nothing(tmp_path: Path) -> None:
    out = write_class(tmp_path / "out", LAB, EXAMPLES["exemplary"]().evidence, 30, seed=4)
    judged(out)
    with visiting(out) as visitor:
        criterion = visitor.classroom.criterion(QUESTION)
        assert criterion is not None
        everyone = visitor.classroom.submissions.values()
        changes = [mark_change(criterion, one, 1, seen=0, automatic=True) for one in everyone]
        visitor.classroom.book.journal.write("Grace", changes)
        suggested = Suggester(visitor.classroom).suggested(criterion, visitor.classroom.standing())
        assert suggested.learned.agreement is None
