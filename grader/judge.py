"""Judging: rubric and evidence in, result out.

A pure function: no process, no notebook, no clock, no file, no TensorFlow. Changing a rubric therefore re-marks
a class in seconds, and the same evidence gets the same marks on every machine.

Five rules make it fair:

1. Missing evidence is neither a pass nor silently a zero: what could not be seen goes to a person.
2. Points rest on evidence at least as strong as the criterion requires; weaker evidence goes to a person.
3. One mistake costs once: a shortfall that follows from another criterion's failure is `blocked`; so is what would say
   nothing after such a failure, where the rubric says so.
4. What is simply not there is neither blocked nor blocks, so an empty submission gets nothing of everything.
5. What the kernel claims must agree with what is seen without it; where it does not, a person decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from grader.checks.contradicted import contradicted, why_doubtful
from grader.checks.elsewhere import why_elsewhere
from grader.checks.findings import AnyCheck, FindingKind, Findings
from grader.checks.graded import weakest
from grader.checks.own import OwnCheckError, checks_of
from grader.checks.places import distinct
from grader.checks.price import credit, price
from grader.checks.reports import report_findings
from grader.errors import RubricError
from grader.evidence.model import Evidence, Strength
from grader.rubric.model import Criterion, Rubric
from grader.verdict import JudgedFinding, Result, ResultStatus, Status, Total, Verdict

_ORDER: tuple[Strength, ...] = ("stated", "observed", "verified")
_MEANING: Mapping[Strength, str] = {
    "verified": "measured in a clean process",
    "observed": "seen while the notebook ran",
    "stated": "read from the source",
}


def judge(rubric: Rubric, evidence: Evidence) -> Result:
    """Decide every criterion of the rubric, and what the student should do next.

    Raises:
        RubricError: the rubric names an unknown check or parameter (never for one that `load_rubric` returned).
    """
    alone = {criterion.id: _alone(rubric, criterion, evidence) for criterion in rubric.criteria}
    verdicts = _block(rubric, alone)
    ordered = tuple(verdicts[criterion.id] for criterion in rubric.criteria)
    following, step = next_step(rubric, ordered)
    status = _status(evidence, ordered)
    return Result(
        submission=evidence.submission.id,
        name=evidence.submission.name,
        status=status,
        verdicts=ordered,
        total=total_of(ordered, settled=status == "graded"),
        next_step=step,
        next_criterion=following,
    )


def _alone(rubric: Rubric, criterion: Criterion, evidence: Evidence) -> Verdict:
    """The verdict on one criterion, as if it were the only one."""
    check = _check(rubric, criterion)
    if evidence.our_failure is not None:
        reason = f"Grading failed on our side ({evidence.our_failure.rstrip('.')}). This costs you nothing."
        return _verdict(criterion, "infrastructure_error", 0.0, (), reason=reason)
    if evidence.run.status == "unreadable" and "unreadable" not in check.kinds:
        reason = "The submission could not be read, so nothing is known about this. Hand in a readable file."
        return _verdict(criterion, "needs_review", 0.0, (), reason=reason)
    try:
        findings = price(check, criterion, _find(rubric, check, criterion, evidence))
    except OwnCheckError as error:
        reason = f"A check of this lab failed; that is our fault and costs you nothing. {error}"
        return _verdict(criterion, "infrastructure_error", 0.0, (), reason=reason)
    doubts = contradicted(criterion.check, evidence)
    if doubts:
        # Also where it would be a zero: what contradicts itself proves nothing in either direction.
        reason = f"{_reason(findings)} {why_doubtful(doubts)}"
        return _verdict(criterion, "needs_review", 0.0, findings, reason=reason)
    if any(finding.cost is None for finding in findings):
        return _verdict(criterion, "needs_review", 0.0, findings)
    absent = any(check.kinds[finding.code].absent and finding.cost for finding in findings)
    why = why_elsewhere(check.name, evidence) if absent and not check.asks_question else None
    if why is not None:
        return _verdict(criterion, "needs_review", 0.0, findings, reason=why)
    share = credit(findings)
    status: Status = "met" if share == 1 else "unmet" if share == 0 else "partial"
    strength = weakest(finding.strength for finding in findings if finding.strength is not None)
    required: Strength = "stated" if evidence.report_only and rubric.reports.accepted else criterion.requires
    if status != "unmet" and strength is not None and _ORDER.index(strength) < _ORDER.index(required):
        reason = (
            f"{_reason(findings)} This was only {_MEANING[strength]}, but points rest on what is "
            f"{_MEANING[criterion.requires]}, so a person decides."
        )
        return _verdict(criterion, "needs_review", 0.0, findings, reason=reason)
    return _verdict(criterion, status, share, findings)


def _check(rubric: Rubric, criterion: Criterion) -> AnyCheck:
    checks = checks_of(rubric)
    if criterion.check not in checks:
        raise RubricError(
            expected=f"one of the checks {', '.join(checks)}",
            received=repr(criterion.check),
            where=f"{rubric.path}: criterion {criterion.id}",
        )
    return checks[criterion.check]


def _find(rubric: Rubric, check: AnyCheck, criterion: Criterion, evidence: Evidence) -> Findings:
    try:
        parameters = check.parameters.model_validate(criterion.parameters)
    except ValidationError as error:
        raise RubricError(
            expected=f"parameters of the check {check.name}",
            received="; ".join(problem["msg"] for problem in error.errors()),
            where=f"{rubric.path}: criterion {criterion.id}",
        ) from error
    if evidence.report_only and not check.asks_question:
        return report_findings(check.name, evidence, parameters)
    return check.find(evidence, parameters, criterion)


def _verdict(
    criterion: Criterion, status: Status, share: float, findings: tuple[JudgedFinding, ...], *, reason: str = ""
) -> Verdict:
    decisive = _decisive(findings)
    return Verdict(
        criterion=criterion.id,
        title=criterion.title,
        status=status,
        points=criterion.points if share == 1 else min(round(criterion.points * share, 2), criterion.points),
        maximum=criterion.points,
        strength=weakest(finding.strength for finding in findings if finding.strength is not None),
        reason=reason or _reason(findings),
        hint=next((finding.hint for finding in decisive if finding.hint and finding.cost != 0), ""),
        findings=findings,
        places=distinct(place for finding in decisive for place in finding.places),
    )


def _decisive(findings: tuple[JudgedFinding, ...]) -> list[JudgedFinding]:
    """The findings that made the verdict, the weightiest first; without a shortfall, all of them."""
    costing = [finding for finding in findings if finding.cost != 0]
    return sorted(costing, key=lambda finding: -(2.0 if finding.cost is None else finding.cost)) or list(findings)


def _reason(findings: tuple[JudgedFinding, ...]) -> str:
    return " ".join(finding.message for finding in _decisive(findings))


def _block(rubric: Rubric, alone: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Turn shortfalls that follow from another criterion's into `blocked`, causes before consequences."""
    criteria = {criterion.id: criterion for criterion in rubric.criteria}
    decided: dict[str, Verdict] = {}
    waiting = list(criteria)
    while waiting:
        ready = [name for name in waiting if not any(cause in waiting for cause, _ in criteria[name].causes())]
        for name in ready or waiting:  # a cycle, which no loaded rubric has, is decided without its causes
            decided[name] = _blocked(rubric, criteria[name], alone[name], decided)
        waiting = [name for name in waiting if name not in decided]
    return decided


