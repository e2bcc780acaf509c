"""Heads trained again on made-up features, in which one number tells the classes apart. Needs TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.evidence.model import Replay
from grader.replay.recipe import BaseFunction, Named, Phase, Recipe, ReplayRequest, Step
from grader.replay.training import MOST_TRAININGS

pytestmark = pytest.mark.slow


def step(class_name: str, before: int = -1, **settings: Any) -> Step:
    return Step(class_name=class_name, settings={"trainable": True, **settings}, inputs=(before,))


LOGIT = (step("Dropout", rate=0.2, seed=None), step("Dense", 0, units=1, activation="linear"))
SOFTMAX = (step("Dense", units=2, activation="softmax"),)
LOGITS = Named(class_name="BinaryCrossentropy", settings={"from_logits": True})


def replayed(
    folder: Path, head: tuple[Step, ...] = LOGIT, maps: bool = False, measured: float | None = None, **changes: Any
) -> Replay:  # fmt: skip
    """Train a head for two epochs on 200 features, and measure it on 100 others."""
    from grader.replay.training import replay

    random = np.random.default_rng(1)
    paths = []
    for name, count in (("training", 200), ("heldout", 100)):
        labels = np.arange(count) % 2
        shape = (count, 2, 2, 8) if maps else (count, 8)
        features = random.normal(0, 0.3, shape).astype(np.float32)
        features[..., 0] += (labels * 4 - 2).reshape(-1, *[1] * (len(shape) - 2))
        paths.append(folder / f"{name}.npz")
        np.savez(paths[-1], features=features, labels=labels)
    given: dict[str, Any] = {"label_order": (0, 1), "one_hot": False, "examples": 200, "activation": "linear"}
    phase: dict[str, Any] = {"loss": LOGITS, "epochs": 2}
    phase |= {name: changes.pop(name) for name in ("loss", "epochs", "optimizer", "class_weight") if name in changes}
    phase.setdefault("optimizer", Named(class_name="Adam", settings={"learning_rate": 0.05}))
    function = BaseFunction(
        backbone="VGG16", alpha=None, include_top=False, include_preprocessing=None, weights_file="w.h5",
        weights_digest="a" * 64, height=96, width=96, scale=1.0, offset=0.0, pooling="none" if maps else "avg",
    )  # fmt: skip
    recipe = Recipe(
        function=function, groups=("train",), head=head,
        phases=(Phase(new_compile=True, batch_size=16, **phase),), **{**given, **changes},
    )  # fmt: skip
    request = ReplayRequest(recipe=recipe, training=(paths[0],), heldout=paths[1], classes=2, measured=measured)
    return replay(request)


def test_a_logit_learns(tmp_path: Path) -> None:
    found = replayed(tmp_path)
    assert found.problem is None
    assert (found.accuracy, found.examples, found.training_images) == (1.0, 100, 200)
    assert found.phases[0].learning_rate == 0.05
    assert replayed(tmp_path).accuracy == found.accuracy, "the same seed, the same result"


def test_a_softmax_a_flattened_map_and_one_hot_labels_learn_too(tmp_path: Path) -> None:
    sparse = Named(class_name="SparseCategoricalCrossentropy")
    assert replayed(tmp_path, SOFTMAX, loss=sparse, activation="softmax").accuracy == 1.0
    dense = Named(class_name="CategoricalCrossentropy")
    assert replayed(tmp_path, SOFTMAX, loss=dense, activation="softmax", one_hot=True).accuracy == 1.0
    flat = (step("Flatten"), step("Dense", 0, units=1, activation="linear"))
    assert replayed(tmp_path, flat, maps=True).accuracy == 1.0


def test_what_teaches_nothing_teaches_nothing_here_either(tmp_path: Path) -> None:
    idle = Named(class_name="SGD", settings={"learning_rate": 0.0})
    accuracy = replayed(tmp_path, optimizer=idle, epochs=1).accuracy
    assert accuracy is not None
    assert accuracy < 0.9


def test_more_random_starts_are_tried_before_a_result_is_called_unexplained(tmp_path: Path) -> None:
    assert replayed(tmp_path, measured=1.0).trainings == 2
    shuffled: dict[str, Any] = {"label_order": (1, 0), "epochs": 1}
    assert replayed(tmp_path, measured=1.0, **shuffled).trainings == MOST_TRAININGS
    assert replayed(tmp_path, measured=0.55, **shuffled).trainings == 2


def test_labels_the_other_way_round_are_seen(tmp_path: Path) -> None:
    found = replayed(tmp_path, label_order=(1, 0))
    assert (found.accuracy, found.labels_swapped_accuracy) == (0.0, 1.0)


def test_a_head_that_cannot_be_built_says_so(tmp_path: Path) -> None:
    found = replayed(tmp_path, (step("Dense", units=1, activation="linear", bias_regularizer="nonsense"),))
    assert not found.applies
    assert found.problem is not None
    huge = replayed(tmp_path, (step("Dense", units=60_000), step("Dense", 0, units=60_000), step("Dense", 1, units=1)))
    assert not huge.applies
