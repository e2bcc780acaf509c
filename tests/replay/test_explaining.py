"""A replay that only has to explain weights assumes what was not seen, always in the notebook's favour."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from grader.replay.head_phases import HIGHEST_RATE
from grader.replay.reading import read_recipe
from grader.replay.unfit import Unfit
from tests.models.keras_configs import called, chain, dense, image, pooling, tensor, vgg16_layers
from tests.replay.recorded import ADAM, data, model, seen, training


@pytest.mark.parametrize(
    "events",
    [
        [training(callbacks=["StopAt99"])],
        [training(call={"callbacks": ["LearningRateScheduler"]})],
        [training(data=data(files=None, directory=None))],
        [training(data=data(labels_kept=False))],
        [training(data=data(class_names=None))],
        [training(data=None)],
        [training(), training(False, optimizer={"name": "SGD", "learning_rate": 0.1})],
        [training(optimizer={"name": "Adam", "learning_rate": 30.0})],
        [training(epochs_requested=5000)],
        [training(call={"validation_split": 0.2})],
        [training(error="ValueError: shapes differ"), training()],
    ],
)
def test_what_no_mark_may_rest_on_can_still_explain(tmp_path: Path, events: list[Any]) -> None:
    found = seen(tmp_path, *events)
    with pytest.raises(Unfit):
        read_recipe(found)
    recipe = read_recipe(dataclasses.replace(found, decides=False))
    assert recipe.groups
    rate = recipe.phases[0].optimizer.settings["learning_rate"]
    assert isinstance(rate, float)
    assert rate <= HIGHEST_RATE


def test_a_rate_that_was_lowered_on_the_way_is_taken_as_it_was_at_first(tmp_path: Path) -> None:
    found = seen(tmp_path, training(optimizer={"name": "Adam", "learning_rate": 1e-9}))
    rate = read_recipe(dataclasses.replace(found, decides=False)).phases[0].optimizer.settings["learning_rate"]
    assert rate == pytest.approx(1e-3, rel=1)


OWN_LOSS = {"module": "builtins", "class_name": "function", "config": "my_loss"}


@pytest.mark.parametrize(
    ("config", "stands_for", "loss", "optimizer"),
    [
        (model(loss=OWN_LOSS), ("loss",), "BinaryCrossentropy", "Adam"),
        (model(pooling(), dense(2, "softmax"), loss=OWN_LOSS), ("loss",), "SparseCategoricalCrossentropy", "Adam"),
        (
            model(optimizer={**ADAM, "module": "mine", "class_name": "Mine"}),
            ("optimizer",),
            "BinaryCrossentropy",
            "Adam",
        ),
        (model(), (), "BinaryCrossentropy", "Adam"),
    ],
)
def test_kerass_usual_parts_stand_for_the_notebooks_own(
    tmp_path: Path, config: Any, stands_for: tuple[str, ...], loss: str, optimizer: str
) -> None:
    recipe = read_recipe(dataclasses.replace(seen(tmp_path, config=config), decides=False))
    (phase,) = recipe.phases
    assert (recipe.in_place_of, phase.loss.class_name, phase.optimizer.class_name) == (stands_for, loss, optimizer)
    assert phase.loss.settings["from_logits"] is (loss == "BinaryCrossentropy")
    assert phase.optimizer.settings["learning_rate"] == pytest.approx(1e-4)


def test_a_base_that_was_trained_explains_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="not frozen"):
        read_recipe(dataclasses.replace(seen(tmp_path, training(False)), decides=False))


def test_the_whole_base_stands_for_a_part_of_it(tmp_path: Path) -> None:
    """`keras.Model(vgg.input, vgg.get_layer("block3_pool").output)`, and a head on that."""
    part = chain(image("i"), *vgg16_layers()[:10], name="vgg16")
    config = model()
    config["config"]["layers"][1] = called(part, tensor("input_layer"), training=False)
    found = seen(tmp_path, config=config)
    with pytest.raises(Unfit, match="only a part of a network"):
        read_recipe(found)
    recipe = read_recipe(dataclasses.replace(found, decides=False))
    assert (recipe.function.backbone, recipe.in_place_of) == ("VGG16", ("base",))
    assert [step.class_name for step in recipe.head] == ["Dropout", "Dense"]