def _blocked(rubric: Rubric, criterion: Criterion, verdict: Verdict, decided: Mapping[str, Verdict]) -> Verdict:
    if verdict.status == "infrastructure_error" or any(k.absent for k in _costing(rubric, criterion, verdict)):
        return verdict
    for cause in _explaining(rubric, criterion, decided):
        if criterion.void_when_unmet and cause.status == "unmet":
            reason = f"Not counted: while “{cause.title}” is not met, this says nothing about the lab."
        elif verdict.status in ("unmet", "partial"):
            reason = f"{verdict.reason} This can follow from “{cause.title}”, so it is not counted again."
        else:
            continue
        update = {"status": "blocked", "points": 0.0, "reason": reason, "hint": "", "blocked_by": cause.criterion}
        return verdict.model_copy(update=update)
    return verdict


def _explaining(rubric: Rubric, criterion: Criterion, decided: Mapping[str, Verdict]) -> Iterator[Verdict]:
    """Verdicts of the criterion's causes that lost points in a way that explains a loss here."""
    criteria = {each.id: each for each in rubric.criteria}
    for name, code in criterion.causes():
        cause = decided.get(name)
        if cause is None or cause.status not in ("unmet", "partial", "blocked"):
            continue
        explaining = [kind.code for kind in _costing(rubric, criteria[name], cause) if kind.explains]
        if explaining and (code is None or code in explaining):
            yield cause


def _costing(rubric: Rubric, criterion: Criterion, verdict: Verdict) -> list[FindingKind]:
    """The kinds of the findings that cost something."""
    kinds = _check(rubric, criterion).kinds
    return [kinds[finding.code] for finding in verdict.findings if finding.cost]


def _status(evidence: Evidence, verdicts: tuple[Verdict, ...]) -> ResultStatus:
    if evidence.our_failure is not None:
        return "infrastructure_error"
    if evidence.run.status == "unreadable":
        return "unreadable"
    if any(verdict.status == "infrastructure_error" for verdict in verdicts):
        return "infrastructure_error"
    return "needs_review" if any(verdict.status == "needs_review" for verdict in verdicts) else "graded"


def total_of(verdicts: tuple[Verdict, ...], *, settled: bool) -> Total:
    """The sum, with what waits and what was taken out kept apart."""
    open_statuses = ("needs_review", "infrastructure_error")
    pending = math.fsum(verdict.maximum for verdict in verdicts if verdict.status in open_statuses)
    excluded = math.fsum(verdict.maximum for verdict in verdicts if verdict.status == "blocked")
    counted = math.fsum(v.maximum for v in verdicts if v.status not in (*open_statuses, "blocked"))
    return Total(
        points=round(math.fsum(verdict.points for verdict in verdicts), 6),
        counted=counted,
        pending=pending,
        excluded=excluded,
        maximum=counted + pending + excluded,
        final=settled,
    )


def next_step(rubric: Rubric, verdicts: tuple[Verdict, ...]) -> tuple[str | None, str]:
    """The criterion and hint worth most: first what stands in the way of everything, then what cost most."""
    criteria = {criterion.id: criterion for criterion in rubric.criteria}
    candidates = []
    for position, verdict in enumerate(verdicts):
        if not verdict.hint or verdict.status not in ("unmet", "partial", "needs_review"):
            continue
        kinds = _check(rubric, criteria[verdict.criterion]).kinds
        urgent = any(kinds[finding.code].urgent for finding in verdict.findings if finding.cost != 0)
        lost = verdict.maximum - verdict.points if verdict.status != "needs_review" else 0.0
        candidates.append((not urgent, -lost, position, verdict))
    if not candidates:
        return None, ""
    verdict = min(candidates, key=lambda candidate: candidate[:3])[3]
    return verdict.criterion, verdict.hint
