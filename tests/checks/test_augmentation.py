from __future__ import annotations

import pytest

from grader.evidence.model import Evidence, Node
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import (
    AUGMENT_CELL,
    DROPOUT,
    FLIP,
    LOGIT,
    MOBILENET,
    POOLING,
    ROTATION,
    SCALING,
    cells,
    data,
    error,
    fit,
    good,
    measured,
    model,
    node,
    nothing,
    ran,
    says,
    stopped_at,
)

TAIL = (MOBILENET, POOLING, DROPOUT, LOGIT)


def found(evidence: Evidence) -> list[str]:
    return codes("augmentation", evidence)


def with_steps(*steps: Node, changes: bool | None = None, stated: bool = False) -> Evidence:
    said = (says("augmentation", AUGMENT_CELL, 'RandomFlip("horizontal"), RandomRotation(0.2)'),) if stated else ()
    measurement = measured(augmentation_changes_training=changes)
    return good(graded=model(*steps, *TAIL), measurement=measurement, statements=said)


def test_flip_and_rotation_before_the_base() -> None:
    (finding,) = findings("augmentation", good())
    assert (finding.code, finding.strength) == ("in_model", "verified")
    assert [place.cell for place in finding.places] == [AUGMENT_CELL]


def test_without_a_measurement_the_layers_are_only_observed() -> None:
    (finding,) = findings("augmentation", good(measurement=None))
    assert (finding.code, finding.strength) == ("in_model", "observed")


def test_a_layer_that_was_measured_to_change_nothing_alone_does_not_count() -> None:
    """A turn all the way round, or a branch that is multiplied by 0, beside a flip that works."""
    turn = ROTATION.model_copy(update={"name": "turn"})
    evidence = good(
        graded=model(FLIP, turn, SCALING, *TAIL),
        measurement=measured(idle_layers=("turn",), augmentation_changes_training=True),
    )
    assert found(evidence) == ["no_effect"]
    assert share("augmentation", evidence) == 0.5


def test_only_one_of_the_two_is_half() -> None:
    assert found(with_steps(FLIP, SCALING)) == ["flip_only"]
    assert found(with_steps(ROTATION, SCALING)) == ["rotation_only"]
    assert share("augmentation", with_steps(FLIP)) == 0.5


def test_none() -> None:
    assert found(with_steps(SCALING)) == ["none"]
    assert share("augmentation", with_steps(SCALING)) == 0


def test_built_and_never_used() -> None:
    aside = (FLIP.model_copy(update={"on_path": False}), ROTATION.model_copy(update={"on_path": False}))
    assert found(with_steps(*aside, SCALING)) == ["unused", "unused"]
    assert found(with_steps(SCALING, stated=True)) == ["unused", "unused"]
    assert share("augmentation", with_steps(SCALING, stated=True)) == 0


@pytest.mark.parametrize("factor", [0, 0.0, "(0, 0)", "[-0.0, 0.0]"])
def test_a_rotation_by_nothing(factor: object) -> None:
    assert found(with_steps(FLIP, node("augmentation", "RandomRotation", factor=factor))) == ["no_effect"]


@pytest.mark.parametrize("factor", [0.1, "(-0.2, 0.2)", None])
def test_a_rotation_by_something(factor: object) -> None:
    assert found(with_steps(FLIP, node("augmentation", "RandomRotation", factor=factor))) == ["in_model"]


def test_layers_that_never_act_are_measured_not_believed() -> None:
    assert found(with_steps(FLIP, ROTATION, changes=False)) == ["no_effect", "no_effect"]
    silent = [each.model_copy(update={"training_argument": False}) for each in (FLIP, ROTATION)]
    assert found(with_steps(*silent)) == ["no_effect", "no_effect"]


def test_after_the_base_there_are_no_images_left() -> None:
    evidence = good(graded=model(SCALING, MOBILENET, FLIP, ROTATION, POOLING, DROPOUT, LOGIT))
    assert found(evidence) == ["after_base", "after_base"]


def test_active_at_prediction() -> None:
    evidence = good(measurement=measured(augmentation_changes_prediction=True))
    assert found(evidence) == ["active_at_prediction"]
    always = [each.model_copy(update={"training_argument": True}) for each in (FLIP, ROTATION)]
    evidence = good(graded=model(*always, *TAIL), measurement=None)
    assert found(evidence) == ["active_at_prediction"]


def test_augmentation_in_the_data_pipeline_is_as_good() -> None:
    mapped = data(pipeline_operations=("random_flip", "random_rotation"))
    generator = data(pipeline_operations=("horizontal_flip=True", "rotation_range=20"))
    for piped in (mapped, generator):
        evidence = good(graded=model(SCALING, *TAIL), fits=(fit(data=piped),))
        assert found(evidence) == ["in_pipeline"]
        assert share("augmentation", evidence) == 1


def test_generator_settings_that_do_nothing() -> None:
    idle = data(pipeline_operations=("horizontal_flip=False", "rotation_range=0"))
    evidence = good(
        graded=model(SCALING, *TAIL),
        fits=(fit(data=idle),),
        statements=(),
        measurement=measured(augmentation_changes_training=None),
    )
    assert found(evidence) == ["none"]


def test_flip_in_the_pipeline_and_rotation_in_the_model() -> None:
    evidence = good(graded=model(ROTATION, *TAIL), fits=(fit(data=data(pipeline_operations=("flip_left_right",))),))
    assert found(evidence) == ["in_pipeline"]


def test_augmenting_the_validation_images_too() -> None:
    piped = data(pipeline_operations=("horizontal_flip=True", "rotation_range=20"))
    evidence = good(graded=model(SCALING, *TAIL), fits=(fit(data=piped, validation=piped),))
    assert found(evidence) == ["augments_validation"]
    assert share("augmentation", evidence) == 0.67


def test_something_random_that_nobody_recognises() -> None:
    assert found(with_steps(node("other", "Lambda"), changes=True)) == ["unrecognised"]


def test_a_flip_by_another_library_is_looked_at_by_a_person() -> None:
    flips = says("augmentation", 2, "image = cv2.flip(image, 1)", name="cv2.flip", other=True)
    evidence = good(
        graded=model(SCALING, *TAIL),
        statements=(flips,),
        measurement=measured(augmentation_changes_training=None),
        fits=(fit(data=data(kind="PyDataset")),),
    )
    assert found(evidence) == ["other_way"]
    assert found(evidence.model_copy(update={"fits": (fit(data=data(kind="tf.data")),)})) == ["none"]
    turned = data(pipeline_operations=("horizontal_flip=True", "rotation_range=20"))
    assert found(evidence.model_copy(update={"fits": (fit(data=turned),)})) == ["in_pipeline"]
    only_flipped = data(pipeline_operations=("horizontal_flip=True",))
    assert found(evidence.model_copy(update={"fits": (fit(data=only_flipped),)})) == ["flip_only"]


def test_nothing_there_is_different_from_not_seen() -> None:
    assert found(nothing()) == ["no_model"]
    assert found(stopped_at(3)) == ["not_reached"]
    assert found(good(graded=model(problem="A custom class."
        ).model_copy(update={"nodes": ()}), measurement=None, statements=())) == ["unreadable_model"]  # fmt: skip


def test_a_later_cell_that_failed_may_have_held_it() -> None:
    late = good(
        run=ran("cells_failed", error(7)),
        cells=(*cells(), cells([1])[0].model_copy(update={"position": 7, "code_cell": 7})),
        statements=(says("augmentation", 7, 'RandomFlip("horizontal")'),),
        graded=model(SCALING, *TAIL),
    )
    assert found(late) == ["not_reached"]
