"""What a shortened call leaves out where nobody can tell the difference, and what it never touches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.execution.recorder import fewer_images, shortcut
from tests.execution.notebooks import empty_pack, run_cells

pytestmark = pytest.mark.slow


def small_model(**compiled: Any) -> Any:
    import keras

    model = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(**{"optimizer": "adam", "loss": "binary_crossentropy", **compiled})
    return model


def photos(batch: int | None = 32) -> Any:
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((np.zeros((64, 4, 4, 3), np.float32), np.zeros((64, 1), np.float32)))
    return data if batch is None else data.batch(batch)


def first_batch(arguments: dict[str, Any], name: str = "x") -> int:
    return int(next(iter(arguments[name]))[0].shape[0])


def test_a_few_steps_take_four_images_each() -> None:
    given = {"x": photos(), "validation_data": photos()}
    found = fewer_images.of(small_model(), given, steps=1)
    assert (first_batch(found), first_batch(found, "validation_data")) == (4, 4)
    assert first_batch(given) == 32  # what the notebook holds is as it was


def test_arrays_are_taken_in_batches_of_four() -> None:
    found = fewer_images.of(small_model(), {"x": np.zeros((64, 4, 4, 3)), "batch_size": 32}, steps=1)
    assert (found["batch_size"], len(found["x"])) == (4, 64)


def own_loss(wanted: Any, answered: Any) -> Any:
    return (wanted - answered) ** 2


@pytest.mark.parametrize("compiled", [{"loss": own_loss}, {"metrics": [own_loss]}, {"run_eagerly": True}])
def test_code_of_the_notebook_gets_what_it_asked_for(compiled: dict[str, Any]) -> None:
    model, given = small_model(**compiled), {"x": photos()}
    assert fewer_images.of(model, given, steps=1) is given
    with shortcut.untraced(model, 1):
        assert model.run_eagerly is bool(compiled.get("run_eagerly"))


def test_a_layer_of_ones_own_gets_them_too() -> None:
    import keras

    class Mine(keras.layers.Layer):  # type: ignore[misc, unused-ignore]
        def call(self, images: Any) -> Any:
            return images

    for own in (Mine(), keras.layers.Lambda(lambda images: images)):
        model = keras.Sequential([keras.Input((4, 4, 3)), own, keras.layers.Flatten(), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        assert not shortcut.applies(model, 1)


def test_calls_in_full_are_left_alone() -> None:
    given = {"x": photos()}
    assert fewer_images.of(small_model(), given, steps=None) is given


def test_data_that_is_not_batched_fails_as_it_would_have() -> None:
    found = fewer_images.of(small_model(), {"x": photos(batch=None)}, steps=1)
    assert next(iter(found["x"]))[0].shape == (4, 4, 3)


def test_a_model_made_for_batches_of_one_size_gets_them() -> None:
    import keras

    model = keras.Sequential([keras.Input((4, 4, 3), batch_size=32), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    given = {"x": photos()}
    assert fewer_images.of(model, given, steps=1) is given


def test_the_first_batches_asked_for_one_by_one_are_not_traced_and_a_loop_is() -> None:
    model, single, traced = small_model(), shortcut.SingleBatches(), []
    for _ in range(shortcut.UNTRACED_BATCHES + 1):
        with single.untraced(model, 1):
            model.predict_on_batch(np.zeros((2, 4, 4, 3), np.float32))
            traced.append(not model.run_eagerly)
        assert model.run_eagerly is False
    assert traced == [False] * shortcut.UNTRACED_BATCHES + [True]


def test_a_kernel_really_gets_four_images_a_step(tmp_path: Path) -> None:
    ran = run_cells(
        """
        import numpy as np, keras, tensorflow as tf
        taken, ours = [], keras.layers.Flatten.call
        keras.layers.Flatten.call = lambda self, x: taken.append(x.shape[0]) or ours(self, x)
        model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        data = tf.data.Dataset.from_tensor_slices((np.zeros((64, 4, 4, 3)), np.zeros((64, 1)))).batch(32)
        taken.clear()
        model.fit(data, validation_data=data, verbose=0)
        model.evaluate(data, verbose=0)
        print(set(taken) - {2})  # two pictures are the probe's
        """,
        pack=empty_pack(tmp_path), policy="capped",
    )  # fmt: skip
    assert "{4}" in "".join(ran.printed)
