"""What a student reads about a written answer, and never reads."""

from __future__ import annotations

import base64

from grader.evidence.model import Answer, Cell, Difference, Evidence, Picture, Place
from grader.judge import judge
from grader.report import render_report
from grader.report.feedback import NOTHING, feedback, shown_pictures, without_answer_keys
from grader.rubric import load_rubric
from tests.evidence_examples import good

RUBRIC = load_rubric("lab06")
AUGMENTATION = next(question for question in RUBRIC.questions() if question.id == "augmentation")
TEXT = "It makes more varied images, so the model <b>overfits</b> less."


def page(evidence: Evidence, **changes: bool) -> str:
    rubric = without_answer_keys(RUBRIC) if changes.get("private") else RUBRIC
    return render_report(evidence, judge(rubric, evidence), rubric)


def with_answer(text: str) -> Evidence:
    answer = Answer(question="augmentation", found=True, text=text, confidence=1.0, place=Place(cell=1))
    return good().model_copy(update={"answers": (answer,)})


def test_found_words_are_marked_and_missing_points_named() -> None:
    seen = feedback(AUGMENTATION, Answer(question="augmentation", found=True, text=TEXT))
    assert "".join(run.text for run in seen.runs) == TEXT
    assert "overfits" in [run.text for run in seen.runs if run.marked]
    assert any("It reduces overfitting" in words for words in seen.found)
    assert any("little data" in words for words in seen.missing)
    html = page(with_answer(TEXT))
    assert "<mark>overfits</mark>" in html
    assert "<b>" not in html


def test_key_points_that_are_not_public_stand_nowhere() -> None:
    html = page(with_answer(TEXT), private=True)
    assert "<mark>" not in html
    for point in AUGMENTATION.key_points:
        assert point.text not in html
    for wrong in AUGMENTATION.misconceptions:
        assert wrong.text not in html


def test_nothing_is_said_about_text_that_is_not_the_students_own() -> None:
    answer = Answer(question="augmentation", found=True, text=TEXT, flags=("tutorial_text",))
    assert feedback(AUGMENTATION, answer) == NOTHING


def test_differences_between_report_and_notebook_stand_at_the_top() -> None:
    words = "About dropout your report says `Dropout(0.2)`, and your notebook nothing of the kind."
    evidence = good().model_copy(update={"differences": (Difference(topic="dropout", words=words),)})
    assert "Your report and your notebook disagree" in page(evidence)


def test_a_picture_is_shown_only_as_what_we_made() -> None:
    cell = Cell(position=3, kind="code", source="x = 1", document="a.docx", picture=1)
    png = base64.b64encode(b"\x89PNG").decode()
    places = [Place(cell=3, document="a.docx")] * 2
    shown = Picture(number=1, document="a.docx", confidence=0.5, png=png)
    (one,) = shown_pictures(places, {3: cell}, {1: shown})
    assert one.source.startswith("data:image/png;base64,")
    assert "50" in one.caption
    forged = shown.model_copy(update={"png": '"><script>'})
    assert shown_pictures(places, {3: cell}, {1: forged}) == ()
