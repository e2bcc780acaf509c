"""The sentences that exports share: why, where, what next. Plain text on single lines, a stranger's words tamed."""

from __future__ import annotations

from typing import Final

from grader.evidence.model import Place
from grader.exports.results_json import CriterionResult, SubmissionResult
from grader.report.visible_text import prose
from grader.report.wording import number
from grader.verdict import Status, Total

LONGEST: Final = 2000
"""Characters of one sentence or paragraph."""

STATUS_WORDS: Final[dict[Status, str]] = {
    "met": "met",
    "partial": "partly met",
    "unmet": "not met",
    "needs_review": "a person decides",
    "blocked": "not counted again",
    "infrastructure_error": "our failure",
}


def decided(criterion: CriterionResult) -> bool:
    """Whether its points say anything; where not, they are no 0."""
    return criterion.points is not None


def place_words(place: Place | None) -> str:
    """`code cell 6, line 4`, or nothing."""
    if place is None:
        return ""
    cell = f"cell {place.cell}" if place.code_cell is None else f"code cell {place.code_cell}"
    last = f"–{place.last_line}" if place.last_line > place.first_line else ""
    return f"{cell}, line{'s' if last else ''} {place.first_line}{last}"


def title(criterion: CriterionResult) -> str:
    """The criterion's title, on one line."""
    return prose(criterion.title, 200)


def points_words(criterion: CriterionResult) -> str:
    """`2.5 of 3`, or `open, 3 possible` while nothing is decided; `left out` when it is not counted again."""
    if criterion.points is not None:
        return f"{number(criterion.points)} of {number(criterion.maximum)}"
    if criterion.status == "blocked":
        return f"left out, {number(criterion.maximum)} fewer possible"
    return f"open, {number(criterion.maximum)} possible"


def explained(criterion: CriterionResult) -> list[str]:
    """Why, where, what next: a line each, as far as there is something to say."""
    lines = [prose(criterion.reason, LONGEST)]
    if place := place_words(criterion.place):
        lines.append(f"Where: {place}.")
    if criterion.hint and criterion.status != "met":
        lines.append(f"Next: {prose(criterion.hint, LONGEST)}")
    lines += [f"Your teacher: {prose(comment, LONGEST)}" for comment in criterion.comments]
    return [line for line in lines if line]


def total_words(total: Total) -> str:
    """`18 of 20 points decided, 4 wait for a person, 2 not counted again`."""
    words = f"{number(total.points)} of {number(total.counted)} points decided"
    if total.pending:
        words += f", {number(total.pending)} wait for a person"
    if total.excluded:
        words += f", {number(total.excluded)} not counted again"
    return words


def feedback(entry: SubmissionResult, limit: int = 20_000) -> str:
    """The whole result of a submission as text: the total, then what can still be won, the rest in a line each."""
    lines = [f"{total_words(entry.total)}."]
    for criterion in entry.criteria:
        lines.append(f"{title(criterion)}: {STATUS_WORDS[criterion.status]} ({points_words(criterion)}).")
        if criterion.status != "met" or criterion.comments:
            lines += [f"  {line}" for line in explained(criterion)]
    text = "\n".join(lines)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
