"""Which rubric a notebook is checked against."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import RubricError, UsageError
from grader.rubric.beside import rubric_for
from tests.rubric.writing import CRITERION, HEAD


def test_the_rubric_in_the_notebooks_folder(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(HEAD + CRITERION)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert rubric_for(tmp_path / "lab.ipynb", None).lab.id == "lab"


def test_without_one_the_lab_of_this_project(tmp_path: Path) -> None:
    assert rubric_for(tmp_path / "lab.ipynb", None).lab.id == "lab06"


def test_two_rubrics_are_a_question_for_the_student(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(HEAD + CRITERION)
    with pytest.raises(UsageError, match=r"Expected one rubric beside the notebook. Received a.toml, b.toml"):
        rubric_for(tmp_path / "lab.ipynb", None)


@pytest.mark.parametrize(
    "stray",
    [
        "[lab]\n[[criteria]]\nid = ",
        "# [lab] and [[criteria]] are tables of a rubric\n[tool.x]\n",
        "text = 'see [lab] and [[criteria]]'\n",
        "[" * 5000,
        "\0",
    ],
    ids=["a rubric half written", "a comment", "a text", "very deep", "a null character"],
)
def test_a_stray_file_beside_the_rubric_changes_nothing(tmp_path: Path, stray: str) -> None:
    (tmp_path / "ours.toml").write_text(HEAD + CRITERION)
    (tmp_path / "a-stray.toml").write_text(stray)
    assert rubric_for(tmp_path / "lab.ipynb", None).lab.id == "lab"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    assert rubric_for(tmp_path / "lab.ipynb", None).lab.id == "lab06"


def test_the_only_rubric_is_broken_so_its_mistake_is_told_and_no_other_rubric_taken(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(HEAD + CRITERION + "\nid = ")
    with pytest.raises(RubricError, match=r"ours\.toml"):
        rubric_for(tmp_path / "lab.ipynb", None)
