"""A notebook that cannot be read beside a report that can: the report is graded, and the student is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.batch.job import Conditions, grade_submission, read_again
from grader.evidence.model import Evidence, Measurement
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox
from grader.judge import judge
from grader.models.measure_request import MeasureRequest
from grader.report import render_report
from grader.rubric import load_rubric
from grader.submission import Submission
from tests.execution.notebooks import empty_pack
from tests.reports.writing import typed_report

RUBRIC = load_rubric("lab06")
STATED = ("base-without-top", "base-frozen", "augmentation", "head", "preprocessing")


def conditions(folder: Path) -> Conditions:
    return Conditions(
        pack=empty_pack(folder / "pack"), policy="capped", steps_per_call=2, limits=RunLimits(),
        sandbox=Sandbox("none"), questions=RUBRIC.questions(), scratch=folder / "scratch",
    )  # fmt: skip


def handed_in(folder: Path, notebook: str, report: Path) -> tuple[Submission, Evidence]:
    path = folder / "noor.ipynb"
    path.write_text(notebook, encoding="utf-8")
    submission = Submission("noor", "Noor", notebook=path, reports=(report,))
    return submission, grade_submission(submission, conditions(folder), None, nothing_to_measure, folder / "out")


def nothing_to_measure(_: MeasureRequest) -> Measurement:
    pytest.fail("there is no model to measure")


def test_the_report_is_graded_and_the_student_told(tmp_path: Path) -> None:
    _, evidence = handed_in(tmp_path, '{"cells": [', typed_report(tmp_path / "noor.docx"))
    result = judge(RUBRIC, evidence)
    found = {verdict.criterion: verdict for verdict in result.verdicts}
    assert {name: found[name].status for name in STATED} == dict.fromkeys(STATED, "met")
    assert {found[name].strength for name in STATED} == {"stated"}
    assert found["notebook-runs"].status == "needs_review"
    assert "the notebook that came with it could not be read" in found["notebook-runs"].reason
    assert found["accuracy"].status == "needs_review"
    assert result.status == "needs_review"
    assert all(answer.found for answer in evidence.answers)
    page = render_report(evidence, result, RUBRIC)
    assert "We could not read your notebook, so your report is graded for what it states." in page
    assert "noor.ipynb" in page


def test_neither_can_be_read_so_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "noor.docx").write_bytes(b"nothing")
    _, evidence = handed_in(tmp_path, "nothing", tmp_path / "noor.docx")
    result = judge(RUBRIC, evidence)
    assert (evidence.run.status, result.status, result.total.points) == ("unreadable", "unreadable", 0)
    assert "noor.ipynb" in evidence.run.explanation
    assert "noor.docx" in evidence.run.explanation


def test_reading_again_keeps_both_words(tmp_path: Path) -> None:
    submission, before = handed_in(tmp_path, "nothing", typed_report(tmp_path / "noor.docx"))
    after = read_again(tmp_path / "out", submission, conditions(tmp_path), None)
    assert (after.run, after.answers) == (before.run, before.answers)
    assert after.report_only
