"""From a result to a score as the specification has it (LTI AGS 2.0, section 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from grader.errors import UsageError
from grader.exports.mark import mark_of
from grader.exports.results_json import SubmissionResult
from grader.exports.sentences import feedback

LONGEST_COMMENT = 4000

Score = Mapping[str, Any]
"""The body without `userId` and `timestamp`."""


def score_of(entry: SubmissionResult) -> dict[str, Any] | None:
    """The score to send; None when our side failed, which is nobody's score.

    While a person's mark is missing it is `PendingManual`, without points: a platform would show them as the mark.
    """
    mark = mark_of(entry.total)
    if entry.status == "infrastructure_error":
        return None
    if mark is None or not mark.final:
        return {"activityProgress": "Submitted", "gradingProgress": "PendingManual"}
    return {
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": mark.value,
        "scoreMaximum": mark.possible,
        "comment": feedback(entry, LONGEST_COMMENT),
    }


def is_graded(score: Score) -> bool:
    """Whether it holds points. One without them makes a platform clear what it has."""
    return "scoreGiven" in score


def scores_address(line_item: str) -> str:
    """Where scores of a line item go: `/scores` after its path, before its query.

    Raises:
        UsageError: the platform's name of the line item is no address.
    """
    try:
        parts = urlsplit(line_item)
    except ValueError as problem:
        raise UsageError(
            expected="the address of a line item", received=f"{line_item[:100]} ({problem})", where="the platform"
        ) from problem
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/scores", fragment=""))
