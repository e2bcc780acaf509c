"""What findings cost and how they are worded, under one criterion of one rubric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.checks.findings import AnyCheck, Finding, Findings
from grader.checks.wording import fill
from grader.verdict import JudgedFinding

if TYPE_CHECKING:
    from grader.rubric.model import Criterion


def price(check: AnyCheck, criterion: Criterion, findings: Findings) -> tuple[JudgedFinding, ...]:
    """The findings with the rubric's costs, messages and hints, or the check's own where the rubric is silent."""
    return tuple(
        _price(check, criterion, finding) for finding in findings if not _goes_without_saying(check, criterion, finding)
    )


def _goes_without_saying(check: AnyCheck, criterion: Criterion, finding: Finding) -> bool:
    kind = check.kinds[finding.code]
    return kind.style and criterion.costs.get(kind.code, kind.cost) == 0 and kind.code not in criterion.messages


def _price(check: AnyCheck, criterion: Criterion, finding: Finding) -> JudgedFinding:
    kind = check.kinds[finding.code]
    cost = criterion.costs.get(finding.code, kind.cost)
    return JudgedFinding(
        code=finding.code,
        message=fill(criterion.messages.get(finding.code, kind.message), finding.values),
        hint=fill(criterion.hints.get(finding.code, kind.hint), finding.values),
        cost=None if cost == "review" else cost,
        strength=finding.strength,
        places=finding.places,
    )


def credit(findings: tuple[JudgedFinding, ...]) -> float:
    """Fraction of the points that is left, in [0, 1].

    Less than a thousandth is nothing, and so is less than a thousandth lost: three times 0.3333 is meant to be all.
    """
    left = max(0.0, 1.0 - sum(finding.cost or 0.0 for finding in findings))
    return float(round(left)) if abs(left - round(left)) < 0.001 else left
