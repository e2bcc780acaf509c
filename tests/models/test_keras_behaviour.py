"""Facts about Keras 3.15 that the grader relies on, tried out. If one changes, what rests on it must be read again."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow
IMAGES = np.random.default_rng(0).random((4, 8, 8, 3), "float32") + 1


def copied(model: Any) -> Any:
    import keras

    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    return keras.saving.deserialize_keras_object(config, safe_mode=True)


def test_dropout_after_the_base_is_recorded_as_training_false_and_drops_all_the_same() -> None:
    import keras

    inputs = keras.Input((8, 8, 3))
    base = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.BatchNormalization()], name="base")
    outputs = keras.layers.Dropout(0.5)(base(inputs, training=False))
    model = keras.Model(inputs, outputs)
    written = keras.saving.serialize_keras_object(model)["config"]["layers"][-1]["inbound_nodes"][0]["kwargs"]
    assert written == {"training": False}
    for each in (model, copied(model)):
        dropped = np.asarray(each(IMAGES, training=True)) == 0
        assert 0.3 < dropped.mean() < 0.7


def test_calling_the_base_with_training_false_does_not_keep_batch_norm_from_moving_in_fit() -> None:
    import keras

    inputs = keras.Input((8, 8, 3))
    norm = keras.layers.BatchNormalization()
    base = keras.Sequential([keras.Input((8, 8, 3)), norm], name="base")
    outputs = keras.layers.Dense(1)(keras.layers.Flatten()(base(inputs, training=False)))
    model = keras.Model(inputs, outputs)
    for trainable, moves in ((True, True), (False, False)):
        base.trainable = trainable
        model.compile("sgd", "mse")
        before = np.asarray(norm.moving_mean).copy()
        model.fit(IMAGES, np.zeros(4), verbose=0)
        assert bool(np.any(np.asarray(norm.moving_mean) != before)) is moves


def test_augmentation_called_with_training_true_is_still_off_in_predict() -> None:
    import keras

    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, keras.layers.RandomRotation(0.4)(inputs, training=True))
    assert np.allclose(model.predict(IMAGES, verbose=0), IMAGES)
    assert not np.allclose(np.asarray(model(IMAGES)), IMAGES)


def test_what_keras_writes_down_as_training_without_being_told() -> None:
    import keras

    inputs = keras.Input((8, 8, 3))
    for layer, recorded in (
        (keras.layers.RandomFlip(), {"training": True}),
        (keras.layers.Dropout(0.1), {"training": False}),
        (keras.layers.GaussianNoise(0.1), {"training": False}),
        (keras.layers.BatchNormalization(), {"mask": None}),
        (keras.Sequential([keras.layers.RandomFlip()]), {"mask": None}),
    ):
        config = keras.saving.serialize_keras_object(keras.Model(inputs, layer(inputs)))
        assert config["config"]["layers"][-1]["inbound_nodes"][0]["kwargs"] == recorded
