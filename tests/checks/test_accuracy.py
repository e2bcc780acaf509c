from __future__ import annotations

import pytest

from grader.checks.comparison import shortfall_noise
from grader.evidence.model import Evidence, LayerState, Reference, Replay
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import (
    FIT_CELL,
    error,
    fit,
    good,
    measured,
    model,
    nothing,
    ran,
    stopped_at,
)


def reaches(
    accuracy: float, examples: int | None = 200, reference: float | None = 0.965, **changes: object
) -> Evidence:
    target = Reference(accuracy=reference, examples=200, digest="r")
    return good(measurement=measured(accuracy, examples, **changes), reference=target)


@pytest.mark.parametrize(
    ("accuracy", "code", "worth"),
    [
        (0.97, "reached", 1),
        (0.965, "reached", 1),
        (0.92, "within_margin", 1),
        (0.90, "short", 0.5),
        (0.80, "far_below", 0),
        (0.50, "far_below", 0),
    ],
)
def test_against_a_reference_of_0_965_on_200_images(accuracy: float, code: str, worth: float) -> None:
    assert codes("accuracy", reaches(accuracy)) == [code]
    assert share("accuracy", reaches(accuracy)) == worth


def test_on_few_images_a_large_difference_may_be_chance() -> None:
    few = Reference(accuracy=0.95, examples=20, digest="r")
    evidence = good(measurement=measured(0.80, 20), reference=few)
    assert codes("accuracy", evidence) == ["within_margin"]


def test_the_teacher_sets_the_tolerance() -> None:
    assert codes("accuracy", reaches(0.90), tolerance=0.1) == ["within_margin"]
    assert codes("accuracy", reaches(0.80), far=0.3) == ["short"]


def test_the_message_says_the_numbers() -> None:
    message = findings("accuracy", reaches(0.90))[0].message
    assert "200 images" in message
    assert "90.0 %" in message
    assert "96.5 %" in message


def test_agresti_and_caffo() -> None:
    """Worked by hand: p1 = 41/52, p2 = 47/52, so the variance is 0.003206 + 0.001671."""
    assert shortfall_noise(40, 50, 46, 50, 1.96) == pytest.approx(1.96 * 0.0698, abs=2e-3)


def test_shortened_training_is_not_comparable() -> None:
    assert codes("accuracy", good(run=ran(policy="capped"))) == ["shortened"]
    assert codes("accuracy", good(fits=(fit(shortened=True),))) == ["shortened"]


def test_failures_with_a_name() -> None:
    assert codes("accuracy", reaches(0.5, constant_prediction=True)) == ["constant_prediction"]
    assert codes("accuracy", reaches(0.5, not_finite=True)) == ["not_finite"]
    assert codes("accuracy", reaches(0.04, labels_swapped_accuracy=0.96)) == ["labels_swapped"]


def test_what_cannot_be_compared_goes_to_a_person() -> None:
    assert codes("accuracy", good(measurement=None)) == ["not_measured"]
    assert codes("accuracy", good(measurement=measured(rebuilt=False, problem="a Lambda layer"))) == ["not_measured"]
    assert codes("accuracy", good(measurement=measured(None))) == ["not_measured"]
    assert codes("accuracy", good(measurement=measured(float("nan")))) == ["not_measured"]
    assert codes("accuracy", reaches(0.7, examples=None)) == ["not_measured"]
    assert codes("accuracy", good(reference=None)) == ["no_reference"]
    assert codes("accuracy", reaches(0.9, reference=None)) == ["no_reference"]


def test_training_that_was_cut_off() -> None:
    evidence = good(run=ran("timed_out"), fits=(fit(epochs_run=3),))
    assert codes("accuracy", evidence) == ["training_unfinished"]
    assert codes("accuracy", good(fits=(fit(error="Interrupted", epochs_run=3),))) == ["training_unfinished"]


def test_weights_that_came_from_somewhere_else() -> None:
    still = LayerState(name="dense", class_name="Dense", uid=30, trainable=True, parameters=1281, moved=False)
    assert codes("accuracy", good(fits=(fit(layers=(still,)),))) == ["not_trained_here"]


def test_nothing_there_is_different_from_not_seen() -> None:
    assert codes("accuracy", nothing()) == ["no_model"]
    assert codes("accuracy", nothing(graded=model())) == ["never_trained"]
    assert codes("accuracy", stopped_at(3)) == ["not_reached"]
    crashed = good(fits=(), run=ran("cells_failed", error(FIT_CELL)))
    assert codes("accuracy", crashed) == ["not_reached"]


