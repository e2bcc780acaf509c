"""Marking one question across the class."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from grader.evidence.store import save_evidence, stored_evidence
from grader.gradebook.standing import Standing
from tests.review.classes import GOOD, QUESTION, Visitor, class_of_five, judged, visiting


def stands(visitor: Visitor, id_: str, criterion: str = QUESTION) -> Standing:
    """What stands about one answer."""
    return visitor.classroom.standing().get(id_, criterion)


def points(visitor: Visitor, id_: str, criterion: str = QUESTION) -> float | None:
    """The points that a person gave."""
    decision = stands(visitor, id_, criterion).decision
    return None if decision is None else decision.points


def test_a_student_text_is_shown_and_never_markup(visitor: Visitor) -> None:
    page = visitor.text(visitor.answer("dana"))
    assert "&lt;img src=x onerror=" in page
    assert "<img" not in page
    assert "<img" not in visitor.text(f"/questions/{QUESTION}")


def test_key_points_found_are_marked_in_the_text(visitor: Visitor) -> None:
    page = visitor.text(visitor.answer("ada"))
    assert '<mark class="found" title="Key point: ' in page


def test_a_mark_leads_to_the_next_answer_and_stands_with_who_and_when(visitor: Visitor) -> None:
    response = visitor.mark("ada", 0.75)
    assert response.status_code == 303
    assert "/answers/" in response.location
    assert "done=" in response.location
    decision = stands(visitor, "ada").decision
    assert decision is not None
    assert (decision.points, decision.author, decision.mark.maximum) == (0.75, "Grace", 1)
    assert decision.mark.suggested is not None
    assert "1 of 4 marked" in visitor.text(f"/questions/{QUESTION}")


def test_after_the_last_answer_the_overview_says_so(visitor: Visitor) -> None:
    for id_ in ("ada", "bo", "chen"):
        visitor.mark(id_, 1)
    assert visitor.mark("dana", 1).location.startswith(f"/questions/{QUESTION}?done=")
    assert "4 of 4 marked" in visitor.text(f"/questions/{QUESTION}")
    assert visitor.get(f"/questions/{QUESTION}/next").location == f"/questions/{QUESTION}"


def test_an_empty_answer_is_no_work_for_anyone(visitor: Visitor) -> None:
    assert "1 submission without an answer" in visitor.text(f"/questions/{QUESTION}")
    assert visitor.get(visitor.answer("emre")).status_code == 404


@pytest.mark.parametrize("sent", ["2", "-1", "nan", "inf", "1e400", "one", "0x1", "9" * 30])
def test_points_that_are_none_change_nothing(visitor: Visitor, sent: str) -> None:
    assert visitor.post(visitor.answer("ada"), points=sent, seen=0).status_code == 400
    assert points(visitor, "ada") is None


def test_undo_of_a_mark(visitor: Visitor) -> None:
    visitor.mark("ada", 1)
    visitor.mark("ada", 0, seen=1)
    action = visitor.classroom.book.journal.history()[0].action
    assert visitor.post("/undo", action=action, back=visitor.answer("ada")).location == visitor.answer("ada")
    assert points(visitor, "ada") == 1
    assert "Taken back: Ada Ærø: 1 of 1" in visitor.text("/history")


def test_the_second_of_two_graders_is_told_and_nothing_of_the_first_is_lost(visitor: Visitor) -> None:
    visitor.mark("ada", 1, seen=0)
    response = visitor.mark("ada", 0, seen=0, remark="No.")
    assert response.status_code == 409
    assert "Grace was faster" in response.text
    assert "you wanted to give 0" in response.text
    assert points(visitor, "ada") == 1
    assert stands(visitor, "ada").remark == ""
    assert ">No.</textarea>" in response.text
    assert 'name="seen" value="1"' in response.text
    assert visitor.mark("ada", 0, seen=1, remark="No.").status_code == 303
    assert (points(visitor, "ada"), stands(visitor, "ada").remark) == (0, "No.")


def test_undo_stops_where_something_was_changed_later(visitor: Visitor) -> None:
    visitor.mark("ada", 1)
    first = visitor.classroom.book.journal.history()[0].action
    visitor.mark("ada", 0, seen=1)
    response = visitor.post("/undo", action=first)
    assert response.status_code == 409
    assert "changed later, by Grace. Take that back first" in response.text
    assert points(visitor, "ada") == 0


def test_equal_answers_stand_in_one_group_and_are_marked_together(visitor: Visitor) -> None:
    page = visitor.text(f"/questions/{QUESTION}")
    assert page.index("2 answers") < page.index("1 answer</h3>")
    handles = [visitor.classroom.submissions[id_].handle for id_ in ("ada", "bo")]
    visitor.post(f"/questions/{QUESTION}/group", points=1, of=handles)
    assert (points(visitor, "ada"), points(visitor, "bo"), points(visitor, "chen")) == (1, 1, None)
    action = visitor.classroom.book.journal.history()[0].action
    visitor.post("/undo", action=action)
    assert (points(visitor, "ada"), points(visitor, "bo")) == (None, None)


def test_a_reusable_comment_is_given_reworded_for_all_and_taken_away(visitor: Visitor, out: Path) -> None:
    visitor.mark("ada", 1, new_comment="Say why.")
    (id_,) = (id_ for id_, _ in stands(visitor, "ada").comments)
    assert "Say why." in visitor.text(visitor.answer("bo"))
    visitor.mark("bo", 0.5, comment=id_)
    visitor.post(f"/comments/{QUESTION}", comment=id_, seen=1, text="Say why <freezing> helps.")
    visitor.post("/export/write")
    for name in ("ada", "bo"):
        assert "Say why &lt;freezing&gt; helps." in (out / f"reports/{name}.html").read_text()
    visitor.post(visitor.answer("bo"), do="comments", remark_seen=0)
    assert stands(visitor, "bo").comments == ()
    assert points(visitor, "bo") == 0.5


def test_hidden_names_are_nowhere_on_the_pages_for_marking(visitor: Visitor) -> None:
    assert "Ærø" in visitor.text(f"/questions/{QUESTION}")
    visitor.post("/settings", order="random", names="hidden", keys="on", criterion=QUESTION)
    visitor.mark("ada", 1)
    done = visitor.classroom.book.journal.history()[0].action
    for page in (f"/questions/{QUESTION}?done={done}", f"{visitor.answer('bo')}?done={done}", "/history"):
        text = visitor.text(page)
        assert "Ærø" not in text
        assert "submissions/" not in text


def test_random_order_is_another_one_and_stays(visitor: Visitor, tmp_path: Path) -> None:
    many = class_of_five(tmp_path / "many", {f"s{number:02}": GOOD for number in range(20)})
    with visiting(many) as one:
        one.post("/settings", order="name", keys="on")
        by_name = one.text(f"/questions/{QUESTION}")
        one.post("/settings", order="random", keys="on")
        shuffled = one.text(f"/questions/{QUESTION}")
        ids = [f"S{number:02} Ærø" for number in range(20)]
        assert sorted(ids, key=by_name.index) == ids
        assert sorted(ids, key=shuffled.index) != ids
        assert one.text(f"/questions/{QUESTION}") == shuffled


def test_a_mark_given_for_another_answer_is_shown_for_another_look(visitor: Visitor, out: Path) -> None:
    visitor.mark("ada", 1)
    evidence = next(iter(stored_evidence(out, ["ada"])))
    changed = tuple(a.model_copy(update={"text": "Something else entirely."}) for a in evidence.answers)
    save_evidence(out, evidence.model_copy(update={"answers": changed}))
    (out / "batch.json").touch()
    judged(out)
    page = visitor.text(visitor.answer("ada"))
    assert "The answer changed since this was marked." in page
    assert "1 mark was given for other points or another text" in visitor.text(f"/questions/{QUESTION}")
    visitor.post(visitor.answer("ada"), do="confirm", seen=1, remark_seen=0)
    assert "changed since this was marked" not in visitor.text(visitor.answer("ada"))
    assert points(visitor, "ada") == 1


def test_of_a_file_that_could_not_be_read_no_mark_is_suggested(visitor: Visitor, out: Path) -> None:
    evidence = next(iter(stored_evidence(out, ["ada"])))
    run = evidence.run.model_copy(update={"status": "unreadable", "explanation": "The file breaks off."})
    save_evidence(out, evidence.model_copy(update={"answers": (), "run": run}))
    judged(out)
    page = visitor.text(visitor.answer("ada"))
    assert "No text of this answer could be read" in page
    assert "Nothing is suggested here" in page
    assert 'data-key="Enter"' not in page
    assert "1 answer without any text" in visitor.text(f"/questions/{QUESTION}")


def test_nothing_is_accepted_before_ten_marks(visitor: Visitor) -> None:
    assert "10 marks on this question are needed" in visitor.text(f"/questions/{QUESTION}")
    assert visitor.post(f"/questions/{QUESTION}/acceptance", do="on").status_code == 403
    assert visitor.classroom.book.journal.history() == []


def test_the_finished_table(visitor: Visitor) -> None:
    visitor.mark("ada", 0.5)
    rows = list(csv.DictReader(io.StringIO(visitor.text("/export/grades.csv"))))
    assert [row["id"] for row in rows] == ["ada", "bo", "chen", "dana", "emre"]
    assert (rows[0][QUESTION], rows[0][f"{QUESTION} status"], rows[1][QUESTION]) == ("0.5", "partial", "")
    assert visitor.text("/export/grades.csv?only=final").count("\n") == 1
