"""GitLab's Code Quality report: findings beside the lines of a merge request."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import Any

from grader.ci.notebook_lines import NotebookLines
from grader.ci.workflow_commands import file_lines
from grader.exports.results_json import SubmissionResult
from grader.exports.sentences import explained, points_words, title

SEVERITIES = {"unmet": "major", "partial": "minor", "needs_review": "info"}


def code_quality(entry: SubmissionResult, file: PurePosixPath, lines: NotebookLines) -> list[dict[str, Any]]:
    """One entry per criterion that is not met. Our own failures are not the code's quality and stay out."""
    found = []
    for criterion in entry.criteria:
        severity = SEVERITIES.get(criterion.status)
        if severity is None:
            continue
        first, last = file_lines(criterion, lines)
        # The same finding keeps its fingerprint when lines above it move: GitLab then shows it as known.
        identity = "\0".join((str(file), criterion.id, criterion.status, *criterion.findings))
        words = " ".join(explained(criterion))
        found.append(
            {
                "description": f"{title(criterion)} ({points_words(criterion)}): {words}",
                "check_name": criterion.id,
                "fingerprint": hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest(),
                "severity": severity,
                "location": {"path": str(file), "lines": {"begin": first, "end": last}},
            }
        )
    return found
