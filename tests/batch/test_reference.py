"""When the kept result of the reference holds, and when it is measured anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.small_class import notebook
from grader.batch import deciding, reference
from grader.batch.job import Conditions, grade_submission
from grader.batch.reference import reference_digest
from grader.evidence.model import Evidence, Measurement
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox
from grader.models.measure_request import MeasureRequest
from grader.rubric.load import load_rubric
from grader.submission.model import Submission
from tests.batch.small_lab import SmallLab, small_lab


@pytest.fixture
def lab(tmp_path: Path) -> SmallLab:
    return small_lab(tmp_path)


def test_the_sandbox_and_the_share_of_the_machine_make_no_model_better(lab: SmallLab) -> None:
    model_answer = lab.folder / "reference.ipynb"
    usual = reference_digest(model_answer, lab.conditions())
    assert reference_digest(model_answer, lab.conditions(sandbox=Sandbox("bubblewrap"))) == usual
    assert reference_digest(model_answer, lab.conditions(limits=RunLimits(threads=8, memory_bytes=1 << 40))) == usual
    assert reference_digest(model_answer, lab.conditions(questions=())) == usual


@pytest.mark.slow
@pytest.mark.parametrize(("failures", "runs"), [(0, 1), (2, 3), (9, 3)])
def test_where_our_side_fails_it_is_tried_again(
    lab: SmallLab, monkeypatch: pytest.MonkeyPatch, failures: int, runs: int
) -> None:
    """A class would be graded without anything to compare it with, because the disk was full for a moment."""
    monkeypatch.setenv("GRADER_HOME", str(lab.folder / "home"))
    begun: list[Evidence] = []

    def with_failures(submission: Submission, conditions: Conditions, *more: Any) -> Evidence:
        nowhere = replace(conditions, scratch=lab.folder / "missing")
        begun.append(grade_submission(submission, nowhere if len(begun) < failures else conditions, *more))
        return begun[-1]

    monkeypatch.setattr(reference, "grade_submission", with_failures)
    found = reference.measure_reference(load_rubric(lab.rubric), lab.conditions(), not_asked, lab.out)
    assert len(begun) == runs
    assert (begun[-1].our_failure is None) == (failures < runs)
    assert found.problem is not None
    assert ("No such file or directory" in found.problem) == (failures >= runs)


def not_asked(_: MeasureRequest) -> Measurement:
    raise AssertionError("nothing is measured")


def test_another_notebook_policy_or_package_is_measured_anew(lab: SmallLab, monkeypatch: pytest.MonkeyPatch) -> None:
    model_answer = lab.folder / "reference.ipynb"
    found = [reference_digest(model_answer, lab.conditions())]
    found.append(reference_digest(model_answer, lab.conditions(policy="capped")))
    found.append(reference_digest(model_answer, lab.conditions(policy="capped", steps_per_call=5)))
    notebook(model_answer, ["Better."], ["1"])
    found.append(reference_digest(model_answer, lab.conditions()))
    monkeypatch.setattr(deciding, "environment", lambda: "another Pillow decodes pictures otherwise")
    found.append(reference_digest(model_answer, lab.conditions()))
    assert len(set(found)) == len(found)
