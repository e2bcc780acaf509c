"""The written answers in the samples are found under every form of the question, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.answers.find import find_answers
from grader.evidence.model import Answer
from grader.rubric.load import load_rubric
from grader.submission.notebook import cells_of, read_notebook
from tests.samples import ROOT, Sample, load_expected

READABLE = [sample for sample in load_expected() if sample.kind != "not-json"]
UNANSWERED = ("nothing-answered", "empty")
TEMPLATE = ROOT / "reference_solution" / "lab06_template.ipynb"

BEGINNINGS = {
    "exemplary-other-style": (
        "In transfer learning we take a model",
        "After training the head we can unfreeze",
        "To not destroy the learned weights",
        "To have more variety of images",
    ),
    "scaled-twice": (
        "transfer learning is reusing a model",
        "unfreezing (some of) the pretrained layers",
        "so it doesn't get trained",
        "with flips + rotations",
    ),
    "top-kept": (
        "Transfer learning use a pretrained network",
        "Fine-tuning unfreeze some top layers",
        "Freeze the base can prevent",
        "Increase the diversity",
    ),
    "crashes-half-way": (
        "Transfer learning uses knowledge from one task",
        "Fine-tuning is retraining some of the last layers",
        "So that the weights are not updated",
        "It helps when we do not have a large dataset",
    ),
    "no-augmentation": (
        "It is like a person who already speaks Spanish",
        "To defrost the last layers",
        "If the base is not frozen",
        "For the dataset to be bigger",
    ),
}
"""Questions as bold text, lower case, with `Answer:`, in the same cell, and paraphrased under a heading."""


def answers_in(path: Path) -> tuple[Answer, ...]:
    template = cells_of(read_notebook(TEMPLATE).notebook)
    return find_answers(cells_of(read_notebook(path).notebook), load_rubric("lab06").questions(), template)


@pytest.mark.parametrize("sample", READABLE, ids=lambda sample: sample.kind)
def test_all_four_answers_are_found_or_none(sample: Sample) -> None:
    found = [answer.found for answer in answers_in(sample.path)]
    assert found == [sample.kind not in UNANSWERED] * 4


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_what_is_found_is_what_the_student_wrote(kind: str) -> None:
    (sample,) = (sample for sample in READABLE if sample.kind == kind)
    for answer, beginning in zip(answers_in(sample.path), BEGINNINGS[kind], strict=True):
        assert answer.text.lstrip("*: ").removeprefix("Answer:").lstrip("*: ").startswith(beginning)
