"""A replay that only has to explain weights assumes what was not seen, always in the notebook's favour."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from grader.replay.reading import HIGHEST_RATE, read_recipe
from grader.replay.unfit import Unfit
from tests.replay.recorded import data, seen, training


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


def test_a_base_that_was_trained_explains_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="not frozen"):
        read_recipe(dataclasses.replace(seen(tmp_path, training(False)), decides=False))
