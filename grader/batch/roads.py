"""Which road a submission's accuracy is come by: trained again by us, or by the notebook's own training in full."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from grader.checks.registry import CHECKS
from grader.evidence.model import Evidence, Reference, Road
from grader.evidence.replay import Policy
from grader.judge import judge
from grader.observation.trained_again import Replaying
from grader.rubric.model import Rubric

POLICIES: Final[tuple[Policy, ...]] = ("auto", "replay", "full", "capped")

_WHY_REPLAY = "The base is frozen, so only your head had to be trained, and we trained it again with your settings."


class Roads:
    """The training policy of one batch. Safe to share between threads."""

    def __init__(
        self, asked: Policy, rubric: Rubric, replaying: Replaying | None, full_reference: Callable[[], Reference | None]
    ) -> None:
        """Args:
        asked: The policy asked for.
        replaying: Trains heads again; None where nothing is to be replayed.
        full_reference: Runs the reference in full; called once at most, when first needed.
        """
        self.asked = asked
        self.replaying = replaying if asked != "capped" else None
        self._rubric = rubric
        self._full_reference = full_reference
        self._known: Reference | None = None
        self._asked_for_full = False
        self._lock = threading.Lock()

    @property
    def first(self) -> str:
        """How far training calls run in the kernel, the first time."""
        return "full" if self.asked == "full" else "capped"

    def why_full(self, evidence: Evidence) -> str | None:
        """Why the notebook has to run in full after all, as a sentence; None when it need not."""
        return why_full(self._rubric, evidence) if self.asked == "auto" else None

    def reference(self, first: Reference | None, decided: str) -> Reference | None:
        """The reference's result by the road that decided. `first` is the one that the batch began with."""
        if self.asked != "auto" or decided != "full" or (first is not None and first.road == "full"):
            return first
        return self.full_reference()

    def full_reference(self) -> Reference | None:
        """What the reference solution's own training reaches."""
        with self._lock:
            if not self._asked_for_full:
                self._known, self._asked_for_full = self._full_reference(), True
            return self._known


def why_full(rubric: Rubric, evidence: Evidence) -> str | None:
    """Why a shortened run of this submission is not enough: it might be judged otherwise in full.

    Pure. A run that never got as far as a shortened call is the same in full.
    """
    if evidence.our_failure is not None or not evidence.run.shortened_calls:
        return None
    if evidence.run.status in ("timed_out", "kernel_died"):
        return "Your notebook did not get to its end after we had cut a training short"
    if any(error.after_shortened_call and not error.ours for error in evidence.run.errors):
        return "A cell failed after we had cut a training short, which may have been our doing"
    if any(each.kind in ("weights", "data") for each in evidence.run.substitutions):
        return None  # trained on what stood in for something else: no accuracy would count
    void = {verdict.criterion for verdict in judge(rubric, evidence).verdicts if verdict.status == "blocked"}
    for criterion in rubric.criteria:
        if criterion.check != "accuracy" or (criterion.void_when_unmet and criterion.id in void):
            continue
        check = CHECKS["accuracy"]
        parameters = check.parameters.model_validate(criterion.parameters)
        for finding in check.find(evidence, parameters, criterion):
            if finding.code == "replay_undecided":
                return finding.values["why"]
            if finding.code in ("shortened", "not_measured"):
                problem = None if evidence.replay is None else evidence.replay.problem
                reason = problem or "the reference solution could not be trained that way"
                return f"Your head could not be trained again by itself: {reason}"
    return None


def road_taken(asked: Policy, evidence: Evidence, why: str | None) -> Road:
    """What is told about how the accuracy was come by."""
    if evidence.run.policy == "full":
        return Road(
            asked=asked, decided="full", why=f"{why}." if why else "Your notebook was trained as it is written."
        )
    if evidence.replay is not None and evidence.replay.accuracy is not None:
        return Road(asked=asked, decided="replay", why=_WHY_REPLAY)
    problem = evidence.replay.problem if evidence.replay is not None else None
    told = f"Your training was cut short, and your head could not be trained again by itself: {problem}." if problem \
        else "Your training was cut short."  # fmt: skip
    return Road(asked=asked, decided="capped", why=told)
