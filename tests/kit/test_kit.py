"""What a student gets, and what must not be in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from grader.cli import cli
from grader.kit.public_rubric import public_rubric_text
from grader.kit.student_notebook import student_notebook
from grader.kit.write import write_kit
from grader.rubric.load import load_rubric, parse_rubric
from grader.rubric.public import public_part
from tests.rubric.writing import CRITERION, HEAD, rubric

SECRET = """
[[criteria]]
id = "secret"
title = "Something only the teacher looks at"
check = "head"
points = 1
public = false
"""
QUESTION = """
[[criteria]]
id = "why"
title = "Why?"
check = "written_answer"
points = 1
[criteria.question]
id = "why"
text = "Why is the base frozen?"
[[criteria.question.key_points]]
id = "protects"
text = "The learned filters stay intact"
phrases = ["keeps the learned filters"]
"""


def test_hidden_criteria_and_key_points_stay_with_the_teacher() -> None:
    text = public_rubric_text(rubric(HEAD + CRITERION + SECRET + QUESTION))
    assert "Why is the base frozen?" in text
    for hidden in ("secret", "Something only", "key_points", "learned filters", "reference.ipynb"):
        assert hidden not in text


def test_the_public_part_is_a_rubric_that_says_the_same() -> None:
    whole = load_rubric("lab06")
    again = parse_rubric(public_rubric_text(whole).encode(), "lab06.toml")
    for ours, theirs in zip(public_part(whole).criteria, again.criteria, strict=True):
        same = {"id", "title", "check", "points", "depends_on", "requires"}
        assert ours.model_dump(include=same) == theirs.model_dump(include=same)
        if ours.question is None:
            assert (ours.parameters, ours.costs, ours.messages, ours.hints) == (
                theirs.parameters, theirs.costs, theirs.messages, theirs.hints,
            )  # fmt: skip
    assert [later.title for later in again.lab.later] == ["The trained model is as accurate as the reference"]


def test_the_notebook_asks_every_question_once_and_checks_itself() -> None:
    whole = load_rubric("lab06")
    notebook = student_notebook(whole)
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert text.count("%load_ext grader") == 1
    assert text.count("Why use data augmentation?") == 1
    assert notebook.cells[-1].source == "%check"


def test_a_lab_without_a_template_gets_one_with_its_questions(tmp_path: Path) -> None:
    notebook = student_notebook(rubric(HEAD + CRITERION + QUESTION))
    assert any("Why is the base frozen?" in cell.source for cell in notebook.cells)
    assert all(not cell.get("outputs") for cell in notebook.cells)


def test_the_command_writes_a_folder_and_a_zip(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        cli, ["kit", "lab06", "--out", str(tmp_path / "kit"), "--zip", "--package", "lab-grader"]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "kit").iterdir()) == ["README.md", "lab06.ipynb", "lab06.toml"]
    assert "pip install lab-grader jupyterlab" in (tmp_path / "kit/README.md").read_text()
    with zipfile.ZipFile(tmp_path / "kit.zip") as archive:
        assert archive.namelist() == ["kit/README.md", "kit/lab06.ipynb", "kit/lab06.toml"]


@pytest.mark.slow
def test_the_wheel_in_the_kit_holds_the_package_and_nothing_of_the_course(tmp_path: Path) -> None:
    kit = write_kit(load_rubric("lab06"), tmp_path / "kit", package=None, zipped=False)
    (wheel,) = [name for name in kit.files if name.endswith(".whl")]
    with zipfile.ZipFile(tmp_path / "kit" / wheel) as archive:
        names = archive.namelist()
        contents = b"".join(archive.read(name) for name in names if name.endswith((".py", ".toml", ".json", ".html")))
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"grader"}
    assert "grader/selfcheck/templates/selfcheck.html" in names
    for point in load_rubric("lab06").questions()[0].key_points:
        assert all(phrase.encode() not in contents for phrase in point.phrases if len(phrase) > 25)
