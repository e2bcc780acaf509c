"""Which heads are trained again: an own pack's, and of Keras 2 only to explain what a run in full ended with."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from grader.evidence.model import Replay, Substitution
from grader.models.generations import Generation
from grader.observation.trained_again import trained_again
from grader.replay.seen import Seen
from tests.replay.recorded import seen


def again(_: Seen) -> Replay:
    """What training again would say."""
    return Replay(applies=True, accuracy=0.9, examples=200)


@pytest.mark.parametrize(
    ("framework", "decides", "applies"),
    [("keras3", True, True), ("tf_keras", True, False), ("tf_keras", False, True)],
)
def test_a_notebook_of_keras_2_is_explained_and_not_decided(
    tmp_path: Path, framework: Generation, decides: bool, applies: bool
) -> None:
    what = dataclasses.replace(seen(tmp_path), decides=decides)
    assert trained_again(again, what, (), framework).applies is applies


def test_nothing_that_rests_on_stand_ins_is_trained_again(tmp_path: Path) -> None:
    stood_in = Substitution(kind="weights", asked="vgg16_weights.h5", given="random numbers")
    found = trained_again(again, seen(tmp_path), (stood_in,), "keras3")
    assert (found.applies, found.problem) == (False, "our asset pack does not hold what it asks for (vgg16_weights.h5)")
