"""From raw outputs to accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.models.flattening import flatten
from grader.models.predictions import Score, best_accuracy, last_activation, score
from tests.models.keras_configs import dense, image, layer, pooling, sequential

LABELS = np.array([0, 0, 1, 1])


def scored(outputs: Any, activation: str | None, **loss: Any) -> Score:
    settings = {"loss": "binary_crossentropy", "loss_from_logits": None, **loss}
    result = score(np.asarray(outputs), LABELS, classes=2, activation=activation, **settings)
    assert isinstance(result, Score)
    return result


def test_sigmoid_is_cut_at_one_half() -> None:
    result = scored([[0.1], [0.6], [0.4], [0.9]], "sigmoid")
    assert (result.kind, result.threshold, result.correct, result.examples) == ("probability", 0.5, 2, 4)


def test_logits_are_cut_at_zero() -> None:
    result = scored([[-3], [-0.1], [0.2], [0.4]], "linear", loss_from_logits=True)
    assert (result.kind, result.threshold, result.correct, result.swapped_correct) == ("logit", 0.0, 4, 0)


def test_a_linear_output_that_the_loss_takes_for_a_probability_is_cut_at_one_half() -> None:
    outputs = [[0.1], [0.3], [0.7], [1.2]]
    assert scored(outputs, "linear", loss_from_logits=False).correct == 4
    assert scored(outputs, "linear", loss="MeanSquaredError").correct == 4


@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_two_outputs_choose_the_larger(activation: str) -> None:
    result = scored([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]], activation)
    assert (result.kind, result.threshold, result.correct) == ("classes", None, 3)


def test_swapped_labels_are_seen() -> None:
    result = scored([[0.9], [0.8], [0.1], [0.2]], "sigmoid")
    assert (result.correct, result.swapped_correct) == (0, 4)


@pytest.mark.parametrize(
    ("answered", "as_seen", "renumbered"),
    [
        ([1, 1, 1, 2, 2, 2, 0, 0, 0], 0, 9),  # each class has the next one's number
        ([1, 1, 1, 0, 0, 0, 2, 2, 0], 2, 8),  # two are exchanged, with one mistake
        ([0, 0, 0, 1, 1, 1, 2, 2, 2], 9, None),  # nothing to renumber
        ([0, 0, 0, 0, 0, 0, 0, 0, 0], 3, None),  # one answer for everything is no order
    ],
)
def test_of_three_classes_another_order_is_seen(answered: list[int], as_seen: int, renumbered: int | None) -> None:
    labels = np.repeat([0, 1, 2], 3)
    result = score(np.eye(3)[answered], labels, classes=3, activation="softmax", loss=None, loss_from_logits=None)
    assert isinstance(result, Score)
    assert (result.correct, result.swapped_correct) == (as_seen, renumbered)


def test_one_answer_for_everything_is_a_constant_prediction() -> None:
    assert scored([[0.61], [0.63], [0.62], [0.64]], "sigmoid").constant
    assert not scored([[0.4], [0.63], [0.62], [0.64]], "sigmoid").constant


def test_nan_counts_as_wrong_both_ways() -> None:
    result = scored([[np.nan], [0.1], [np.inf], [0.9]], "sigmoid")
    assert (result.correct, result.swapped_correct, result.not_finite, result.constant) == (2, 0, True, False)
    assert (result.minimum, result.maximum) == (0.1, 0.9)


def test_outputs_that_do_not_fit_the_classes_are_said() -> None:
    result = score(np.zeros((4, 1000)), LABELS, classes=2, activation="softmax", loss=None, loss_from_logits=None)
    assert result == "the model has 1000 outputs and the data 2 classes"


@given(hnp.arrays(np.float32, st.tuples(st.just(4), st.integers(1, 2))), st.sampled_from(["sigmoid", "linear", None]))
def test_any_outputs_give_counts_that_add_up(outputs: Any, activation: str | None) -> None:
    result = scored(outputs, activation)
    assert result.swapped_correct is not None
    assert 0 <= result.correct + result.swapped_correct <= result.examples
    assert result.not_finite or result.correct + result.swapped_correct == result.examples


def test_the_last_activation_is_found_wherever_it_is_written() -> None:
    def last(*layers: Any) -> str | None:
        return last_activation(flatten(sequential(image(), pooling(), *layers)))

    assert last(dense(1, "sigmoid")) == "sigmoid"
    assert last(dense(1)) == "linear"
    assert last(dense(1), layer("Activation", "a", activation="sigmoid")) == "sigmoid"
    assert last(dense(2), layer("Softmax", "s", axis=-1)) == "softmax"
    assert last(dense(1, "sigmoid"), layer("Flatten", "f")) == "sigmoid"
    assert last(layer("Dropout", "d", rate=0.1)) is None


@pytest.mark.parametrize(
    ("outputs", "labels", "best"),
    [
        ([3.0, 4.0, 5.0, 6.0], [0, 0, 1, 1], 1.0),
        ([6.0, 5.0, 4.0, 3.0], [0, 0, 1, 1], 0.5),
        ([1.0, 1.0, 1.0, 1.0], [0, 1, 0, 1], 0.5),
        ([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1], 0.75),
    ],
)
def test_what_the_best_threshold_would_reach(outputs: list[float], labels: list[int], best: float) -> None:
    """Whoever starts with an unlucky bias tells the classes apart all the same."""
    found = score(np.array(outputs), np.array(labels), classes=2, activation="linear", loss=None, loss_from_logits=True)
    assert isinstance(found, Score)
    assert best_accuracy(np.array(outputs), np.array(labels), found) == best


def test_several_outputs_have_no_threshold_to_choose() -> None:
    outputs, labels = np.array([[2.0, 1.0], [2.0, 1.0]]), np.array([0, 1])
    found = score(outputs, labels, classes=2, activation="softmax", loss=None, loss_from_logits=None)
    assert isinstance(found, Score)
    assert best_accuracy(outputs, labels, found) == 0.5
