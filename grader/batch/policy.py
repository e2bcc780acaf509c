"""What the training policy means for a batch: how each notebook runs, and which reference it is compared with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from grader.batch.job import Conditions
from grader.batch.reference import measure_reference
from grader.batch.roads import POLICIES, Roads
from grader.errors import UsageError
from grader.evidence.model import Reference
from grader.observation.observe import Measure
from grader.observation.trained_again import Replaying
from grader.provenance.keys import SigningKey
from grader.rubric.model import Rubric


def with_roads(
    conditions: Conditions, rubric: Rubric, replaying: Replaying, measure: Measure, out: Path, key: SigningKey
) -> Conditions:
    """The conditions with everything that the policy needs.

    Raises:
        UsageError: there is no such policy.
    """
    asked = next((policy for policy in POLICIES if policy == conditions.policy), None)
    if asked is None:
        raise UsageError(expected=f"a training policy ({', '.join(POLICIES)})", received=repr(conditions.policy))
    in_full = replace(conditions, policy="full", roads=None)

    def full_reference() -> Reference:
        return measure_reference(rubric, in_full, measure, out, key)

    return replace(conditions, roads=Roads(asked, rubric, replaying, full_reference))


def first_reference(rubric: Rubric, conditions: Conditions, measure: Measure, out: Path, key: SigningKey) -> Reference:
    """The reference's result by the road on which most submissions will be: under `auto` a replay where it can be."""
    roads = conditions.roads
    if roads is None or roads.asked != "auto":
        return measure_reference(rubric, conditions, measure, out, key)
    only_replay = replace(conditions, policy="replay", roads=Roads("replay", rubric, roads.replaying, lambda: None))
    found = measure_reference(rubric, only_replay, measure, out, key)
    return found if found.accuracy is not None else roads.full_reference() or found
