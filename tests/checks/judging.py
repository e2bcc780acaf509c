"""Shorthand for the tests of single checks: run one, price what it found, say what a teacher would read."""

from __future__ import annotations

from typing import Any

from grader.checks.price import credit, price
from grader.checks.registry import CHECKS
from grader.evidence.model import Evidence
from grader.rubric.model import Criterion, Question
from grader.verdict import JudgedFinding


def findings(check: str, evidence: Evidence, **parameters: Any) -> tuple[JudgedFinding, ...]:
    """What `check` finds, with its default costs and words."""
    question = Question(id="freezing", text="Why freeze?") if CHECKS[check].asks_question else None
    criterion = Criterion(id="c", title="C", check=check, points=3, parameters=parameters, question=question)
    settings = CHECKS[check].parameters.model_validate(parameters)
    found = CHECKS[check].find(evidence, settings, criterion)
    for finding in found:
        kind = CHECKS[check].kinds[finding.code]
        assert set(kind.values) <= set(finding.values), f"{finding.code} lacks values for its placeholders"
    return price(CHECKS[check], criterion, found)


def codes(check: str, evidence: Evidence, **parameters: Any) -> list[str]:
    """The codes of what `check` finds."""
    return [finding.code for finding in findings(check, evidence, **parameters)]


def share(check: str, evidence: Evidence, **parameters: Any) -> float | None:
    """Fraction of the points by default costs; None where a person decides."""
    found = findings(check, evidence, **parameters)
    return None if any(finding.cost is None for finding in found) else round(credit(found), 2)
