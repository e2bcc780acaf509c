"""GitHub Classroom: what an autograding runner hands to `classroom-resources/autograding-grading-reporter`."""

from __future__ import annotations

import base64
import json
from typing import Any

from grader.exports.results_json import CriterionResult, SubmissionResult
from grader.exports.sentences import decided, explained, title


def classroom_result(entry: SubmissionResult) -> dict[str, Any]:
    """The runner's result. Undecided criteria are neither tests nor in `max_score`: Classroom knows no open points."""
    tests = [_test(criterion, entry) for criterion in entry.criteria if decided(criterion)]
    if entry.status == "infrastructure_error" or not tests:
        status = "error"
    else:
        status = "pass" if all(test["status"] == "pass" for test in tests) else "fail"
    return {"version": 1, "status": status, "max_score": entry.total.counted, "tests": tests}


def _test(criterion: CriterionResult, entry: SubmissionResult) -> dict[str, Any]:
    place = criterion.place
    return {
        "name": title(criterion),
        "status": "pass" if criterion.status == "met" else "fail",
        "score": criterion.points,
        "message": "\n".join(explained(criterion)),
        "test_code": "",
        "filename": entry.submission.notebook or "",
        "line_no": 0 if place is None else place.first_line,
        "execution_time": 0,
    }


def in_one_line(result: dict[str, Any]) -> str:
    """The result as a step's output: base64 of its JSON, as the reporter reads it from `<RUNNER>_RESULTS`."""
    return base64.b64encode(json.dumps(result).encode()).decode("ascii")
