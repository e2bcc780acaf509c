"""Data that teaches something else than the lab's: a head trained again on the lab's images would hide it."""

from __future__ import annotations

import pytest

from tests.attacks.claims_road import BASE, DATA, MODEL, grade

pytestmark = pytest.mark.slow


@pytest.mark.attack("M5")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("train = ordered.take(3)                                            # cats alone", "order of their classes"),
        ("train = train.map(lambda x, y: (tf.random.shuffle(x), y))          # other pictures' labels", "labels"),
        ("train = train.map(lambda x, y: (tf.random.uniform(tf.shape(x), 0, 255), y))       # no pictures", "labels"),
        ("train = train.take(1).repeat()                                     # one batch for ever", "image files"),
    ],
)
def test_m5_data_that_teaches_something_else_is_not_replayed_as_the_labs(change: str, why: str) -> None:
    ordered = DATA.replace("train = ", "ordered = ").replace("seed=1", "shuffle=False").split("val = ")[0]
    fit = "history = model.fit(train, epochs=2, steps_per_epoch=3, verbose=0)"
    graded = grade(DATA, ordered.split("root = ")[1].split("\n", 1)[1], change, BASE, MODEL, fit, policy="replay")
    replay = graded.evidence.replay
    assert replay is not None
    assert not replay.applies
    assert why in (replay.problem or ""), replay.problem
    assert "accuracy" not in graded.earned()
