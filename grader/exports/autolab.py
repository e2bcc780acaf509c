"""Autolab: what an autograder prints. The last line holds the scores, the line before it the feedback."""

from __future__ import annotations

import json
from typing import Any

from grader.exports.results_json import ResultsDocument, SubmissionResult
from grader.exports.sentences import decided, explained, points_words, title

STAGE = "Criteria"


def autolab_output(_results: ResultsDocument, entry: SubmissionResult) -> str:
    """Two lines of ASCII JSON. Problems in Autolab bear the criteria's ids; an undecided one gets no score, so that
    it stays open for a person. Nothing of a student's can begin a line here."""
    feedback: dict[str, Any] = {"_presentation": "semantic", "stages": [STAGE], STAGE: {}}
    names: set[str] = set()
    for criterion in entry.criteria:
        name = title(criterion)
        name = f"{name} ({criterion.id})" if name in names else name
        names.add(name)
        hint = (
            {}
            if criterion.status == "met"
            else {"why": " ".join(explained(criterion)), "points": points_words(criterion)}
        )
        feedback[STAGE][name] = {"passed": criterion.status == "met", "hint": hint}
    scores = {criterion.id: criterion.points for criterion in entry.criteria if decided(criterion)}
    last = {"scores": scores, "scoreboard": [entry.total.points]}
    return f"{json.dumps(feedback)}\n{json.dumps(last)}\n"
