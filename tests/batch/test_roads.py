"""When a shortened run is enough, and when the notebook has to run in full."""

from __future__ import annotations

from typing import Any

import pytest

from grader.batch.roads import road_taken, why_full
from grader.evidence.model import Evidence, Reference, Replay
from grader.rubric.load import load_rubric
from tests.evidence_examples import error, fit, good, measured, ran

RUBRIC = load_rubric("lab06")
REFERENCE = Reference(accuracy=0.965, examples=200, digest="r" * 64, road="replay")


def shortened(accuracy: float | None = 0.96, run: Any = None, **changes: Any) -> Evidence:
    """A run of which every training was cut short, and the head was trained again."""
    replay = Replay(applies=accuracy is not None, accuracy=accuracy, examples=200, **changes)
    return good(
        run=run or ran(policy="capped", shortened_calls=2), fits=(fit(shortened=True, epochs_run=1),),
        measurement=measured(None, None), replay=replay, reference=REFERENCE,
    )  # fmt: skip


@pytest.mark.parametrize("accuracy", [0.99, 0.96, 0.94])
def test_a_clear_result_stands(accuracy: float) -> None:
    evidence = shortened(accuracy)
    assert why_full(RUBRIC, evidence) is None
    assert road_taken("auto", evidence, None).decided == "replay"


@pytest.mark.parametrize("accuracy", [0.88, 0.79, 0.5])
def test_nobody_loses_points_by_a_replay(accuracy: float) -> None:
    assert "less than what is asked" in (why_full(RUBRIC, shortened(accuracy)) or "")


@pytest.mark.parametrize("accuracy", [0.93, 0.92])
def test_near_a_border_the_notebooks_own_training_decides(accuracy: float) -> None:
    why = why_full(RUBRIC, shortened(accuracy))
    assert why is not None
    assert "margin of error" in why


def test_what_cannot_be_replayed_runs_in_full_and_says_why() -> None:
    evidence = shortened(None, problem="its base was not frozen in the first training")
    why = why_full(RUBRIC, evidence)
    assert why is not None
    assert why.endswith("its base was not frozen in the first training")
    whole = good()
    assert road_taken("auto", whole, why).why == why + "."


def test_fine_tuning_may_make_up_for_a_weak_head() -> None:
    assert "fine-tune" in (why_full(RUBRIC, shortened(0.7, fine_tuned=True)) or "")
    assert why_full(RUBRIC, shortened(0.96, fine_tuned=True)) is None


def test_fine_tuning_at_a_small_rate_makes_no_good_head_bad() -> None:
    assert why_full(RUBRIC, shortened(0.93)) is not None
    assert why_full(RUBRIC, shortened(0.93, fine_tuned=True)) is None
    assert why_full(RUBRIC, shortened(0.91, fine_tuned=True)) is not None


def test_a_cell_that_failed_after_a_shortened_call_may_be_our_doing() -> None:
    failed = error(7, after_shortened_call=True)
    assert why_full(RUBRIC, shortened(run=ran("cells_failed", failed, policy="capped", shortened_calls=1))) is not None
    ours = error(7, after_shortened_call=True, ours=True)
    assert why_full(RUBRIC, shortened(run=ran("cells_failed", ours, policy="capped", shortened_calls=1))) is None
    before = error(2)
    assert why_full(RUBRIC, shortened(run=ran("cells_failed", before, policy="capped", shortened_calls=1))) is None


@pytest.mark.parametrize("status", ["timed_out", "kernel_died"])
def test_an_end_before_the_end_after_a_shortened_call(status: str) -> None:
    assert why_full(RUBRIC, shortened(run=ran(status, policy="capped", shortened_calls=1))) is not None


def test_nothing_was_shortened_so_nothing_would_change() -> None:
    assert why_full(RUBRIC, shortened(None, run=ran(policy="capped"))) is None


def test_a_reference_by_another_road_is_not_compared() -> None:
    evidence = shortened().model_copy(update={"reference": REFERENCE.model_copy(update={"road": "full"})})
    assert why_full(RUBRIC, evidence) is not None


def test_no_full_training_only_to_see_how_accurate_a_wrong_model_is() -> None:
    """The rubric says that it would not count."""
    unfrozen = shortened(0.6).model_copy(update={"fits": (fit(frozen="no", shortened=True, epochs_run=1),)})
    assert why_full(RUBRIC, unfrozen) is None
    counted = RUBRIC.model_copy(
        update={"criteria": tuple(each.model_copy(update={"void_when_unmet": False}) for each in RUBRIC.criteria)}
    )
    assert why_full(counted, unfrozen) is not None
