"""Optimisers and losses from a hostile kernel: Keras' own with plain numbers, or none."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.replay import settings
from grader.replay.unfit import Unfit
from tests.replay.recorded import ADAM, CROSSENTROPY


def test_names_and_objects() -> None:
    assert settings.optimizer("adam").class_name == "Adam"
    assert settings.optimizer(ADAM).settings == {"learning_rate": 0.0001, "beta_1": 0.9, "use_ema": False}
    assert settings.loss("sparse_categorical_crossentropy").class_name == "SparseCategoricalCrossentropy"
    assert settings.loss(["mse"]).class_name == "MeanSquaredError"
    function = {"module": "keras.losses", "class_name": "function", "config": "binary_crossentropy"}
    assert settings.loss(function).class_name == "BinaryCrossentropy"


def test_a_learning_rate_that_falls_with_the_steps() -> None:
    falling = {
        "module": "keras.optimizers.schedules", "class_name": "ExponentialDecay", "registered_name": None,
        "config": {"initial_learning_rate": 0.01, "decay_steps": 100, "decay_rate": 0.9, "staircase": False},
    }  # fmt: skip
    found = settings.optimizer({**ADAM, "config": {"learning_rate": falling}})
    assert found.schedule is not None
    assert found.schedule.settings["decay_steps"] == 100
    assert "learning_rate" not in found.settings


@pytest.mark.parametrize(
    "value",
    [
        "lamb", None, 3, {}, {**ADAM, "module": "builtins"}, {**ADAM, "registered_name": "mine>Adam"},
        {**ADAM, "class_name": "LossScaleOptimizer"}, {**ADAM, "config": {"learning_rate": "fast"}},
        {**ADAM, "config": {"learning_rate": float("nan")}}, {**ADAM, "config": {"learning_rate": 1e300}},
    ],
)  # fmt: skip
def test_other_optimisers_are_refused(value: Any) -> None:
    with pytest.raises(Unfit):
        settings.optimizer(value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=15), inner, max_size=4),
    max_leaves=12,
)
CHANGED = st.builds(
    lambda base, key, value: {**base, key: value},
    st.sampled_from([ADAM, CROSSENTROPY]), st.sampled_from(["module", "class_name", "config", "registered_name"]),
    ANYTHING,
)  # fmt: skip


@given(ANYTHING | CHANGED)
def test_whatever_was_written_down_it_is_admitted_or_refused(value: Any) -> None:
    for read in (settings.optimizer, settings.loss):
        with contextlib.suppress(Unfit):
            named = read(value)
            assert all(isinstance(item, bool | int | float | list) for item in named.settings.values())
