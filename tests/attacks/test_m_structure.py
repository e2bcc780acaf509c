"""Models that only look right: what they get under lab06. Evidence as a teacher would describe it; no kernel needed."""

from __future__ import annotations

from typing import Any

import pytest

from grader.evidence.model import Evidence, Node, Range
from grader.judge import judge
from grader.models.graph import read_graph
from grader.rubric.load import load_rubric
from grader.verdict import Verdict
from tests.evidence_examples import (
    DROPOUT,
    FLIP,
    LOGIT,
    MOBILENET,
    POOLING,
    ROTATION,
    SCALING,
    base,
    data,
    fit,
    good,
    measured,
    model,
    node,
)
from tests.models.keras_configs import chain, conv, dense, image, layer, pooling

INPUT = node("input", "InputLayer")


def verdict(criterion: str, evidence: Evidence) -> Verdict:
    return next(each for each in judge(load_rubric("lab06"), evidence).verdicts if each.criterion == criterion)


def share(criterion: str, evidence: Evidence) -> float:
    found = verdict(criterion, evidence)
    return round(found.points / found.maximum, 2)


def built(*nodes: Node, **changes: Any) -> Evidence:
    return good(graded=model(INPUT, *nodes), measurement=measured(**changes))


@pytest.mark.attack("M1")
def test_m1_freezing_after_the_training_it_should_protect_from_earns_nothing() -> None:
    assert share("base-frozen", good(fits=[fit(frozen="no")])) == 0


@pytest.mark.attack("M1")
def test_m1_weights_that_moved_under_a_frozen_flag_earn_nothing() -> None:
    evidence = good(fits=[fit(frozen="yes", moved=True)], measurement=measured(base_weights_are=None))
    assert share("base-frozen", evidence) == 0
    assert "marked as frozen, yet" in verdict("base-frozen", evidence).reason


@pytest.mark.attack("M2")
def test_m2_a_base_without_learned_weights_earns_nothing() -> None:
    evidence = good(
        bases=(base(weights=None, pack_weights=None),), measurement=measured(base_weights_are=None),
    )  # fmt: skip
    assert share("base-without-top", evidence) == 0


@pytest.mark.attack("M2")
def test_m2_random_weights_that_say_imagenet_are_no_pass() -> None:
    evidence = good(
        bases=(base(weights="imagenet", pack_weights=None),), measurement=measured(base_weights_are=None),
    )  # fmt: skip
    assert verdict("base-without-top", evidence).status == "needs_review"


@pytest.mark.attack("M2")
def test_m2_a_base_with_its_top_cut_open_is_the_same_network_and_counts_as_that() -> None:
    evidence = good(bases=(base(include_top=True),), fits=[fit()])
    assert verdict("base-without-top", evidence).status == "met"


@pytest.mark.attack("M2")
@pytest.mark.parametrize("reaches", [(-1.0, -0.992), (0.0, 255.0), (-1.0, 254.0)])
def test_m2_wrong_or_double_scaling_earns_nothing(reaches: tuple[float, float]) -> None:
    evidence = good(measurement=measured(base_input_range=Range(minimum=reaches[0], maximum=reaches[1])))
    assert share("preprocessing", evidence) == 0


STILL = {"augmentation_changes_training": False}


@pytest.mark.attack("M3")
@pytest.mark.parametrize(
    "evidence",
    [
        built(FLIP.model_copy(update={"on_path": False}), ROTATION.model_copy(update={"on_path": False}), SCALING,
              MOBILENET, POOLING, DROPOUT, LOGIT, **STILL),
        built(node("augmentation", "RandomRotation", factor=0.0), SCALING,
              MOBILENET, POOLING, DROPOUT, LOGIT, **STILL),
        built(SCALING, MOBILENET, FLIP, ROTATION, POOLING, DROPOUT, LOGIT, **STILL),
    ],
    ids=["unused", "rate 0", "after the base"],
)  # fmt: skip
def test_m3_augmentation_that_does_nothing_to_training_images_earns_nothing(evidence: Evidence) -> None:
    assert verdict("augmentation", evidence).points == 0


@pytest.mark.attack("M3")
def test_m3_augmentation_at_prediction_does_not_earn_full_points() -> None:
    assert share("augmentation", good(measurement=measured(augmentation_changes_prediction=True))) <= 0.5


@pytest.mark.attack("M3")
@pytest.mark.parametrize(
    "evidence",
    [
        built(FLIP, ROTATION, SCALING, MOBILENET, POOLING, node("regularisation", "Dropout", rate=0.0), LOGIT),
        built(FLIP, ROTATION, SCALING, MOBILENET, POOLING, DROPOUT.model_copy(update={"on_path": False}), LOGIT),
        built(FLIP, ROTATION, SCALING, MOBILENET, POOLING, DROPOUT, LOGIT.model_copy(update={"on_path": False})),
    ],
    ids=["rate 0", "not on the path", "Dense(1) not on the path"],
)
def test_m3_parts_of_the_head_that_do_nothing_do_not_count(evidence: Evidence) -> None:
    assert share("head", evidence) <= 0.67


@pytest.mark.attack("M5")
def test_m5_training_on_the_validation_images_waits_for_a_person() -> None:
    evidence = good(fits=[fit(data=data(directory="cats_and_dogs_filtered/validation"))])
    found = verdict("accuracy", evidence)
    assert found.status == "needs_review"
    assert "meant for validation" in found.reason
    assert verdict("accuracy", good(fits=[fit(data=data(directory="filtered/train"))])).status == "met"


@pytest.mark.attack("M5")
def test_m5_validating_on_the_training_images_waits_for_a_person() -> None:
    evidence = good(fits=[fit(validation=data(shares_training=True))])
    assert "says nothing about new pictures" in verdict("accuracy", evidence).reason
    assert verdict("accuracy", evidence).points == 0


@pytest.mark.attack("M6")
def test_m6_a_constant_answer_is_named_and_earns_nothing() -> None:
    evidence = good(measurement=measured(accuracy=0.5, constant_prediction=True))
    assert share("accuracy", evidence) == 0
    assert "same answer for every image" in verdict("accuracy", evidence).reason


@pytest.mark.attack("M6")
def test_m6_what_the_kernel_answers_for_itself_never_earns_points_that_need_verification() -> None:
    answered = measured(rebuilt=False, answered_by="kernel", accuracy=1.0, problem="its classes are the notebook's own")
    found = verdict("accuracy", good(measurement=answered))
    assert (found.status, found.points) == ("needs_review", 0)
    assert "only seen while the notebook ran" in found.reason


@pytest.mark.attack("M9")
def test_m9_a_network_is_known_by_its_structure_and_not_by_its_name() -> None:
    """A few convolutions called `mobilenetv2_1.00_96`, and a class called MobileNetV2 from somewhere else."""
    inner = chain(image("inner"), conv(8, "Conv1"), conv(8, "Conv_1"), name="mobilenetv2_1.00_96")
    graph = read_graph(chain(image(), inner, pooling(), dense()))
    assert graph.backbone is None
    assert [each.class_name for each in graph.nodes if each.role == "base" and each.class_name == "MobileNetV2"] == []
    stranger = layer("MobileNetV2", "mobilenetv2", module="solution")
    assert read_graph(chain(image(), stranger, pooling(), dense())).backbone is None
