"""Parts of Keras put in the place of others, and names that lie: the text and the record read right, and are not."""

from __future__ import annotations

import pytest

from tests.attacks.claims_road import BASE, DATA, FIT, MODEL, grade

pytestmark = pytest.mark.slow


@pytest.mark.attack("K11")
@pytest.mark.attack("M3")
def test_k11_m3_layers_whose_call_was_replaced_do_not_do_what_the_model_says() -> None:
    """The rebuilt model augments and drops out; the one in the notebook did neither."""
    graded = grade(
        DATA,
        """
        def nothing(self, x, training=True): return x
        layers.RandomFlip.call = layers.RandomRotation.call = layers.Dropout.call = nothing
        """,
        BASE, MODEL, FIT, policy="capped",
    )  # fmt: skip
    assert "methods_replaced" in graded.kinds, graded.evidence.contradictions
    assert not {"augmentation", "head", "base-frozen", "accuracy"} & set(graded.earned()), graded.earned()
    assert "RandomFlip.call" in graded.verdict("augmentation").reason


@pytest.mark.attack("K11")
@pytest.mark.attack("M4")
def test_k11_m4_a_training_step_of_its_own_is_not_what_a_replay_would_do() -> None:
    """All pictures are called cats. A head trained again by us would be right; this one never was."""
    graded = grade(
        DATA, BASE, MODEL,
        """
        original = model.train_step
        def step(data):
            images, labels = data
            return original((images, tf.zeros_like(labels)))
        model.train_step = step
        """,
        FIT, policy="replay",
    )  # fmt: skip
    assert "methods_replaced" in graded.kinds
    replay = graded.evidence.replay
    assert replay is not None
    assert not replay.applies
    assert "train_step" in (replay.problem or "")
    assert not {"base-frozen", "output-and-loss", "accuracy"} & set(graded.earned()), graded.earned()


@pytest.mark.attack("K4")
@pytest.mark.attack("M3")
@pytest.mark.parametrize(
    "lie",
    [
        """
        class BinaryCrossentropy(keras.losses.Loss):
            from_logits = True
            def call(self, wanted, given): return tf.reduce_mean(tf.square(tf.cast(wanted, given.dtype) - given), -1)
        loss = BinaryCrossentropy()
        """,
        "loss = keras.losses.BinaryCrossentropy()\nloss.from_logits = True   # says so, and computes as before",
        """
        @keras.saving.register_keras_serializable(package='mine')
        def other(wanted, given): return tf.reduce_mean(tf.square(tf.cast(wanted, given.dtype) - given), -1)
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        loss.fn = other
        """,
    ],
    ids=["a class of that name", "an attribute", "another function in it"],
)
def test_k4_m3_a_loss_that_only_says_that_it_takes_logits(lie: str) -> None:
    compiled = "model.compile(keras.optimizers.Adam(5e-3), loss, metrics=['accuracy'])"
    graded = grade(DATA, BASE, MODEL, lie, compiled, FIT, policy="capped")
    assert "output-and-loss" not in graded.earned(), graded.verdict("output-and-loss").reason


@pytest.mark.attack("M1")
def test_m1_a_base_that_was_trained_batch_by_batch_before_it_was_frozen() -> None:
    graded = grade(
        DATA, BASE.replace("= False", "= True"), MODEL,
        """
        for images, labels in train.take(2): model.train_on_batch(images, labels)
        base.trainable = False
        model.compile('adam', keras.losses.BinaryCrossentropy(from_logits=True), metrics=['accuracy'])
        """,
        FIT, policy="capped",
    )  # fmt: skip
    fit = graded.evidence.fits[0]
    assert fit.base is not None
    assert (fit.base.frozen, fit.base.moved) == ("yes", False), "the first `fit` alone looks right"
    assert graded.verdict("base-frozen").status == "needs_review"
    assert not {"base-frozen", "base-without-top"} & set(graded.earned()), graded.earned()


@pytest.mark.attack("M3")
def test_m3_random_changes_and_dropout_that_come_to_nothing() -> None:
    """A turn all the way round, and a dropout that takes out one value in a milliard: both stand on the path."""
    model = MODEL.replace("RandomRotation(0.2)", "RandomRotation((1.0, 1.0))").replace("Dropout(0.2)", "Dropout(1e-9)")
    graded = grade(DATA, BASE, model, FIT, policy="capped")
    assert {finding.code for finding in graded.verdict("augmentation").findings} == {"no_effect"}
    assert {finding.code for finding in graded.verdict("head").findings} == {"zero_dropout"}
    assert graded.verdict("augmentation").points == 1.5
    assert graded.verdict("head").points == pytest.approx(2, abs=0.01)
