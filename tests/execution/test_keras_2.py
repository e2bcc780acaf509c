"""A notebook of 2020 in Keras 2: it runs, is recorded, rebuilt and measured like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from grader.models.graph import read_graph
from grader.models.measuring import MeasureRequest, MeasuringProcess, WeightRef
from tests.execution.notebooks import empty_pack, run_cells

pytest.importorskip("tf_keras")
pytestmark = pytest.mark.slow


def test_a_notebook_of_2020(tmp_path: Path) -> None:
    ran = run_cells(
        """
        %tensorflow_version 2.x
        import tensorflow as tf
        import keras
        from keras.utils import np_utils
        from keras.layers.core import Dense
        from tensorflow.keras.layers.experimental import preprocessing
        import numpy as np
        print(keras.Model is tf.keras.Model)
        """,
        """
        augment = tf.keras.Sequential([preprocessing.RandomFlip("horizontal"), preprocessing.RandomRotation(0.2)])
        base = tf.keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(32, 32, 3))
        base.trainable = False
        inputs = tf.keras.Input((32, 32, 3))
        x = tf.keras.applications.mobilenet_v2.preprocess_input(augment(inputs))
        x = tf.keras.layers.GlobalAveragePooling2D()(base(x, training=False))
        model = tf.keras.Model(inputs, Dense(1)(tf.keras.layers.Dropout(0.2)(x)))
        model.compile(optimizer=tf.keras.optimizers.Adam(lr=0.25),
                      loss=tf.keras.losses.BinaryCrossentropy(from_logits=True))
        print(float(model.optimizer.learning_rate), type(model.loss) == tf.python.keras.losses.BinaryCrossentropy)
        """,
        """
        x, y = np.random.default_rng(1).uniform(0, 255, (8, 32, 32, 3)).astype("float32"), np.arange(8) % 2
        model.fit_generator(((x, y) for _ in range(2)), steps_per_epoch=2, epochs=1, verbose=0)
        model.fit(x, y, epochs=1, verbose=0)
        """,
        pack=empty_pack(tmp_path / "pack"), framework="tf_keras", keep=tmp_path,
    )  # fmt: skip
    assert [cell.error_value for cell in ran.outcome.cells] == ["", "", ""]
    assert "True" in ran.printed[0]
    assert "0.25 True" in ran.printed[1]
    assert len(ran.fits) == 2
    fit = ran.fits[-1]
    assert fit.optimizer.learning_rate == 0.25
    still = [entry for entry in fit.layers if "mobilenetv2_1.00_32" in entry.path and entry.before]
    assert still
    assert all(entry.before == entry.after and not entry.trainable for entry in still)

    config = ran.configs[fit.config or ""]
    graph = read_graph(config)
    assert [(n.role, n.class_name) for n in graph.nodes if n.role != "input"] == [
        ("augmentation", "RandomFlip"), ("augmentation", "RandomRotation"), ("preprocessing", "TFOpLambda"),
        ("preprocessing", "TFOpLambda"), ("base", "MobileNetV2"), ("pooling", "GlobalAveragePooling2D"),
        ("regularisation", "Dropout"), ("head", "Dense"),
    ]  # fmt: skip
    assert next(n.training_argument for n in graph.nodes if n.role == "base") is False
    weights = tuple(WeightRef(path=w.path, digest=w.digest, shape=tuple(w.shape), dtype=w.dtype) for w in fit.weights)
    (tmp_path / "heldout" / "cats").mkdir(parents=True)
    for number in range(2):
        Image.new("RGB", (40, 40), (90 * number, 9, 9)).save(tmp_path / "heldout" / "cats" / f"{number}.jpg")
    arrays = tuple(sorted(tmp_path.glob("arrays-*.npz")))
    with MeasuringProcess() as process:
        measured = process.measure(
            MeasureRequest(
                config=config, weights=weights, arrays=arrays, heldout=tmp_path / "heldout",
                classes=("cats",), pipeline_range=(0, 255),
            )
        )  # fmt: skip
    assert measured.rebuilt, measured.problem
    assert measured.base_input_range is not None
    assert (measured.base_input_range.minimum, measured.base_input_range.maximum) == (-1, 1)
    assert (measured.augmentation_changes_training, measured.augmentation_changes_prediction) == (True, False)
