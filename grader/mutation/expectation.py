"""What must come of a variant, criterion by criterion, under one rubric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader.checks.findings import AnyCheck
from grader.mutation.catalogue import Variant
from grader.mutation.make import concerned
from grader.rubric.model import Cost, Criterion, Rubric
from grader.verdict import Result, Status, Verdict

_MARGIN = 0.005
"""Of a criterion's points: rubrics write a third as 0.3333."""


@dataclass(frozen=True)
class Expectation:
    """What one criterion must get. `codes`: findings of which one must be there, several joined by `+`; empty where
    any may be."""

    statuses: frozenset[Status]
    codes: tuple[str, ...] = ()
    shares: tuple[float, ...] | None = None
    """Shares of the points that are right when it is decided; None: what the reference gets."""
    broken: bool = False
    """The variant breaks this criterion: something must be lost or asked."""
    any_share: bool = False
    """How many points are left does not matter, only the status."""

    def met_by(self, verdict: Verdict, baseline: Verdict) -> bool:
        """Whether a verdict is what must come."""
        if verdict.status not in self.statuses:
            return False
        if self.codes and not any(_all_there(codes, verdict) for codes in self.codes):
            return False
        if verdict.status not in ("met", "partial", "unmet") or self.any_share:
            return True
        wanted = self.shares if self.shares is not None else (baseline.points / baseline.maximum,)
        return any(abs(verdict.points / verdict.maximum - share) <= _MARGIN for share in wanted)


def expect(
    rubric: Rubric, checks: Mapping[str, AnyCheck], variant: Variant, question: str | None, baseline: Result
) -> dict[str, Expectation]:
    """By criterion id.

    A criterion in which the variant shows must lose exactly what the rubric says the finding costs. One that depends on
    such a criterion may be blocked. Every other must get what the reference gets.
    """
    touched = concerned(rubric, variant, question)
    before = {verdict.criterion: verdict for verdict in baseline.verdicts}
    following = _following(
        rubric, {name for name, each in touched.items() if _breaks(each, checks[each.check], variant)}
    )
    expected: dict[str, Expectation] = {}
    for criterion in rubric.criteria:
        if criterion.id in touched:
            expected[criterion.id] = _priced(criterion, checks[criterion.check], variant, before[criterion.id])
            continue
        statuses: set[Status] = {before[criterion.id].status}
        if criterion.id in following:
            statuses.add("blocked")
        if criterion.check in variant.open or "*" in variant.open:
            statuses.add("needs_review")
        expected[criterion.id] = Expectation(frozenset(statuses))
    return expected


def with_shortened(expected: Mapping[str, Expectation], baseline: Result) -> dict[str, Expectation]:
    """A sample's expectations where trainings were cut short: what that leaves open for the reference itself may wait
    for a person where a sample must keep its points."""
    shortened = {
        verdict.criterion
        for verdict in baseline.verdicts
        if verdict.status == "needs_review" and any(finding.code == "shortened" for finding in verdict.findings)
    }
    return {
        name: replace(each, statuses=each.statuses | {"needs_review"})
        if name in shortened and not each.broken
        else each
        for name, each in expected.items()
    }


def _priced(criterion: Criterion, check: AnyCheck, variant: Variant, baseline: Verdict) -> Expectation:
    alternatives = variant.shows[criterion.check]
    statuses: set[Status] = set()
    shares = []
    for costs in (_costs(criterion, check, codes) for codes in alternatives):
        left = 1.0 - sum(cost for cost in costs if not isinstance(cost, str))
        if any(isinstance(cost, str) for cost in costs):
            statuses.add("needs_review")
        elif not any(costs):
            statuses.add(baseline.status)
            shares.append(baseline.points / baseline.maximum)
        else:
            statuses.add("unmet" if left < 0.001 else "partial")
            shares.append(left if left >= 0.001 else 0.0)
    free = not any(cost for codes in alternatives for cost in _costs(criterion, check, codes))
    return Expectation(frozenset(statuses), () if free else alternatives, tuple(shares), broken=not free)


def _costs(criterion: Criterion, check: AnyCheck, codes: str) -> list[Cost]:
    """What findings joined by `+` cost under this rubric."""
    return [criterion.costs.get(code, check.kinds[code].cost) for code in codes.split("+")]


def _all_there(codes: str, verdict: Verdict) -> bool:
    found = Counter(finding.code for finding in verdict.findings)
    return not Counter(codes.split("+")) - found


def _breaks(criterion: Criterion, check: AnyCheck, variant: Variant) -> bool:
    return any(cost != 0 for codes in variant.shows[criterion.check] for cost in _costs(criterion, check, codes))


def _following(rubric: Rubric, broken: set[str]) -> set[str]:
    """Criteria that depend on a broken one, directly or through others."""
    following: set[str] = set()
    for _ in rubric.criteria:
        for criterion in rubric.criteria:
            if any(cause in broken | following for cause, _ in criterion.causes()):
                following.add(criterion.id)
    return following
