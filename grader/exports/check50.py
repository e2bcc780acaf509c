"""check50's JSON, as other programs read it (check50's `docs/source/json_specification.rst`)."""

from __future__ import annotations

from typing import Any

from grader.exports.results_json import CriterionResult, ResultsDocument, SubmissionResult
from grader.exports.sentences import STATUS_WORDS, explained, place_words, points_words, title
from grader.report.visible_text import prose


def check50_results(results: ResultsDocument, entry: SubmissionResult) -> dict[str, Any]:
    """One submission. `passed` is null where nothing is decided or a failure is not counted again.

    Where our side failed there are no results but an `error`, as check50 itself reports what broke before its checks.
    """
    document: dict[str, Any] = {"slug": results.lab.id, "version": results.grader_version}
    if entry.status == "infrastructure_error":
        reason = next((criterion.reason for criterion in entry.criteria), "Our side failed.")
        document["error"] = {"type": "InfrastructureError", "value": prose(reason, 1000), "traceback": [], "data": {}}
        return document
    known = {criterion.id for criterion in entry.criteria}
    document["results"] = [_result(criterion, known) for criterion in entry.criteria]
    return document


def _result(criterion: CriterionResult, known: set[str]) -> dict[str, Any]:
    passed = {"met": True, "partial": False, "unmet": False}.get(criterion.status)
    return {
        "name": criterion.id,
        "description": title(criterion),
        "passed": passed,
        "log": [f"{STATUS_WORDS[criterion.status]}: {points_words(criterion)} points", *_where(criterion)],
        "cause": None if passed else _cause(criterion),
        "data": {"points": criterion.points, "maximum": criterion.maximum, "status": criterion.status},
        "dependency": criterion.blocked_by if criterion.blocked_by in known else None,
    }


def _where(criterion: CriterionResult) -> list[str]:
    place = place_words(criterion.place)
    return [place] if place else []


def _cause(criterion: CriterionResult) -> dict[str, Any]:
    lines = explained(criterion)
    return {"rationale": lines[0] if lines else "", "help": prose(criterion.hint, 2000) or None}
