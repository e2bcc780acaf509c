"""Results as the grader would give them, for tests of what people decide about them."""

from __future__ import annotations

from grader.judge import total_of
from grader.verdict import Result, Status, Verdict
from tests.gradebook.entering import QUESTION


def verdict(
    criterion: str, status: Status, points: float = 0, maximum: float = 2, *, blocked_by: str | None = None
) -> Verdict:
    """A verdict of the grader."""
    return Verdict(
        criterion=criterion, title=criterion.capitalize(), status=status, points=points, maximum=maximum,
        reason="Seen so.", hint="" if status == "met" else "Do it again.", blocked_by=blocked_by,
    )  # fmt: skip


def result(*verdicts: Verdict, submission: str = "lee", name: str = "Lee Min") -> Result:
    """A result with these verdicts; without any, a met criterion and a written answer that waits."""
    made = verdicts or (verdict("frozen", "met", 2), verdict(QUESTION, "needs_review"))
    waits = any(one.status == "needs_review" for one in made)
    return Result(
        submission=submission, name=name, status="needs_review" if waits else "graded", verdicts=made,
        total=total_of(made, settled=not waits),
    )  # fmt: skip
