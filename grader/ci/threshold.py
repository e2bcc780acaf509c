"""Whether a result reaches what a course asks for, when part of it may still wait for a person."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from grader.errors import UsageError
from grader.exports.results_json import SubmissionResult
from grader.report.wording import number


class Outcome(IntEnum):
    """What a CI job ends with; the value is the exit code."""

    REACHED = 0
    BELOW = 1
    """Whatever a person still decides, it stays below."""
    OPEN = 3
    """What a person still decides, decides it."""
    OUR_FAILURE = 4
    """Our side failed: run the job again. Nothing is said about the work."""


WORDS = {
    Outcome.REACHED: "reached",
    Outcome.BELOW: "below the minimum",
    Outcome.OPEN: "depends on what a person still decides",
    Outcome.OUR_FAILURE: "not graded, because our side failed",
}


@dataclass(frozen=True)
class Minimum:
    """The least that passes: a share of the points, or points."""

    value: float
    share: bool

    @property
    def words(self) -> str:
        """`60 %` or `12 points`."""
        return f"{number(self.value * 100)} %" if self.share else f"{number(self.value)} points"


def parse_minimum(text: str) -> Minimum:
    """`60%` is a share of the points that can be reached, `12` are points.

    Raises:
        UsageError: neither.
    """
    found = re.fullmatch(r"\s*(\d{1,4}(?:\.\d{1,6})?)\s*(%?)\s*", text, re.ASCII)
    if found is None or (found[2] and float(found[1]) > 100):
        raise UsageError(
            expected="a share such as 60% or points such as 12", received=repr(text[:40]), where="--minimum"
        )
    return Minimum(float(found[1]) / 100, True) if found[2] else Minimum(float(found[1]), False)


def outcome(entry: SubmissionResult, minimum: Minimum) -> Outcome:
    """How `entry` stands to `minimum`.

    Points that are not counted again leave the maximum. Open points are taken once as lost and once as won: only when
    both agree is it decided.
    """
    if entry.status == "infrastructure_error":
        return Outcome.OUR_FAILURE
    total = entry.total
    reachable = total.counted + total.pending
    scale = 1.0 if minimum.share else total.maximum
    if not reachable:
        return Outcome.OPEN
    least, most = (points / reachable * scale for points in (total.points, total.points + total.pending))
    slack = 1e-9
    if least >= minimum.value - slack:
        return Outcome.REACHED
    if most < minimum.value - slack:
        return Outcome.BELOW
    ours = any(criterion.status == "infrastructure_error" for criterion in entry.criteria)
    return Outcome.OUR_FAILURE if ours else Outcome.OPEN


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """What a job over several submissions ends with: our failure, else one below, else one open."""
    found = set(outcomes)
    order = (Outcome.OUR_FAILURE, Outcome.BELOW, Outcome.OPEN)
    return next((one for one in order if one in found), Outcome.REACHED)
