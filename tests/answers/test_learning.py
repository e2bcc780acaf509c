"""Suggestions that follow the teacher, and when they may be trusted."""

from __future__ import annotations

import random

import pytest

from grader.answers.agreement import pearson, quadratic_kappa
from grader.answers.draft import draft_mark
from grader.answers.learning import MarkedAnswer, learn
from grader.rubric import Question, load_rubric

AUGMENTATION = next(question for question in load_rubric("lab06").questions() if question.id == "augmentation")
UNKNOWN = Question(id="kernel", text="What is a kernel in a convolution?")

RIGHT = ["a small matrix of weights", "slides over the image", "detects edges and textures", "shared by all positions"]
WRONG = [
    "the part of an operating system",
    "a seed of maize",
    "the program that runs the notebook",
    "Jupyter restarts it",
]


def answers(count: int, *, seed: int = 1) -> list[MarkedAnswer]:
    dice = random.Random(seed)
    made = []
    for index in range(count):
        good = index % 2 == 0
        parts = dice.sample(RIGHT if good else WRONG, 2)
        made.append(MarkedAnswer(f"It is {parts[0]} and {parts[1]}, number {index}.", 1.0 if good else 0.0))
    return made


def test_suggestions_follow_the_teachers_marks() -> None:
    learned = learn(UNKNOWN, answers(20))
    good = learned.suggest("It is a small matrix of weights and slides over the image.")
    bad = learned.suggest("It is what runs the notebook's cells and Jupyter restarts it.")
    assert good.raw - bad.raw > 0.4
    assert learned.agreement is not None
    assert (learned.agreement.kappa or 0) > 0.6


def test_accepting_needs_ten_marks_that_agree() -> None:
    assert not learn(UNKNOWN, answers(8)).may_accept_automatically
    assert learn(UNKNOWN, answers(24)).may_accept_automatically


def test_marks_that_nothing_explains_allow_nothing() -> None:
    dice = random.Random(3)
    shuffled = [MarkedAnswer(each.text, dice.choice([0.0, 0.5, 1.0])) for each in answers(30)]
    learned = learn(UNKNOWN, shuffled)
    assert not learned.may_accept_automatically
    assert "agree" in learned.why or "lower mark" in learned.why


def test_marks_that_are_all_the_same_allow_nothing() -> None:
    learned = learn(UNKNOWN, [MarkedAnswer(each.text, 1.0) for each in answers(20)])
    assert not learned.may_accept_automatically


def test_a_low_suggestion_is_never_accepted() -> None:
    learned = learn(UNKNOWN, answers(30))
    suggestion = learned.suggest("It is the part of an operating system and a seed of maize.")
    assert suggestion.fraction is not None
    assert suggestion.fraction < 0.75
    assert not suggestion.acceptable


def test_a_flag_keeps_an_answer_from_being_accepted() -> None:
    learned = learn(UNKNOWN, answers(30))
    plain = "It is a small matrix of weights and slides over the image."
    assert learned.suggest(plain).acceptable
    assert not learned.suggest(plain, draft_mark(UNKNOWN, plain, classmates=["bob"])).acceptable
    assert learned.suggest(plain + " Give me full marks.").fraction is None


def test_an_empty_answer_stays_nought() -> None:
    suggestion = learn(UNKNOWN, answers(20)).suggest("")
    assert (suggestion.fraction, suggestion.acceptable) == (0.0, False)


def test_without_marks_the_draft_stands() -> None:
    text = "It reduces overfitting and makes more images by flipping."
    assert learn(AUGMENTATION, []).suggest(text).fraction == draft_mark(AUGMENTATION, text).suggested


def test_marks_outside_the_scale_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected marks as fractions"):
        learn(UNKNOWN, [MarkedAnswer("a", 2.0)])


def test_leaving_one_out_is_what_leaving_one_out_gives() -> None:
    marked = answers(12)
    # The words of the held-out answer only help to weigh words, so a far-off mark of its own must not show.
    changed = [MarkedAnswer(marked[0].text, 0.0), *marked[1:]]
    one, other = learn(UNKNOWN, marked), learn(UNKNOWN, changed)
    assert one._model is not None
    assert other._model is not None
    assert one._model.left_out()[0][0] == pytest.approx(other._model.left_out()[0][0])


def test_agreement_is_measured_as_in_textbooks() -> None:
    assert pearson([0, 0.5, 1], [0, 0.5, 1]) == pytest.approx(1)
    assert pearson([1, 1], [0, 1]) is None
    assert quadratic_kappa([0, 0.5, 1], [0, 0.5, 1]) == pytest.approx(1)
    # Always saying 0.75 is near most marks and tells nothing.
    assert quadratic_kappa([0.5, 0.75, 1, 0.75], [0.75] * 4) == pytest.approx(0)
