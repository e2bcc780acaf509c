"""What students may see of a rubric before grading."""

from __future__ import annotations

from grader.checks.registry import CHECKS
from grader.rubric.model import Criterion, LaterCriterion, Question, Rubric


def is_public(criterion: Criterion) -> bool:
    """Whether students see this criterion before grading. What rests on held-out images, or on checks of the lab's own
    that lie with the instructor, they never do."""
    check = CHECKS.get(criterion.check)
    return criterion.public and check is not None and not check.needs_heldout


def decided_later(rubric: Rubric) -> tuple[LaterCriterion, ...]:
    """What is no secret but needs what only the instructor has: named in the self-check, never decided there."""
    ours = (criterion for criterion in rubric.criteria if criterion.public and not is_public(criterion))
    return (*(LaterCriterion(title=c.title, points=c.points) for c in ours), *rubric.lab.later)


def public_part(rubric: Rubric) -> Rubric:
    """The same rubric with public criteria only, and of their questions nothing but the words that are asked.

    Raises:
        ValueError: no criterion is public.
    """
    shown = tuple(_asked_only(criterion) for criterion in rubric.criteria if is_public(criterion))
    if not shown:
        raise ValueError("no criterion of this rubric is public")
    return rubric.model_copy(update={"criteria": shown, "checks": None, "checks_source": None})


def _asked_only(criterion: Criterion) -> Criterion:
    asked = criterion.question
    if asked is None:
        return criterion
    return criterion.model_copy(update={"question": Question(id=asked.id, text=asked.text, phrases=asked.phrases)})
