"""A head trained from several random starts: each as if it were the only one. Needs TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.replay.recipe import BaseFunction, Named, Phase, Recipe, Step

pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(1)
FEATURES = RANDOM.normal(0, 1, (64, 6)).astype(np.float32)
LABELS = (FEATURES[:, 0] > 0).astype(np.int64)
HEAD = (
    Step(class_name="BatchNormalization", settings={}, inputs=(-1,)),
    Step(class_name="Dropout", settings={"rate": 0.3, "seed": None}, inputs=(0,)),
    Step(class_name="Dense", settings={"units": 1, "activation": "sigmoid"}, inputs=(1,)),
)
FUNCTION = BaseFunction(
    backbone="VGG16", alpha=None, include_top=False, include_preprocessing=None, weights_file="w.h5",
    weights_digest="a" * 64, height=96, width=96, scale=1.0, offset=0.0, pooling="avg",
)  # fmt: skip


def phase(optimizer: str, new_compile: bool = True) -> Phase:
    return Phase(
        optimizer=Named(class_name=optimizer, settings={"learning_rate": 0.05}),
        loss=Named(class_name="BinaryCrossentropy"), new_compile=new_compile, epochs=2, batch_size=10,
    )  # fmt: skip


def training(*phases: Phase) -> Any:
    from grader.replay.head_training import HeadTraining

    recipe = Recipe(
        function=FUNCTION, groups=("train",), head=HEAD, phases=phases, label_order=(0, 1), one_hot=False, examples=64,
        activation="sigmoid",
    )  # fmt: skip
    return HeadTraining(recipe, FEATURES, LABELS)


@pytest.mark.parametrize(
    "phases",
    [
        (phase("Adam"),),
        (phase("Nadam"), phase("Nadam", new_compile=False)),
        (phase("Adagrad"), phase("RMSprop")),
    ],
    ids=["one training", "two, compiled once", "two, compiled twice"],
)
def test_a_second_start_ends_where_it_would_have_ended_alone(phases: tuple[Phase, ...]) -> None:
    both = training(*phases)
    first, second = both.outputs(FEATURES, seed=1), both.outputs(FEATURES, seed=5)
    assert np.allclose(second, training(*phases).outputs(FEATURES, seed=5), atol=1e-6)
    assert np.allclose(first, both.outputs(FEATURES, seed=1), atol=1e-6)
    assert not np.allclose(first, second, atol=1e-3)
