"""Own code in a training, on the whole road: honest work keeps its points, and good weights alone bring none."""

from __future__ import annotations

import pytest

from grader.evidence.model import Reference
from tests.attacks.claims_road import BASE, DATA, MODEL, grade

pytestmark = pytest.mark.slow

REFERENCE = Reference(accuracy=0.8, examples=200, digest="e" * 64)

OWN_LOSS = """
def own_loss(wanted, logits):
    wanted = tf.cast(tf.reshape(wanted, (-1, 1)), tf.float32)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits))
"""
ADDED = "keras.losses.BinaryCrossentropy(from_logits=True)"

OWN_STEP = """
good = None
class Own(keras.Model):
    def train_step(self, batch):
        found = super().train_step(batch)
        if good is not None:
            self.layers[-1].set_weights(good)
        return found
"""


def test_a_loss_of_ones_own_keeps_its_points() -> None:
    graded = grade(
        DATA, BASE, OWN_LOSS, MODEL.replace(ADDED, "own_loss"),
        "history = model.fit(train, validation_data=val, epochs=3, verbose=0)",
        policy="auto", reference=REFERENCE,
    )  # fmt: skip
    replay = graded.evidence.replay
    assert replay is not None
    assert replay.in_place_of == ("loss",), replay.problem
    assert graded.verdict("accuracy").points == 2, graded.verdict("accuracy").reason
    assert not graded.kinds


def test_a_step_of_ones_own_that_may_write_weights_waits_for_a_person() -> None:
    graded = grade(
        DATA, BASE, OWN_STEP, MODEL.replace("keras.Model(", "Own("),
        "history = model.fit(train, validation_data=val, epochs=3, verbose=0)",
        policy="auto", reference=REFERENCE,
    )  # fmt: skip
    verdict = graded.verdict("accuracy")
    assert verdict.status == "needs_review", verdict.reason
    assert "a class of its own (`Own`)" in verdict.reason
