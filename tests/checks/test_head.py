from __future__ import annotations

import pytest

from grader.evidence.model import Cell, Evidence, Node, Place, Statement
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import (
    DROPOUT,
    FLIP,
    LOGIT,
    MOBILENET,
    POOLING,
    ROTATION,
    SCALING,
    base,
    cells,
    dense,
    error,
    fit,
    good,
    measured,
    model,
    node,
    nothing,
    ran,
    source,
    stopped_at,
)

FLATTEN = node("pooling", "Flatten", output_shape=(None, 32000))


def with_head(*steps: Node, **changes: object) -> Evidence:
    return good(graded=model(FLIP, ROTATION, SCALING, MOBILENET, *steps), statements=(), **changes)


def found(*steps: Node, **changes: object) -> list[str]:
    return codes("head", with_head(*steps, **changes))


def test_pooling_dropout_and_one_output() -> None:
    assert found(POOLING, DROPOUT, LOGIT) == ["right_head"]
    assert found(POOLING, DROPOUT, dense(1, "sigmoid")) == ["right_head"]
    assert findings("head", good())[0].strength == "verified"
    assert findings("head", good(measurement=measured(rebuilt=False)))[0].strength == "observed"


def test_any_way_to_get_one_value_per_channel_is_pooling() -> None:
    assert found(node("pooling", "GlobalMaxPooling2D"), DROPOUT, LOGIT) == ["right_head"]
    assert found(node("pooling", "Mean", axis="1, 2"), DROPOUT, LOGIT) == ["right_head"]
    whole = node("pooling", "AveragePooling2D", output_shape=(None, 1, 1, 1280))
    assert found(whole, node("pooling", "Flatten", output_shape=(None, 1280)), DROPOUT, LOGIT) == ["right_head"]
    assert found(DROPOUT, LOGIT, bases=(base(pooling="avg"),)) == ["right_head"]


def test_dropout_that_takes_nothing_out_or_reaches_nothing_costs_what_none_costs() -> None:
    tiny = DROPOUT.model_copy(update={"settings": {"rate": 1e-9}})
    assert found(POOLING, tiny, LOGIT) == ["zero_dropout"]
    assert "its rate is 1e-09" in findings("head", with_head(POOLING, tiny, LOGIT))[0].message
    lost = DROPOUT.model_copy(update={"name": "lost"})
    assert found(POOLING, lost, LOGIT, measurement=measured(idle_layers=("lost",))) == ["zero_dropout"]
    assert found(POOLING, DROPOUT.model_copy(update={"settings": {"rate": 0.01}}), LOGIT) == ["right_head"]


def test_pooling_in_a_branch_that_reaches_nothing_is_no_pooling() -> None:
    aside = POOLING.model_copy(update={"name": "aside", "output_shape": None})
    assert found(aside, FLATTEN, DROPOUT, LOGIT, measurement=measured(idle_layers=("aside",))) == ["flatten"]


def test_more_layers_in_between_cost_nothing() -> None:
    evidence = with_head(POOLING, dense(128, "relu"), DROPOUT, LOGIT)
    assert codes("head", evidence) == ["right_head", "extra_layers"]
    assert "Dense(128)" in findings("head", evidence)[1].message


def test_flatten_instead_of_pooling_costs_a_third() -> None:
    assert found(FLATTEN, DROPOUT, LOGIT) == ["flatten"]
    assert share("head", with_head(FLATTEN, DROPOUT, LOGIT)) == 0.66
    assert "32000 inputs" in findings("head", with_head(FLATTEN, DROPOUT, LOGIT))[0].message


def test_no_pooling_at_all() -> None:
    assert found(DROPOUT, LOGIT) == ["no_pooling"]


def test_no_dropout() -> None:
    assert found(POOLING, LOGIT) == ["no_dropout"]
    assert share("head", with_head(POOLING, LOGIT)) == 0.67


@pytest.mark.parametrize(
    "idle", [node("regularisation", "Dropout", rate=0), DROPOUT.model_copy(update={"training_argument": False})]
)
def test_a_dropout_that_drops_nothing(idle: Node) -> None:
    assert found(POOLING, idle, LOGIT) == ["zero_dropout"]


def test_a_dropout_beside_the_path() -> None:
    assert found(POOLING, DROPOUT.model_copy(update={"on_path": False}), LOGIT) == ["unused_dropout"]


def test_a_dropout_before_the_base_does_not_regularise_the_head() -> None:
    evidence = good(graded=model(DROPOUT, MOBILENET, POOLING, LOGIT), statements=())
    assert codes("head", evidence) == ["unused_dropout"]


