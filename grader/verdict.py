"""What was decided: verdicts on criteria and the result of a submission. Data only."""

from __future__ import annotations

from typing import Literal

from grader.evidence.model import Document, Place, Strength

Status = Literal["met", "partial", "unmet", "needs_review", "blocked", "infrastructure_error"]
"""`blocked`: the shortfall follows from another criterion that failed, so it is not counted again.
`needs_review`: a person decides. `infrastructure_error`: our side failed, never 0 points."""


class JudgedFinding(Document):
    """One thing a check saw, with what it cost under this rubric. `cost` is a fraction of the criterion's
    points in [0, 1], or None when a person has to decide."""

    code: str
    message: str
    hint: str = ""
    cost: float | None = 0.0
    strength: Strength | None = None
    places: tuple[Place, ...] = ()


class PersonDecision(Document):
    """A person's mark, which stands over what the grader found. Points and status of the verdict are then theirs."""

    at: str
    """ISO 8601 in UTC."""
    automatic: bool = False
    """A suggestion that counts because a person turned that on for this question; nobody looked at this one."""
    again: tuple[Literal["points", "work"], ...] = ()
    """What changed since, so that a person should look again: the criterion's points, the student's work."""
    machine_status: Status
    """What the grader itself had said."""
    machine_points: float


class AppealShown(Document):
    """A student's question about a criterion, and the answer if there is one. Text of people: escape it."""

    question: str
    asked: str
    """ISO 8601 in UTC."""
    reply: str = ""
    replied: str = ""


class Verdict(Document):
    """The decision on one criterion."""

    criterion: str
    title: str
    status: Status
    points: float
    """Points earned. 0 while `needs_review`, `blocked` or `infrastructure_error`: then it says nothing."""
    maximum: float
    strength: Strength | None = None
    reason: str
    hint: str = ""
    """What to do next, in the student's terms; empty when there is nothing to do."""
    findings: tuple[JudgedFinding, ...] = ()
    places: tuple[Place, ...] = ()
    blocked_by: str | None = None
    decision: PersonDecision | None = None
    """Set where a person's mark counts instead of the grader's verdict."""
    comments: tuple[str, ...] = ()
    """What people wrote to the student about this. Text of people: escape it."""
    appeals: tuple[AppealShown, ...] = ()


class Total(Document):
    """The sum, with what is still open said out loud.

    `points` of `counted` is decided; `pending` points wait for a person (or for us); `excluded` points belong
    to blocked criteria and are taken out of the maximum. `counted + pending + excluded == maximum`. Not `final`
    although nothing is pending: a person's mark counts, but what it was given for changed since.
    """

    points: float
    counted: float
    pending: float
    excluded: float
    maximum: float
    final: bool

    @property
    def share(self) -> float | None:
        """Points as a fraction of what has been decided; None when nothing has."""
        return self.points / self.counted if self.counted else None


ResultStatus = Literal["graded", "needs_review", "unreadable", "infrastructure_error"]


class Result(Document):
    """The result of one submission under one rubric."""

    submission: str
    name: str
    status: ResultStatus
    verdicts: tuple[Verdict, ...]
    total: Total
    next_step: str = ""
    """The one most useful thing to do next, as a sentence; empty when nothing is left to do."""
    next_criterion: str | None = None
