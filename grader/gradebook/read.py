"""Read a gradebook: one row per submission, as it counts today.

For exports and other programs. Needs no notebook, no evidence and no rubric: what the grader found last and what people
decided are both in the book.

    with open_gradebook(Path("results"), "lab06") as gradebook:
        for row in grades(gradebook):
            print(row.name, row.points, "final" if row.final else "provisional")
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.gradebook.apply import with_decisions
from grader.gradebook.book import Gradebook
from grader.gradebook.standing import standings
from grader.verdict import AppealShown, Result, ResultStatus, Status, Verdict


@dataclass(frozen=True, slots=True)
class CriterionGrade:
    """One criterion. Texts come from people: escape them."""

    id: str
    title: str
    points: float | None
    """None while nothing is decided: that is not 0."""
    maximum: float
    status: Status
    final: bool
    """Decided, and nothing it was decided on changed since. What is blocked is final, and counts for nothing."""
    decided_by: Literal["person", "accepted", "grader", "nobody"]
    """`accepted`: a suggestion that counts without a look because a person turned that on."""
    comments: tuple[str, ...]
    appeals: tuple[AppealShown, ...]


@dataclass(frozen=True, slots=True)
class GradeRow:
    """One submission. See `grader.verdict.Total` for the sums."""

    submission: str
    name: str
    status: ResultStatus
    points: float
    counted: float
    pending: float
    excluded: float
    maximum: float
    final: bool
    """Send nothing else to a register of marks."""
    criteria: tuple[CriterionGrade, ...]

    @property
    def comments(self) -> tuple[str, ...]:
        """All that people wrote to this student, in the rubric's order."""
        return tuple(f"{grade.title}: {words}" for grade in self.criteria for words in grade.comments)


def grades(gradebook: Gradebook) -> list[GradeRow]:
    """The class as it counts today, in the order of its tables; empty when it was never marked."""
    return [_row(result) for result in results(gradebook)]


def results(gradebook: Gradebook) -> list[Result]:
    """The same as results, the grader's verdicts with people's decisions over them."""
    marked = gradebook.markings.newest()
    if marked is None:
        return []
    standing = standings(gradebook.journal.newest())
    return [with_decisions(one.result, one.bases, standing) for one in marked.marked]


def _row(result: Result) -> GradeRow:
    total = result.total
    return GradeRow(
        submission=result.submission, name=result.name, status=result.status, points=total.points,
        counted=total.counted, pending=total.pending, excluded=total.excluded, maximum=total.maximum,
        final=total.final, criteria=tuple(_grade(verdict) for verdict in result.verdicts),
    )  # fmt: skip


def _grade(verdict: Verdict) -> CriterionGrade:
    waits = verdict.status in ("needs_review", "infrastructure_error")
    decision = verdict.decision
    by: Literal["person", "accepted", "grader", "nobody"] = "nobody" if waits else "grader"
    if decision is not None:
        by = "accepted" if decision.automatic else "person"
    return CriterionGrade(
        id=verdict.criterion, title=verdict.title,
        points=None if waits or verdict.status == "blocked" else verdict.points, maximum=verdict.maximum,
        status=verdict.status, final=not waits and not (decision is not None and decision.again), decided_by=by,
        comments=verdict.comments, appeals=verdict.appeals,
    )  # fmt: skip
