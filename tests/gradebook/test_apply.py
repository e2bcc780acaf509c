"""A person's mark counts over the grader's, survives what changes, and says when to look again."""

from __future__ import annotations

import pytest

from grader.gradebook.apply import with_decisions
from grader.gradebook.book import Gradebook
from grader.gradebook.standing import standings
from grader.verdict import Result
from tests.gradebook.entering import QUESTION, give, mark, stands, word
from tests.gradebook.marked import result, verdict

WORK = {QUESTION: "the answer", "frozen": "the code"}


def counts(book: Gradebook, judged: Result, work: dict[str, str] | None = None) -> Result:
    """The result as it counts."""
    return with_decisions(judged, WORK if work is None else work, standings(book.journal.newest()))


def test_without_a_decision_the_graders_result_stays_as_it_is(book: Gradebook) -> None:
    judged = result()
    assert counts(book, judged) == judged


def test_a_mark_makes_a_waiting_answer_final(book: Gradebook) -> None:
    mark(book, 1.5)
    now = counts(book, result())
    assert (now.total.points, now.total.pending, now.total.final, now.status) == (3.5, 0, True, "graded")
    decided = now.verdicts[1]
    assert (decided.status, decided.points) == ("partial", 1.5)
    assert decided.decision is not None
    assert decided.decision.machine_status == "needs_review"


def test_any_criterion_can_be_overridden_also_downwards(book: Gradebook) -> None:
    mark(book, 0, criterion="frozen", basis="the code")
    now = counts(book, result())
    assert (now.verdicts[0].status, now.total.points) == ("unmet", 0)


def test_a_mark_survives_another_verdict_of_the_grader(book: Gradebook) -> None:
    mark(book, 2)
    now = counts(book, result(verdict("frozen", "met", 2), verdict(QUESTION, "unmet", 0)))
    assert (now.verdicts[1].points, now.total.final) == (2, True)


def test_other_points_keep_the_share_and_ask_to_look_again(book: Gradebook) -> None:
    mark(book, 1, maximum=2)
    now = counts(book, result(verdict(QUESTION, "needs_review", maximum=4)))
    decided = now.verdicts[0]
    assert decided.points == 2
    assert decided.decision is not None
    assert decided.decision.again == ("points",)
    assert (now.total.counted, now.total.pending, now.total.final) == (4, 0, False)
    assert now.status == "needs_review"


def test_another_answer_keeps_the_mark_and_asks_to_look_again(book: Gradebook) -> None:
    mark(book, 2)
    now = counts(book, result(), {**WORK, QUESTION: "another answer"})
    decided = now.verdicts[1]
    assert decided.points == 2
    assert decided.decision is not None
    assert decided.decision.again == ("work",)
    assert not now.total.final


def test_a_person_can_settle_what_our_failure_left_open(book: Gradebook) -> None:
    mark(book, 2, criterion="frozen", basis="the code")
    now = counts(book, result(verdict("frozen", "infrastructure_error")))
    assert (now.status, now.total.points, now.total.final) == ("graded", 2, True)


@pytest.mark.parametrize(("points", "expected"), [(2, "needs_review"), (1, "blocked"), (0, "blocked")])
def test_what_followed_from_a_forgiven_failure_is_open_again(book: Gradebook, points: float, expected: str) -> None:
    mark(book, points, criterion="frozen", basis="the code")
    now = counts(book, result(verdict("frozen", "unmet"), verdict("head", "blocked", blocked_by="frozen")))
    assert now.verdicts[1].status == expected


def test_comments_stand_beside_the_verdict_without_deciding_it(book: Gradebook) -> None:
    word(book, "c1", "Say why.")
    give(book, "c1")
    now = counts(book, result())
    assert now.verdicts[1].comments == ("Say why.",)
    assert now.verdicts[1].status == "needs_review"
    assert stands(book).decision is None
