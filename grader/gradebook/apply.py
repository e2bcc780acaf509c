"""People's decisions over the grader's verdicts. A pure function, like judging.

A person's mark counts instead of the verdict, however it came about. It keeps counting when the grader marks again; if
the work or the criterion's points changed since, the total is not final until a person has looked again. Where only the
points changed, the share of them that was given stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from grader.gradebook.standing import Decision, Standing, Standings
from grader.judge import total_of
from grader.verdict import AppealShown, PersonDecision, Result, ResultStatus, Status, Verdict

OPEN: frozenset[Status] = frozenset({"needs_review", "infrastructure_error"})


def with_decisions(result: Result, bases: Mapping[str, str], standings: Standings) -> Result:
    """The result as it counts, from what the grader found and what people decided.

    Args:
        result: of `grader.judge.judge`.
        bases: digests of the work, by criterion (`grader.gradebook.basis.bases`).
        standings: those of at least this submission.

    `next_step` is left as it was; `grader.judge.next_step` finds the new one.
    """
    decided = tuple(
        _decided(verdict, standings.get(result.submission, verdict.criterion), bases.get(verdict.criterion, ""))
        for verdict in result.verdicts
    )
    verdicts = _unblocked(decided)
    status = _status(result, verdicts)
    settled = status == "graded" and not any(v.decision is not None and v.decision.again for v in verdicts)
    return result.model_copy(
        update={"verdicts": verdicts, "status": status, "total": total_of(verdicts, settled=settled)}
    )


def _decided(verdict: Verdict, standing: Standing, basis: str) -> Verdict:
    said: dict[str, object] = {
        "comments": tuple(filter(None, (*(words for _, words in standing.comments), standing.remark))),
        "appeals": tuple(
            AppealShown(
                question=appeal.text, asked=_moment(appeal.at), reply=appeal.reply,
                replied=_moment(appeal.reply_at) if appeal.reply and appeal.reply_at is not None else "",
            )
            for appeal in standing.appeals
        ),
    }  # fmt: skip
    if standing.decision is not None:
        said |= _marked(verdict, standing.decision, basis)
    return verdict.model_copy(update=said)


def _marked(verdict: Verdict, decision: Decision, basis: str) -> dict[str, object]:
    mark = decision.mark
    again: list[Literal["points", "work"]] = []
    points = decision.points
    if mark.maximum != verdict.maximum:
        again.append("points")
        points = round(verdict.maximum * points / mark.maximum, 2) if mark.maximum else 0.0
    if mark.basis != basis:
        again.append("work")
    points = min(points, verdict.maximum)
    status: Status = "met" if points >= verdict.maximum else "partial" if points > 0 else "unmet"
    return {
        "status": status,
        "points": points,
        "blocked_by": None,
        "hint": "" if status == "met" else verdict.hint,
        "decision": PersonDecision(
            at=_moment(decision.at), automatic=mark.automatic, again=tuple(again),
            machine_status=verdict.status, machine_points=verdict.points,
        ),
    }  # fmt: skip


def _unblocked(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """What was taken out because of a failure that a person does not see is open again, and theirs to decide."""
    forgiven = {v.criterion: v for v in verdicts if v.decision is not None and v.status == "met"}
    return tuple(
        verdict.model_copy(
            update={
                "status": "needs_review",
                "reason": f"{verdict.reason} A person gave “{forgiven[verdict.blocked_by].title}” full points since, "
                "so a person decides on this as well.",
                "blocked_by": None,
            }
        )
        if verdict.status == "blocked" and verdict.blocked_by in forgiven
        else verdict
        for verdict in verdicts
    )


def _status(result: Result, verdicts: tuple[Verdict, ...]) -> ResultStatus:
    statuses = {verdict.status for verdict in verdicts}
    if "infrastructure_error" in statuses:
        return "infrastructure_error"
    waits = "needs_review" in statuses or any(v.decision is not None and v.decision.again for v in verdicts)
    if result.status == "unreadable" and "needs_review" in statuses:
        return "unreadable"
    return "needs_review" if waits else "graded"


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
