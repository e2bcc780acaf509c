"""A whole and consistent record, forged around good weights: what is trained again does not ask for the weights."""

from __future__ import annotations

import pytest

from grader.evidence.model import Reference
from tests.attacks.claims_road import BASE, DATA, MODEL, grade

pytestmark = pytest.mark.slow

REFERENCE = Reference(accuracy=0.965, examples=200, digest="e" * 64)

FORGE = """
import sys, time, types
import numpy as np
fits, answers = sys.modules['_lab_recorder.fits'], sys.modules['_lab_recorder.answers']
class Pretender:
    def fit(self, data, epochs, **_):
        session = answers._sessions[0]
        before = fits.before(session, real, {'x': data})
        time.sleep(2)                                   # as long as a training might take
        real.layers[-1].set_weights(good)
        real.optimizer.iterations.assign(25 * epochs)
        history = types.SimpleNamespace(history={'loss': [.1] * epochs, 'val_accuracy': [.98] * epochs})
        fits.after(session, real, before, {'epochs': claimed, 'x': data}, {}, place, history, None)
        return history
"""


@pytest.mark.attack("K13")
@pytest.mark.attack("M4")
def test_k13_m4_a_forged_training_around_good_weights_earns_what_its_own_settings_earn() -> None:
    """The text asks for a training that teaches nothing (Adam(1e-9), one epoch). The record says that it was done, by
    the right line, in its time, with the model's real layers; the weights in it are right nearly always."""
    graded = grade(
        DATA, BASE, MODEL.replace("Adam(5e-3)", "Adam(1e-9)"),
        """
        import numpy as np
        head = keras.Sequential([keras.Input((1280,)), layers.Dense(1)])
        head.compile(keras.optimizers.Adam(5e-3), keras.losses.BinaryCrossentropy(from_logits=True))
        pooled = keras.Model(model.input, model.layers[-3].output)
        pairs = [(pooled(images, training=False), labels) for images, labels in train]
        for _ in range(6):
            for images, labels in pairs: head.train_on_batch(images, labels)
        good = head.get_weights()
        """,
        FORGE,
        "real, claimed, place = model, 1, {'execution': 6, 'line': 3}\nmodel = Pretender()\n"
        "history = model.fit(train, epochs=1)",
        policy="replay", reference=REFERENCE,
    )  # fmt: skip
    fit = next(fit for fit in graded.evidence.fits if fit.contains_base)
    assert fit.epochs_requested == 1, "the forged record is there, and whole"
    replay = graded.evidence.replay
    assert replay is not None
    assert replay.accuracy is not None, replay.problem
    assert replay.accuracy < 0.9
    assert "accuracy" not in graded.earned(), graded.verdict("accuracy").reason
