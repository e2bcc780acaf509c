"""Is there an answer to a written question? Only a person says what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.checks.findings import Finding, FindingKind, Findings, NoParameters, check
from grader.checks.places import cell_name, distinct
from grader.evidence.model import Evidence

if TYPE_CHECKING:
    from grader.rubric.model import Criterion

KINDS = (
    FindingKind(
        "found", "review", "Your answer was found {where}; a person marks it.", values=("where",),
    ),
    FindingKind(
        "not_own_words", "review",
        "What stands below this question, {where}, is the tutorial's text or the question again; a person decides.",
        "Answer in your own words.",
        values=("where",),
    ),
    FindingKind(
        "empty", 1.0,
        "No answer to this question was found.",
        "Write the question as a heading in a text cell and your answer, in your own words, below it.",
        absent=True, explains=False,
    ),
)  # fmt: skip


@check(NoParameters, *KINDS, asks_question=True)
def written_answer(evidence: Evidence, _parameters: NoParameters, criterion: Criterion) -> Findings:
    """The question is answered in the student's own words."""
    question = criterion.question.id if criterion.question is not None else None
    answer = next((answer for answer in evidence.answers if answer.question == question), None)
    if answer is None or not any(character.isalnum() for character in answer.text):
        return (Finding("empty", strength="stated"),)
    where = f"in {cell_name(answer.place)}" if answer.place is not None else "in your notebook"
    code = "found" if answer.found else "not_own_words"
    return (Finding(code, {"where": where}, "stated", distinct([answer.place])),)
