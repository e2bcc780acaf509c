"""Which rubric a notebook is checked against."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import UsageError
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
