"""GitHub workflow commands: findings shown at their place in the notebook's file.

Documented in GitHub's "Workflow commands for GitHub Actions". All that is variable is escaped, so that nothing in a
notebook's name or in an error's text can become a command of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from grader.ci.notebook_lines import NotebookLines
from grader.exports.results_json import CriterionResult, SubmissionResult
from grader.exports.sentences import explained, place_words, points_words, title
from grader.report.visible_text import prose

MOST_OF_A_KIND = 10
"""GitHub shows ten annotations of each kind per step and drops the others."""

KINDS = {"unmet": "error", "partial": "warning", "needs_review": "notice", "infrastructure_error": "error"}


def escape_data(text: str) -> str:
    """`text` as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """`text` as a property of a workflow command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def workflow_commands(entry: SubmissionResult, file: PurePosixPath | None, lines: NotebookLines) -> list[str]:
    """One workflow command per criterion that is not met, the costliest first.

    Args:
        entry: the submission.
        file: the notebook's path in the repository; None when it is not in it.
        lines: where the cells stand in that file.
    """
    shown: dict[str, int] = {}
    commands = []
    for criterion in sorted(entry.criteria, key=lambda one: (one.points or 0.0) - one.maximum):
        kind = KINDS.get(criterion.status)
        if kind is None or shown.get(kind, 0) >= MOST_OF_A_KIND:
            continue
        shown[kind] = shown.get(kind, 0) + 1
        commands.append(_command(kind, criterion, entry, file, lines))
    return commands


def _command(
    kind: str, criterion: CriterionResult, entry: SubmissionResult, file: PurePosixPath | None, lines: NotebookLines
) -> str:
    properties = []
    if file is not None and criterion.status != "infrastructure_error":
        first, last = file_lines(criterion, lines)
        properties = [("file", prose(str(file), 400)), ("line", str(first)), ("endLine", str(last))]
    where = place_words(criterion.place)
    name = f"{title(criterion)} ({points_words(criterion)})"
    properties.append(("title", f"{prose(entry.submission.name, 60)}: {name}{f', {where}' if where else ''}"))
    written = ",".join(f"{key}={escape_property(value)}" for key, value in properties)
    return f"::{kind} {written}::{escape_data(chr(10).join(explained(criterion)))}"


def file_lines(criterion: CriterionResult, lines: NotebookLines) -> tuple[int, int]:
    """First and last line in the notebook's file; its first line for what stands nowhere."""
    place = criterion.place
    first = None if place is None else lines.line(place.cell, place.first_line)
    last = None if place is None else lines.line(place.cell, place.last_line)
    return (1, 1) if first is None or last is None else (first, max(first, last))


def printable(commands: Sequence[str]) -> str:
    """The commands as they go to the log: a line each, and no line beside them."""
    return "".join(f"{command}\n" for command in commands)