def replayed(accuracy: float, reference: float = 0.965, **changes: object) -> Evidence:
    """Trained again by us, after a run of which every training was cut short."""
    replay = Replay.model_validate({"applies": True, "accuracy": accuracy, "examples": 200, **changes})
    target = Reference(accuracy=reference, examples=200, digest="r", road="replay")
    return good(
        run=ran(policy="capped"), fits=(fit(shortened=True),), measurement=measured(None), replay=replay,
        reference=target,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("accuracy", "found", "worth"),
    [
        (0.97, ["reached", "replayed"], 1),
        (0.95, ["within_margin", "replayed"], 1),
        (0.92, ["replay_undecided"], None),
        (0.88, ["replay_undecided"], None),
        (0.60, ["replay_undecided"], None),
    ],
)
def test_a_head_that_was_trained_again(accuracy: float, found: list[str], worth: float | None) -> None:
    assert codes("accuracy", replayed(accuracy)) == found
    assert share("accuracy", replayed(accuracy)) == worth


def test_what_was_left_out_of_a_replay_is_said() -> None:
    (_, told) = findings("accuracy", replayed(0.97, left_out=("fine-tuning",)))
    assert "without fine-tuning" in told.message


def test_a_replay_with_names() -> None:
    assert codes("accuracy", replayed(0.5, constant_prediction=True)) == ["replay_undecided"]
    assert codes("accuracy", replayed(0.04, labels_swapped_accuracy=0.96)) == ["labels_swapped", "replayed"]


def test_a_head_that_hardly_learned_is_not_judged_by_its_random_start() -> None:
    assert codes("accuracy", replayed(0.97, again=0.6)) == ["replay_undecided"]
    assert codes("accuracy", replayed(0.97, again=0.95)) == ["reached", "replayed"]


def test_beside_a_full_run_the_replay_decides_nothing() -> None:
    evidence = good(replay=Replay(applies=True, accuracy=0.5, examples=200, reachable=0.97))
    assert codes("accuracy", evidence) == ["within_margin"]


def with_own_code(accuracy: float, replay: Replay | None) -> Evidence:
    """Run in full, with a loss of the notebook's own."""
    evidence = reaches(accuracy)
    own = evidence.statements[-1].model_copy(
        update={"topic": "own_code", "settings": {"what": "a function or class of its own as `loss`"}}
    )
    return evidence.model_copy(update={"replay": replay, "statements": (*evidence.statements, own)})


def test_own_code_in_a_training_that_ours_explains_costs_nothing() -> None:
    explained = Replay(applies=True, accuracy=0.95, examples=200, reachable=0.96, trainings=2)
    assert codes("accuracy", with_own_code(0.97, explained)) == ["reached"]


@pytest.mark.parametrize(
    ("replay", "why"),
    [
        (None, "could not be repeated here"),
        (Replay(applies=False, problem="its loss is not one of Keras'"), "its loss is not one of Keras'"),
        (
            Replay(applies=True, accuracy=0.7, examples=200, reachable=0.75, trainings=8),
            "trained by us, reaches 75.0 %",
        ),
    ],
)
def test_own_code_in_a_training_that_ours_does_not_explain_is_for_a_person(replay: Replay | None, why: str) -> None:
    evidence = with_own_code(0.97, replay)
    (found,) = findings("accuracy", evidence)
    assert (found.code, share("accuracy", evidence)) == ("unexplained", None)
    assert why in found.message
    assert "a function or class of its own as `loss`" in found.message


def test_nobody_is_asked_about_an_accuracy_that_brings_no_points() -> None:
    assert codes("accuracy", with_own_code(0.5, None)) == ["far_below"]


@pytest.mark.parametrize(("reachable", "code"), [(0.96, "reached"), (0.75, "unexplained")])
def test_an_own_optimizer_that_only_the_record_shows_counts_as_one(reachable: float, code: str) -> None:
    again = Replay(
        applies=True, accuracy=reachable, examples=200, reachable=reachable, trainings=8, in_place_of=("optimizer",)
    )  # fmt: skip
    assert codes("accuracy", reaches(0.97).model_copy(update={"replay": again})) == [code]


@pytest.mark.parametrize(
    ("replay", "code"),
    [
        (Replay(applies=True, accuracy=0.95, examples=200, reachable=0.96, trainings=2), "reached"),
        (Replay(applies=True, accuracy=0.7, examples=200, reachable=0.75, trainings=8), "unexplained"),
        (Replay(applies=False, problem="it uses only a part of a network as its base"), "unexplained"),
    ],
)
def test_an_accuracy_that_no_training_of_ours_reaches_is_for_a_person(replay: Replay, code: str) -> None:
    evidence = reaches(0.97).model_copy(update={"replay": replay})
    (found,) = findings("accuracy", evidence)
    assert found.code == code
    assert "code of the notebook's own" not in found.message


def test_a_course_may_ask_only_about_notebooks_with_code_of_their_own() -> None:
    replay = Replay(applies=False, problem="it uses only a part of a network as its base")
    evidence = reaches(0.97).model_copy(update={"replay": replay})
    assert codes("accuracy", evidence, explain_all=False) == ["reached"]
    assert codes("accuracy", with_own_code(0.97, replay), explain_all=False) == ["unexplained"]
