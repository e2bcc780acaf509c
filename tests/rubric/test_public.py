"""What a student may see of a rubric before grading."""

from __future__ import annotations

from grader.rubric.public import decided_later, public_part
from tests.rubric.writing import CRITERION, HEAD, only_mistake, rubric

SECRET = CRITERION.replace('"frozen"', '"secret"').replace('"Frozen"', '"Only we look at this"')
ACCURACY = """
[[criteria]]
id = "accuracy"
title = "As accurate as the reference"
check = "accuracy"
points = 2
"""


def test_a_criterion_is_public_unless_the_rubric_says_otherwise() -> None:
    whole = rubric(HEAD + CRITERION + SECRET + "public = false\n")
    assert [criterion.id for criterion in public_part(whole).criteria] == ["frozen"]


def test_accuracy_is_named_but_left_to_grading_because_it_needs_held_out_images() -> None:
    whole = rubric(HEAD + CRITERION + ACCURACY)
    assert [criterion.id for criterion in public_part(whole).criteria] == ["frozen"]
    assert [criterion.title for criterion in decided_later(whole)] == ["As accurate as the reference"]


def test_a_hidden_accuracy_is_not_even_named() -> None:
    assert decided_later(rubric(HEAD + CRITERION + ACCURACY + "public = false\n")) == ()


def test_a_public_criterion_may_not_hang_on_a_hidden_one() -> None:
    text = HEAD + CRITERION + 'depends_on = ["secret"]\n' + SECRET + "public = false\n"
    assert only_mistake(text) == (
        "12: Expected only public criteria in `depends_on` of a public one. Received 'secret', which is not. "
        "Write `public = false` here as well."
    )


def test_what_depends_on_accuracy_waits_for_grading_too() -> None:
    assert "depends_on" in only_mistake(HEAD + CRITERION + 'depends_on = ["accuracy"]\n' + ACCURACY)