@pytest.mark.parametrize(
    ("last", "code"), [(dense(2, "softmax"), "two_units"), (dense(1000, "softmax"), "other_units")]
)
def test_more_than_one_output(last: Node, code: str) -> None:
    assert found(POOLING, DROPOUT, last) == [code]


def test_the_words_are_those_of_the_lab() -> None:
    (found,) = findings("head", with_head(POOLING, DROPOUT, dense(5, "softmax")), units=(3,))
    assert found.message == "The last layer is `Dense(5)`. The lab asks for `Dense(3)`."
    assert found.hint == "End the model with `Dense(3)`."


def test_a_single_output_beside_the_path_is_not_the_output() -> None:
    assert found(POOLING, DROPOUT, dense(2, "softmax"), LOGIT.model_copy(update={"on_path": False})) == ["two_units"]


def test_a_model_that_does_not_end_in_dense() -> None:
    assert found(POOLING, DROPOUT) == ["no_dense"]


def test_an_activation_layer_after_the_output_is_fine() -> None:
    assert found(POOLING, DROPOUT, LOGIT, node("head", "Activation", activation="sigmoid")) == ["right_head"]


def test_three_mistakes_are_three_findings_and_nothing_is_left() -> None:
    evidence = with_head(FLATTEN, dense(3, "softmax"))
    assert codes("head", evidence) == ["flatten", "no_dropout", "other_units"]
    assert share("head", evidence) == 0


def test_what_is_stated_nowhere_is_missing_also_where_cells_failed() -> None:
    stopped = ran("cells_failed", error(6))
    without = tuple(said for said in source() if said.topic != "dropout")
    for fits in ((), (fit(),)):
        evidence = good(
            graded=model(MOBILENET, POOLING, LOGIT), run=stopped, cells=cells([6], [7]), fits=fits, statements=without
        )
        assert codes("head", evidence) == ["no_dropout"]
    built = good(graded=model(MOBILENET, POOLING, LOGIT), run=stopped, cells=cells([6], [7]), fits=(), measurement=None)
    assert codes("head", built) == ["not_reached"]


def test_of_a_cell_that_failed_at_its_end_the_model_is_what_its_lines_made() -> None:
    code = "from keras import layers\nmodel = build(layers.Dropout(0.0))\nmodel.fit(train)\nplot(history)\n"
    cell = Cell(position=1, code_cell=1, kind="code", source=code, status="failed")
    said = Statement(topic="dropout", place=Place(cell=1, code_cell=1, first_line=2, last_line=2), detail="Dropout")
    idle = node("regularisation", "Dropout", rate=0)
    for line, expected in ((4, "zero_dropout"), (2, "not_reached")):
        failed = error(1).model_copy(update={"place": said.place.model_copy(update={"first_line": line})})
        evidence = good(
            graded=model(MOBILENET, POOLING, idle, LOGIT), run=ran("cells_failed", failed), cells=(cell,),
            statements=(said,),
        )  # fmt: skip
        assert codes("head", evidence) == [expected]


def test_nothing_there_is_different_from_not_seen() -> None:
    assert codes("head", nothing()) == ["no_model"]
    assert codes("head", stopped_at(3)) == ["not_reached"]
    unread = model(problem="A custom class.").model_copy(update={"nodes": ()})
    assert codes("head", good(graded=unread)) == ["unreadable_model"]


def convolution(filters: int, side: int, activation: str = "linear") -> Node:
    found = node("head", "Conv2D", filters=filters, activation=activation)
    return found.model_copy(update={"output_shape": (None, side, side, filters)})


KEPT = POOLING.model_copy(update={"output_shape": (None, 1, 1, 1280)})


def test_a_convolution_over_a_single_position_is_a_dense_layer() -> None:
    flat = node("head", "Flatten")
    assert found(KEPT, DROPOUT, convolution(1, 1), flat) == ["right_head"]
    assert found(KEPT, DROPOUT, convolution(3, 1), flat) == ["other_units"]
    assert codes("output_and_loss", with_head(KEPT, DROPOUT, convolution(1, 1), flat)) == ["agree"]


def test_so_is_one_whose_positions_are_averaged_afterwards() -> None:
    assert found(DROPOUT, convolution(1, 5), POOLING) == ["right_head"]
    assert found(DROPOUT, convolution(1, 5, "relu"), POOLING) == ["no_dense"]
    assert found(DROPOUT, convolution(1, 5)) == ["no_pooling", "no_dense"]
