"""Notebooks of a course that comes from nbgrader."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.answers.find import find_answers
from grader.evidence.model import Cell
from grader.rubric.model import Question
from grader.submission.nbgrader_cells import nbgrader_cell
from grader.submission.nbgrader_tests import NOT_RUN, without_tests
from grader.submission.notebook import ReadNotebook, cells_of, notebook_from
from tests.submission.notebooks import code, notebook, text

QUESTION = Question(id="why-freeze", text="Why is the base frozen?")


def marked(grade_id: str, **flags: bool) -> dict[str, Any]:
    said = {
        "schema_version": 3,
        "grade": False,
        "locked": False,
        "solution": False,
        "task": False,
        "grade_id": grade_id,
    }
    return {"metadata": {"nbgrader": {**said, **flags}}}


TESTS = code(
    "assert accuracy > 0.9\n### BEGIN HIDDEN TESTS\nassert secret\n### END HIDDEN TESTS",
    **marked("t1", grade=True, locked=True),
)
ANSWER = marked("why_freeze", grade=True, solution=True)


def read(*cells: Any) -> ReadNotebook:
    return notebook_from(json.dumps(notebook(*cells)).encode(), "lab.ipynb")


def template(*cells: Any) -> tuple[Cell, ...]:
    return cells_of(read(*cells).notebook)


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        ({"grade": True, "locked": True}, "tests"),
        ({"grade": True, "solution": True}, "answer"),
        ({"solution": True}, "solution"),
        ({"locked": True}, "read_only"),
        ({"task": True, "grade": True}, "task"),
        ({}, None),
    ],
)
def test_kinds_of_cells(flags: dict[str, bool], kind: str | None) -> None:
    said = nbgrader_cell(marked("c-1", **flags)["metadata"], "code")
    assert (said.kind if said else None) == kind


def test_the_courses_tests_are_not_run_and_a_note_says_so() -> None:
    handed_in = without_tests(read(code("x = 1"), TESTS), template(TESTS))
    assert [cell.source for cell in handed_in.notebook.cells] == ["x = 1", NOT_RUN]
    assert "cell 2" in handed_in.repairs[-1]
    nbformat.validate(handed_in.notebook)
    assert [cell.code_cell for cell in cells_of(handed_in.notebook)] == [1, 2]


def test_a_student_cannot_call_a_failing_cell_a_test() -> None:
    own = code("1 / 0", **marked("mine", grade=True))
    assert without_tests(read(own), template(TESTS)).notebook.cells[0].source == "1 / 0"
    assert without_tests(read(TESTS), template(code("x"))).notebook.cells[0].source.startswith("assert")


def test_an_answer_is_found_by_its_cell_wherever_it_stands() -> None:
    cells = cells_of(read(text("Because its features are good already.", **ANSWER), text("# Something else")).notebook)
    (answer,) = find_answers(cells, [QUESTION])
    assert (answer.found, answer.text, answer.confidence) == (True, "Because its features are good already.", 1.0)
    assert answer.place is not None
    assert answer.place.cell == 1


@pytest.mark.parametrize("words", ["YOUR ANSWER HERE", "", "Why is the base frozen?"])
def test_a_cell_left_as_it_was_is_no_answer(words: str) -> None:
    cells = cells_of(read(text(words, **ANSWER)).notebook)
    (answer,) = find_answers(cells, [QUESTION], template(text("YOUR ANSWER HERE", **ANSWER)))
    assert not answer.found


def test_a_mark_scheme_is_no_answer() -> None:
    scheme = "My own words.\n\n### BEGIN MARK SCHEME\nOne point for features.\n### END MARK SCHEME"
    (answer,) = find_answers(cells_of(read(text(scheme, **ANSWER)).notebook), [QUESTION])
    assert answer.text == "My own words."


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner))
)
def test_any_metadata_is_read_or_left(value: Any) -> None:
    assert nbgrader_cell({"nbgrader": value}, "code") is None or isinstance(value, dict)
    nbformat.validate(read(code("1", metadata={"nbgrader": value})).notebook)
