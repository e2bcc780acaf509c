from __future__ import annotations

from grader.evidence.model import Cell, Evidence
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import FIT_CELL, cells, error, fit, good, nothing, ran, says, stopped_at


def runs(evidence: Evidence) -> list[str]:
    return codes("notebook_runs", evidence)


def test_a_notebook_that_runs_from_top_to_bottom() -> None:
    assert runs(good()) == ["ran"]


def test_one_failed_cell_after_training_costs_half() -> None:
    evidence = good(run=ran("cells_failed", error(7, "NameError", "name 'plt' is not defined")))
    assert runs(evidence) == ["cells_failed"]
    assert share("notebook_runs", evidence) == 0.5
    assert (
        "cell [7] stopped with NameError: name 'plt' is not defined." in findings("notebook_runs", evidence)[0].message
    )


def test_a_failure_before_training_costs_everything_and_names_the_first_error() -> None:
    evidence = stopped_at(2).model_copy(
        update={"run": ran("cells_failed", error(3, "NameError"), error(2, "ValueError"))}
    )
    (finding,) = findings("notebook_runs", evidence)
    assert finding.code == "failed_before_training"
    assert "cell [2] stopped with ValueError" in finding.message
    assert "1 more failed after it" in finding.message


def test_an_error_of_ours_costs_nothing_but_is_mentioned() -> None:
    evidence = good(run=ran("cells_failed", error(5, "ImportError", "You must install pydot", ours=True)))
    assert runs(evidence) == ["ran", "only_our_errors"]
    assert "without an error of its own." in findings("notebook_runs", evidence)[0].message
    assert share("notebook_runs", evidence) == 1


def test_an_error_after_a_shortened_fit_costs_nothing() -> None:
    evidence = good(run=ran("cells_failed", error(7, "KeyError", "9", after_shortened_call=True), policy="capped"))
    assert share("notebook_runs", evidence) == 1


def test_a_name_missing_after_an_error_of_ours_is_no_second_mistake() -> None:
    evidence = good(run=ran("cells_failed", error(5, "OSError", ours=True), error(7, "NameError")))
    assert runs(evidence) == ["ran", "only_our_errors"]


def test_a_real_error_beside_one_of_ours_still_counts() -> None:
    evidence = good(run=ran("cells_failed", error(5, "OSError", ours=True), error(7, "TypeError")))
    assert runs(evidence) == ["cells_failed", "only_our_errors"]


def test_our_error_that_kept_everything_from_training_goes_to_a_person() -> None:
    evidence = stopped_at(1).model_copy(update={"run": ran("cells_failed", error(1, "OSError", ours=True))})
    assert runs(evidence) == ["stopped_by_us"]
    assert share("notebook_runs", evidence) is None


def test_what_fails_after_our_error_and_before_any_training_goes_to_a_person() -> None:
    ours, theirs = (
        error(1, "FileNotFoundError", ours=True),
        error(2, "AttributeError", "'list' has no attribute 'shape'"),
    )
    run = ran("cells_failed", ours, theirs)
    assert runs(stopped_at(1).model_copy(update={"run": run})) == ["stopped_by_us"]
    first = run.model_copy(update={"errors": (theirs.model_copy(update={"place": ours.place}), ours)})
    assert "failed_before_training" in runs(stopped_at(1).model_copy(update={"run": first}))


def test_an_empty_notebook_runs_but_earns_nothing() -> None:
    assert runs(nothing()) == ["trains_nothing"]
    empty = (Cell(position=1, code_cell=1, kind="code", source=" \n", status="ok"),)
    assert runs(nothing(cells=empty)) == ["no_code"]
    assert share("notebook_runs", nothing(cells=empty)) == 0


def test_a_notebook_that_never_trains_earns_nothing_for_running() -> None:
    printing = (Cell(position=1, code_cell=1, kind="code", source="print('PASSED')", status="ok"),)
    assert runs(nothing(cells=printing)) == ["trains_nothing"]


def test_ending_its_own_process_before_any_training_earns_nothing() -> None:
    exiting = (Cell(position=1, code_cell=1, kind="code", source="os._exit(0)", status="failed"),)
    assert runs(nothing(cells=exiting, run=ran("kernel_died"))) == ["trains_nothing"]


def test_a_fit_that_failed_at_once_is_no_training() -> None:
    failed = fit(frozen="yes", error="ValueError: shapes", epochs_run=0, layers=())
    evidence = good(fits=(failed,), run=ran("cells_failed", error(FIT_CELL)), cells=cells([FIT_CELL]))
    assert runs(evidence) == ["failed_before_training"]


def test_a_training_loop_of_ones_own_goes_to_a_person() -> None:
    loop = (Cell(position=1, code_cell=1, kind="code", source="with tf.GradientTape() as tape: …", status="ok"),)
    assert runs(nothing(cells=loop)) == ["custom_training"]


def test_a_call_of_keras_2_that_failed_is_no_training_of_ones_own() -> None:
    failed = (Cell(position=1, code_cell=1, kind="code", source="model.fit_generator(train / 16)", status="failed"),)
    evidence = nothing(cells=failed, run=ran("cells_failed", error(1)), statements=(says("fit", 1),))
    assert runs(evidence) == ["failed_before_training"]


def test_time_out_and_a_dead_kernel_go_to_a_person() -> None:
    assert runs(good(run=ran("timed_out"))) == ["timed_out"]
    assert runs(stopped_at(3, "kernel_died")) == ["kernel_died"]


def test_a_notebook_that_was_not_run_on_purpose() -> None:
    assert runs(nothing(run=ran("not_run"), statements=(says("fit", 1),))) == ["not_run"]


def test_a_file_that_is_no_notebook() -> None:
    evidence = nothing(run=ran("unreadable", explanation="It is not JSON."))
    assert runs(evidence) == ["unreadable"]
    assert "It is not JSON." in findings("notebook_runs", evidence)[0].message
