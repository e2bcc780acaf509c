"""Training on features in one graph goes as Keras' `fit` goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.replay.fitting import batches, prepared
from grader.replay.recipe import Named, Phase


def phase(**changes: Any) -> Phase:
    given: dict[str, Any] = {
        "optimizer": Named(class_name="Adam", settings={}), "loss": Named(class_name="BinaryCrossentropy", settings={}),
        "new_compile": True, "epochs": 2, "batch_size": 32,
    }  # fmt: skip
    return Phase(**{**given, **changes})


def sizes_of(begins: Any, ends: Any) -> list[int]:
    return [int(size) for size in ends - begins]


def test_each_epoch_takes_every_example_once_and_the_last_batch_is_smaller() -> None:
    order, begins, ends = batches(70, phase(), seed=1)
    assert sizes_of(begins, ends) == [32, 32, 6, 32, 32, 6]
    for epoch in (0, 1):
        taken = np.concatenate([order[begins[step] : ends[step]] for step in range(3 * epoch, 3 * epoch + 3)])
        assert sorted(taken) == list(range(70))


def test_fewer_steps_than_a_pass_go_on_where_they_stopped() -> None:
    order, begins, ends = batches(70, phase(epochs=3, steps_per_epoch=2), seed=1)
    assert sizes_of(begins, ends) == [32, 32, 6, 32, 32, 6]
    assert sorted(order[:70]) == list(range(70))


def test_more_steps_than_the_data_has_are_one_pass() -> None:
    _, begins, _ = batches(70, phase(epochs=1, steps_per_epoch=50), seed=1)
    assert len(begins) == 3


def test_another_seed_is_another_order() -> None:
    one, *_ = batches(70, phase(), seed=1)
    other, *_ = batches(70, phase(), seed=2)
    assert list(one) != list(other)


@pytest.mark.slow
@pytest.mark.parametrize("averages", [{}, {"use_ema": True, "ema_momentum": 0.9}], ids=["", "of moving averages"])
@pytest.mark.parametrize("class_weight", [None, {0: 1.0, 1: 3.0}])
@pytest.mark.parametrize("loss", ["binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_the_weights_are_those_that_keras_fit_ends_with(
    class_weight: dict[int, float] | None, loss: str, averages: dict[str, Any]
) -> None:
    import keras

    random = np.random.default_rng(3)
    features, labels = random.normal(size=(40, 6)).astype(np.float32), np.arange(40) % 2
    targets = np.eye(2, dtype=np.float32)[labels] if loss == "categorical_crossentropy" else labels
    units, activation = (1, "sigmoid") if loss == "binary_crossentropy" else (2, "softmax")
    found = []
    for ours in (True, False):
        keras.utils.set_random_seed(7)
        model = keras.Sequential(
            [keras.Input((6,)), keras.layers.Dense(units, activation=activation, kernel_regularizer="l2")]
        )
        rate = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
        model.compile(keras.optimizers.Adam(rate, **averages), loss)
        # One batch is all there is, so that the order does not matter.
        if ours:
            model.optimizer.build(model.trainable_variables)
            prepared(model, phase(epochs=5, batch_size=40, class_weight=class_weight), features, targets)(1)
        else:
            model.fit(features, targets, epochs=5, batch_size=40, class_weight=class_weight, verbose=0)
        found.append(model.get_weights())
    for ours_, keras_ in zip(*found, strict=True):
        np.testing.assert_allclose(ours_, keras_, rtol=1e-5, atol=1e-6)
