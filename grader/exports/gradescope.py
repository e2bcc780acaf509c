"""Gradescope's `results.json` for one submission (documented fields only; see docs/gradescope.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from grader.exports.mark import mark_of
from grader.exports.results_json import CriterionResult, ResultsDocument, SubmissionResult
from grader.exports.sentences import explained, points_words, title, total_words

Visibility = Literal["visible", "after_due_date", "after_published", "hidden"]
VISIBILITIES: tuple[Visibility, ...] = get_args(Visibility)


@dataclass(frozen=True)
class GradescopeView:
    """Who sees what, and when. Gradescope hides the total score while any test is hidden."""

    tests: Visibility = "visible"
    hidden_tests: Visibility = "after_published"
    """For criteria that students do not see before grading (`public = false` in the rubric)."""


def gradescope_results(
    results: ResultsDocument, entry: SubmissionResult, view: GradescopeView | None = None, seconds: int | None = None
) -> dict[str, Any] | None:
    """The content of `/autograder/results/results.json`; None when our side failed.

    A file without a score tells Gradescope that the autograder failed, which is the truth then, and is no 0.
    Undecided criteria have no score, so that Gradescope adds none up; `score` is what has been decided.
    """
    mark = mark_of(entry.total)
    if entry.status == "infrastructure_error" or mark is None:
        return None
    view = view or GradescopeView()
    document: dict[str, Any] = {
        "score": mark.value,
        "output": _summary(entry),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": view.tests,
        "stdout_visibility": "hidden",
        "extra_data": {
            "final": entry.total.final, "counted": entry.total.counted, "pending": entry.total.pending,
            "excluded": entry.total.excluded, "maximum": entry.total.maximum, "status": entry.status,
            "rubric_sha256": results.rubric.digest, "grader_version": results.grader_version,
        },
        "tests": [_test(number, criterion, view) for number, criterion in enumerate(entry.criteria, 1)],
    }  # fmt: skip
    if seconds is not None:
        document["execution_time"] = seconds
    return document


def _summary(entry: SubmissionResult) -> str:
    words = f"{total_words(entry.total)}."
    return words if entry.total.final else f"{words} Your teacher adds what is open; your score can only rise by it."


def _test(number: int, criterion: CriterionResult, view: GradescopeView) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": title(criterion),
        "number": str(number),
        "output": "\n".join([*explained(criterion), f"Points: {points_words(criterion)}."]),
        "tags": [criterion.id],
        "visibility": view.tests if criterion.public else view.hidden_tests,
        "extra_data": {"status": criterion.status, "strength": criterion.strength, "findings": criterion.findings},
    }
    if criterion.points is not None:
        passed = "passed" if criterion.status == "met" else "failed"
        test |= {"score": criterion.points, "max_score": criterion.maximum, "status": passed}
    return test
