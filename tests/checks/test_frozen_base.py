from __future__ import annotations

from grader.evidence.model import Cell, Evidence
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import (
    BASE,
    FIT_CELL,
    FREEZE_CELL,
    TUNE_CELL,
    base,
    cells,
    error,
    fit,
    good,
    measured,
    nothing,
    ran,
    says,
    source,
    stopped_at,
)


def found(evidence: Evidence) -> list[str]:
    return codes("frozen_base", evidence)


def test_frozen_during_feature_extraction() -> None:
    (finding,) = findings("frozen_base", good())
    assert (finding.code, finding.strength) == ("frozen", "verified")
    assert [place.cell for place in finding.places] == [FREEZE_CELL, FIT_CELL]


def test_fine_tuning_afterwards_costs_nothing() -> None:
    evidence = good(fits=(fit(0), fit(1, frozen="partial")), measurement=measured(base_weights_are=None))
    assert found(evidence) == ["frozen", "then_fine_tuned"]
    assert share("frozen_base", evidence) == 1


def test_not_frozen() -> None:
    evidence = good(fits=(fit(frozen="no"),), statements=())
    assert found(evidence) == ["not_frozen"]
    assert "52 of its 52 layers changed" in findings("frozen_base", evidence)[0].message


def test_a_flag_that_lies_is_found_out_by_the_weights() -> None:
    assert found(good(fits=(fit(frozen="yes", moved=True),))) == ["moved_despite_flag"]


def test_a_base_that_something_trained_before_the_first_fit_is_for_a_person() -> None:
    """By a loop of one's own or `train_on_batch`, then frozen: the first `fit` alone looks like the first training."""
    changed = good(bases=(base(weights_digest="f" * 64),))
    assert found(changed) == ["changed_before"]
    loaded = base(weights=None, weights_digest="f" * 64, pack_weights=None)
    assert found(good(bases=(loaded,))) == ["frozen"], "weights that were loaded into an empty base are no training"


def test_a_shortened_run_in_which_nothing_moved_is_judged_by_the_flags() -> None:
    assert found(good(fits=(fit(frozen="no", moved=False, shortened=True),), statements=())) == ["not_frozen"]


def test_trainable_yet_unmoved_after_a_whole_training_puzzles_a_person() -> None:
    assert found(good(fits=(fit(frozen="no", moved=False),))) == ["still_but_trainable"]


def test_some_layers_frozen() -> None:
    evidence = good(fits=(fit(frozen="partial"),))
    assert found(evidence) == ["partly_frozen"]
    assert share("frozen_base", evidence) == 0.5


def test_frozen_only_for_the_second_training() -> None:
    assert found(good(fits=(fit(0, frozen="no"), fit(1)))) == ["frozen_in_a_later_fit"]


def test_the_freezing_line_comes_after_the_training() -> None:
    evidence = good(fits=(fit(frozen="no"),), statements=(says("freeze", TUNE_CELL),))
    assert found(evidence) == ["frozen_after_training"]
    assert "cell [7]" in findings("frozen_base", evidence)[0].message


def test_freezing_the_lower_layers_for_fine_tuning_is_not_freezing_too_late() -> None:
    fits = (fit(0, frozen="no"), fit(1, frozen="partial"))
    assert found(good(fits=fits, statements=(says("freeze", TUNE_CELL),))) == ["not_frozen"]


def test_an_experiment_with_another_base_before_it_does_not_count() -> None:
    other = fit(0, frozen="no")
    assert other.base is not None
    other = other.model_copy(update={"model_uid": 99, "base": other.base.model_copy(update={"uid": BASE + 1})})
    assert found(good(fits=(other, fit(1)))) == ["frozen"]


def test_a_call_that_failed_before_its_first_step_is_skipped() -> None:
    failed = fit(0, frozen="no", moved=False, error="ValueError", epochs_run=0, layers=())
    assert found(good(fits=(failed, fit(1)))) == ["frozen"]


def test_never_trained() -> None:
    assert found(nothing()) == ["no_model"]
    assert found(nothing(bases=(base(),), statements=source())) == ["never_trained"]


def test_a_crash_before_the_fit_leaves_the_frozen_base_to_a_person() -> None:
    assert found(stopped_at(FIT_CELL)) == ["not_reached"]
    failed = fit(error="ValueError", epochs_run=0, layers=())
    evidence = good(fits=(failed,), run=ran("cells_failed", error(FIT_CELL)), cells=cells([FIT_CELL]))
    assert found(evidence) == ["not_reached"]


def test_a_crash_in_a_notebook_that_never_freezes() -> None:
    evidence = stopped_at(FIT_CELL)
    without = tuple(said for said in evidence.statements if said.topic != "freeze")
    (finding,) = findings("frozen_base", evidence.model_copy(update={"statements": without}))
    assert (finding.cost, finding.strength) == (1.0, "stated")


def test_a_training_loop_of_ones_own_goes_to_a_person() -> None:
    loop = (Cell(position=1, code_cell=1, kind="code", source="model.train_on_batch(x, y)", status="ok"),)
    assert found(nothing(cells=loop, bases=(base(),))) == ["custom_training"]


def test_a_base_whose_weights_were_not_recorded() -> None:
    assert found(good(fits=(fit().model_copy(update={"base": None}),))) == ["unknown"]


def test_fit_with_no_epochs_is_no_training() -> None:
    nothing_trained = fit(epochs_requested=0, epochs_run=0, moved=False)
    assert codes("frozen_base", good(fits=(nothing_trained,))) == ["never_trained"]


def test_a_module_of_tf_hub_is_frozen_from_the_start_and_waits_for_a_person_where_training_was_not_reached() -> None:
    hub = says("base", 1, backbone="hub.KerasLayer", handle="https://tfhub.dev/x")
    trained = says("base", 1, backbone="hub.KerasLayer", handle="https://tfhub.dev/x", trainable=True)
    failed = (Cell(position=1, code_cell=1, kind="code", source="layer = hub.KerasLayer(url)", status="failed"),)
    for said, expected in ((hub, "not_reached"), (trained, "no_model")):
        evidence = nothing(cells=failed, statements=(said, says("fit", 2)), run=ran("cells_failed"))
        assert found(evidence) == [expected]
