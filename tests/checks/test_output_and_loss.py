from __future__ import annotations

import pytest

from grader.evidence.model import Cell, Evidence, Node
from tests.checks.judging import codes, findings, share
from tests.evidence_examples import (
    COMPILE_CELL,
    DROPOUT,
    FIT_CELL,
    MOBILENET,
    POOLING,
    base,
    data,
    dense,
    fit,
    good,
    loss,
    model,
    node,
    nothing,
    stopped_at,
)


def ending(
    *steps: Node, name: str = "BinaryCrossentropy", logits: bool | None = False, labels: object = (None, 1)
) -> Evidence:
    trained = fit(loss=loss(name, logits), data=data(label_shape=labels))
    return good(graded=model(MOBILENET, POOLING, DROPOUT, *steps), fits=(trained,))


LINEAR, SIGMOID, SOFTMAX = dense(1), dense(1, "sigmoid"), dense(2, "softmax")


@pytest.mark.parametrize(
    ("last", "name", "logits", "labels", "code"),
    [
        (LINEAR, "BinaryCrossentropy", True, (None, 1), "agree"),
        (SIGMOID, "BinaryCrossentropy", False, (None, 1), "agree"),
        (SIGMOID, "binary_crossentropy", None, (None,), "agree"),
        (SIGMOID, "BinaryFocalCrossentropy", False, (32,), "agree"),
        (SIGMOID, "BinaryCrossentropy", True, (None, 1), "sigmoid_with_from_logits"),
        (LINEAR, "BinaryCrossentropy", False, (None, 1), "logits_without_from_logits"),
        (LINEAR, "binary_crossentropy", None, (None, 1), "logits_without_from_logits"),
        (dense(1, "softmax"), "binary_crossentropy", None, (None, 1), "softmax_one_unit"),
        (dense(1, "relu"), "binary_crossentropy", None, (None, 1), "wrong_activation"),
        (SOFTMAX, "categorical_crossentropy", None, (None, 2), "agree"),
        (SOFTMAX, "sparse_categorical_crossentropy", None, (None,), "agree"),
        (dense(2), "SparseCategoricalCrossentropy", True, (None, 1), "agree"),
        (SOFTMAX, "SparseCategoricalCrossentropy", True, (None,), "softmax_with_from_logits"),
        (dense(2), "sparse_categorical_crossentropy", None, (None,), "logits_without_from_logits"),
        (SOFTMAX, "categorical_crossentropy", None, (None, 1), "label_shape"),
        (SOFTMAX, "sparse_categorical_crossentropy", None, (None, 2), "label_shape"),
        (SIGMOID, "binary_crossentropy", None, (None, 2), "label_shape"),
        (SOFTMAX, "binary_crossentropy", None, (None, 2), "agree"),
        (SIGMOID, "categorical_crossentropy", None, (None, 1), "categorical_with_one_unit"),
        (SIGMOID, "mse", None, (None, 1), "wrong_loss"),
        (SIGMOID, "MeanSquaredError", None, (None, 1), "wrong_loss"),
        (SIGMOID, "my_loss", None, (None, 1), "unknown_loss"),
        (SOFTMAX, "categorical_crossentropy", None, None, "agree"),
        (dense(2, "sigmoid"), "sparse_categorical_crossentropy", None, (None,), "sigmoid_with_categorical"),
        (dense(3, "sigmoid"), "CategoricalCrossentropy", False, (None, 3), "sigmoid_with_categorical"),
        (dense(3, "sigmoid"), "binary_crossentropy", None, (None, 3), "agree"),
    ],
)
def test_how_output_and_loss_go_together(last: Node, name: str, logits: bool | None, labels: object, code: str) -> None:
    assert codes("output_and_loss", ending(last, name=name, logits=logits, labels=labels)) == [code]


def test_the_loss_for_two_classes_over_a_softmax_of_three_is_told_apart() -> None:
    three = ending(dense(3, "softmax"), name="binary_crossentropy", logits=None, labels=(None, 3))
    assert codes("output_and_loss", three) == ["agree", "binary_for_classes"]
    assert findings("output_and_loss", three)[-1].hint == "Use `CategoricalCrossentropy`."


@pytest.mark.parametrize(
    ("last", "labels", "loss"),
    [
        (SIGMOID, (None, 1), "BinaryCrossentropy"),
        (dense(3, "softmax"), (None, 3), "CategoricalCrossentropy"),
        (dense(3, "softmax"), (None,), "SparseCategoricalCrossentropy"),
    ],
)
def test_the_hint_names_the_loss_that_fits(last: Node, labels: object, loss: str) -> None:
    (found,) = findings("output_and_loss", ending(last, name="mse", labels=labels))
    assert found.hint == f"Use `{loss}`."


def test_a_loss_of_the_notebooks_own_is_for_a_person_whatever_it_is_called() -> None:
    own = loss("BinaryCrossentropy", True).model_copy(update={"own": True})
    assert codes("output_and_loss", good(fits=(fit(loss=own),))) == ["unknown_loss"]


def test_both_styles_of_the_official_tutorial_are_worth_everything() -> None:
    assert share("output_and_loss", good()) == 1
    assert share("output_and_loss", ending(SIGMOID)) == 1


def test_the_message_shows_both_sides() -> None:
    message = findings("output_and_loss", ending(SIGMOID, logits=True))[0].message
    assert 'Dense(1, activation="sigmoid")' in message
    assert "BinaryCrossentropy(from_logits=True)" in message


def test_an_activation_layer_counts_as_the_outputs_activation() -> None:
    assert codes("output_and_loss", ending(LINEAR, node("head", "Activation", activation="sigmoid"))) == ["agree"]
    assert codes("output_and_loss", ending(LINEAR, node("head", "Sigmoid"))) == ["agree"]


def test_where_the_layers_cannot_be_read_the_measured_output_stands_in() -> None:
    unread = model(problem="A custom class.").model_copy(update={"nodes": ()})
    assert codes("output_and_loss", good(graded=unread)) == ["agree"]
    assert codes("output_and_loss", good(graded=unread, measurement=None)) == ["unreadable_model"]


def test_nothing_there_is_different_from_not_seen() -> None:
    assert codes("output_and_loss", nothing()) == ["no_model"]
    assert codes("output_and_loss", stopped_at(FIT_CELL)) == ["not_reached"]
    assert "in cell [5]" in findings("output_and_loss", stopped_at(COMPILE_CELL))[0].message
    assert codes("output_and_loss", nothing(graded=model(), bases=(base(),))) == ["never_trained"]
    loop = (Cell(position=1, code_cell=1, kind="code", source="tf.GradientTape()", status="ok"),)
    assert codes("output_and_loss", nothing(cells=loop)) == ["custom_training"]
