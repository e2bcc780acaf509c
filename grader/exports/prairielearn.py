"""PrairieLearn's external grading result, `/grade/results/results.json`, at most 1 MB."""

from __future__ import annotations

import json
from typing import Any

from grader.exports.results_json import CriterionResult, ResultsDocument, SubmissionResult
from grader.exports.sentences import STATUS_WORDS, decided, explained, title, total_words

LARGEST = 1_000_000
"""Bytes PrairieLearn takes."""


def prairielearn_results(_results: ResultsDocument, entry: SubmissionResult) -> dict[str, Any]:
    """The result of one submission.

    `gradable` is false where our side failed or the file could not be read: PrairieLearn then counts no attempt and
    gives no 0. `score` is the share of what has been decided; PrairieLearn keeps manual points apart, and what waits
    for a person belongs there.
    """
    share = entry.total.share
    if share is None or entry.status in ("infrastructure_error", "unreadable"):
        reasons = list(dict.fromkeys(line for criterion in entry.criteria for line in explained(criterion)[:1]))[:5]
        return {"gradable": False, "message": "This could not be graded.", "format_errors": reasons}
    for longest in (2000, 300, 60):
        document = {
            "gradable": True,
            "score": max(0.0, min(1.0, share)),
            "message": "\n".join([f"{total_words(entry.total)}.", *_undecided(entry, longest)]),
            "tests": [_test(criterion, longest) for criterion in entry.criteria if decided(criterion)],
        }
        if len(json.dumps(document).encode()) <= LARGEST:
            break
    return document


def _undecided(entry: SubmissionResult, longest: int) -> list[str]:
    return [
        f"{title(criterion)}: {STATUS_WORDS[criterion.status]}. {explained(criterion)[0][:longest]}"
        for criterion in entry.criteria
        if not decided(criterion) and explained(criterion)
    ]


def _test(criterion: CriterionResult, longest: int) -> dict[str, Any]:
    lines = [line[:longest] for line in explained(criterion)]
    return {
        "name": title(criterion),
        "description": STATUS_WORDS[criterion.status],
        "points": criterion.points,
        "max_points": criterion.maximum,
        "message": lines[0] if lines else "",
        "output": "\n".join(lines[1:]),
    }
