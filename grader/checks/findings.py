"""What a check is, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict

from grader.evidence.model import Evidence, Place, Strength

if TYPE_CHECKING:
    from grader.rubric.model import Cost, Criterion

A_THIRD = 1 / 3
"""Default cost of missing one of three things a criterion asks for."""


class Parameters(BaseModel):
    """Base of every check's parameters: frozen, no unknown names, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NoParameters(Parameters):
    """For checks that have nothing to set."""


@dataclass(frozen=True)
class FindingKind:
    """One thing a check can see: what it costs and how it is said, unless the rubric says otherwise."""

    code: str
    cost: Cost
    """Fraction of the criterion's points in [0, 1], or `review`."""
    message: str
    """`{placeholders}` are the finding's values."""
    hint: str = ""
    values: tuple[str, ...] = ()
    """Names of the placeholders that `message` and `hint` may use."""
    absent: bool = False
    """Means "there is nothing here at all". Such a finding is never `blocked` and never blocks another
    criterion, so that an empty submission cannot shrink the maximum it is measured against."""
    explains: bool = True
    """Whether a shortfall in a dependent criterion can follow from it."""
    style: bool = False
    """One of several right ways: said only where the rubric takes points for it or has words of its own."""
    urgent: bool = False
    """Stands in the way of everything else: told first."""


REPORT_KINDS = (
    FindingKind("stated", 0.0, "Your report states it: {what}.", values=("what",)),
    FindingKind(
        "not_assessable", "review", "Not assessable from a written report: {why}.",
        "Hand in the notebook too, so that it can be run.", values=("why",), explains=False,
    ),
)  # fmt: skip
"""What every check but that of written answers may say of a report without a notebook (see `grader.checks.reports`)."""


@dataclass(frozen=True)
class Finding:
    """One thing a check saw in one submission."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    strength: Strength | None = None
    """None for a remark on which no points rest."""
    places: tuple[Place, ...] = ()


Findings: TypeAlias = tuple[Finding, ...]

P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True)
class Check(Generic[P]):
    """A named question about a submission; `sentence` is how a student reads it."""

    name: str
    sentence: str
    parameters: type[P]
    kinds: Mapping[str, FindingKind]
    find: Callable[[Evidence, P, Criterion], Findings]
    asks_question: bool = False
    """Needs a `[criteria.question]` table in the rubric."""
    needs_heldout: bool = False
    """Rests on held-out images, so it can only be decided where those are: never on a student's machine."""


AnyCheck: TypeAlias = Check[Any]


def check(
    parameters: type[P], *kinds: FindingKind, asks_question: bool = False, needs_heldout: bool = False
) -> Callable[[Callable[[Evidence, P, Criterion], Findings]], Check[P]]:
    """Make a check of a function: its name is the check's name, its docstring's first line the sentence."""

    def decorate(find: Callable[[Evidence, P, Criterion], Findings]) -> Check[P]:
        lines = (find.__doc__ or "").strip().splitlines()
        if not lines:
            raise ValueError(f"Expected a docstring in the check {find.__name__}. Received none.")
        sentence = lines[0]
        by_code = {kind.code: kind for kind in (*kinds, *(() if asks_question else REPORT_KINDS))}
        return Check(find.__name__, sentence, parameters, by_code, find, asks_question, needs_heldout)

    return decorate
