"""Fine-tuning, for labs that ask for it."""

from __future__ import annotations

import pytest

from grader.evidence.model import Evidence, Fit, Optimizer
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import FIT_CELL, base, fit, good, model, nothing, stopped_at


def trained(*fits: Fit) -> Evidence:
    return good(fits=fits)


def again(frozen: str = "partial", rate: float | None = 1e-5, moved: bool | None = None) -> Fit:
    return fit(1, frozen=frozen, moved=moved, optimizer=Optimizer(name="RMSprop", learning_rate=rate))


def test_the_last_layers_trained_on_in_small_steps() -> None:
    evidence = trained(fit(), again())
    assert codes("fine_tuning", evidence) == ["fine_tuned"]
    assert (
        "20 of its 52 layers were open, with a learning rate of 1e-05" in findings("fine_tuning", evidence)[0].message
    )
    assert share("fine_tuning", evidence) == 1


def test_the_whole_base_is_a_style_that_a_rubric_may_price() -> None:
    assert codes("fine_tuning", trained(fit(), again("no"))) == ["fine_tuned"]
    assert share("fine_tuning", trained(fit(), again("no"))) == 1


@pytest.mark.parametrize(("rate", "code"), [(1e-3, "high_rate"), (1e-4, "fine_tuned"), (None, "fine_tuned")])
def test_steps_must_be_small(rate: float | None, code: str) -> None:
    assert codes("fine_tuning", trained(fit(), again(rate=rate))) == [code]


def test_what_counts_as_small_is_for_the_lab_to_say() -> None:
    assert codes("fine_tuning", trained(fit(), again(rate=1e-4)), highest_rate=1e-5) == ["high_rate"]


def test_no_second_training_is_no_fine_tuning() -> None:
    assert codes("fine_tuning", trained(fit())) == ["never_fine_tuned"]
    assert codes("fine_tuning", trained(fit(), fit(1))) == ["never_fine_tuned"]
    assert share("fine_tuning", trained(fit())) == 0


def test_a_base_that_was_never_frozen_is_not_fine_tuned_afterwards() -> None:
    assert codes("fine_tuning", trained(fit(frozen="no"))) == ["from_the_start"]
    assert codes("fine_tuning", trained(fit(frozen="no"), again())) == ["from_the_start"]


def test_opened_without_compiling_again_changes_nothing() -> None:
    still = again("no", moved=False)
    assert codes("fine_tuning", trained(fit(), still)) == ["opened_without_effect"]
    shortened = still.model_copy(update={"shortened": True})
    assert codes("fine_tuning", trained(fit(), shortened)) == ["opened_unclear"]
    assert share("fine_tuning", trained(fit(), shortened)) is None


def test_nothing_there_is_different_from_not_seen() -> None:
    assert codes("fine_tuning", nothing()) == ["no_model"]
    assert codes("fine_tuning", nothing(graded=model(), bases=(base(),))) == ["never_trained"]
    assert codes("fine_tuning", stopped_at(FIT_CELL)) == ["not_reached"]
