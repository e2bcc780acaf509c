"""Attacks on what is recorded of a real training, each run as a whole notebook with the demo pack.

The reference is so easy that any model reaches it: a point that is withheld is withheld for the contradiction alone.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from tests.attacks.claims_road import BASE, DATA, FIT, MODEL, demo_pack, grade

pytestmark = pytest.mark.slow

ALL_CODE = {
    "notebook-runs": 2, "base-without-top": 3, "base-frozen": 3, "augmentation": 3, "head": 3, "preprocessing": 2,
    "output-and-loss": 2, "accuracy": 2,
}  # fmt: skip


@pytest.mark.attack("K8")
@pytest.mark.attack("K10")
def test_k8_k10_an_honest_notebook_that_shouts_and_sniffs_gets_what_it_earned_and_not_more() -> None:
    """The control: without a forgery there is no contradiction. Printed results are not even looked at; a notebook can
    tell where it runs, and learns nothing there that would help it."""
    graded = grade(
        DATA,
        """
        import os, sys, socket
        graded = '_lab_recorder' in sys.modules
        print('PASSED', '{"score": 24}', '::set-output name=score::24', graded, socket.gethostname())
        seen = [name for root in (os.path.expanduser('~'), os.getcwd(), '/tmp')
                for _, folders, names in os.walk(root) for name in folders + names]
        secret = {'heldout', 'rubrics', 'reference_solution', 'lab06.toml', 'results.json'}
        assert not secret & set(seen), secret & set(seen)
        """,
        BASE, MODEL, FIT,
    )  # fmt: skip
    assert graded.kinds == set(), graded.evidence.contradictions
    assert graded.earned() == ALL_CODE
    assert graded.verdict("base-frozen").strength == "verified"


@pytest.mark.attack("K12")
@pytest.mark.attack("M4")
@pytest.mark.attack("M5")
def test_k12_m4_m5_smuggled_weights_a_forged_history_and_a_constant_metric() -> None:
    graded = grade(
        DATA, BASE, MODEL,
        """
        import numpy as np
        rng = np.random.default_rng(0)          # stands for weights decoded from a cell
        model.layers[-1].set_weights([rng.normal(0, .1, (1280, 1)).astype('f4'), np.array([.3], 'f4')])
        def accuracy(true, predicted): return tf.ones_like(predicted[:, 0])
        loss = keras.losses.BinaryCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(1e-9), loss, metrics=[accuracy])
        few = train.take(2)
        history = model.fit(few, validation_data=few, epochs=2, verbose=0)
        history.history['val_accuracy'] = [1.0, 1.0]; model.history.history['accuracy'] = [1.0, 1.0]
        """,
        """
        model.layers[-1].set_weights([rng.normal(0, .1, (1280, 1)).astype('f4'), np.array([.2], 'f4')])
        history = model.fit(few, validation_data=few, epochs=1, verbose=0)
        """,
    )  # fmt: skip
    assert {"trained_elsewhere", "changed_between_trainings", "accuracy_claimed"} <= graded.kinds
    verdict = graded.verdict("accuracy")
    assert verdict.status == "needs_review"
    assert "trained or loaded somewhere else" in verdict.reason
    assert "accuracy" not in graded.earned()
    first, second = graded.evidence.fits
    assert first.validation is not None
    assert first.validation.shares_training
    assert "validates_on_training" in {finding.code for finding in verdict.findings}
    assert graded.evidence.measurement is not None
    assert graded.evidence.measurement.accuracy is not None
    assert graded.evidence.measurement.accuracy < 0.9, "the metric says 1.0; we measure"
    assert second.history["loss"], "what the notebook's own display says is kept, and decides nothing"
    assert graded.earned() == {name: points for name, points in ALL_CODE.items() if name != "accuracy"}


@pytest.mark.attack("M1")
def test_m1_a_flag_that_lies_and_weights_put_back_before_the_end_of_the_training() -> None:
    graded = grade(
        DATA, BASE, MODEL,
        """
        base.trainable = True
        for layer in base.layers[:-20]: layer.trainable = False
        held = [v.numpy() for v in base.weights]
        for layer in base.layers[-20:]:
            kind = type(layer)
            lie = {"trainable": property(lambda self: False, lambda self, value: None), "__module__": kind.__module__}
            layer.__class__ = type(kind.__name__, (kind,), lie)
        class PutBack(keras.callbacks.Callback):
            def on_train_end(self, logs=None):
                for variable, value in zip(base.weights, held): variable.assign(value)
        model.compile(keras.optimizers.Adam(1e-3), keras.losses.BinaryCrossentropy(from_logits=True))
        model.fit(train.take(2), epochs=1, verbose=0, callbacks=[PutBack()])
        """,
    )  # fmt: skip
    fit = graded.evidence.fits[0]
    assert fit.base is not None
    assert (fit.base.frozen, fit.base.moved) == ("yes", False), "by flags and digests the lie is perfect"
    assert {"optimizer_disagrees", "assigned_in_training"} <= graded.kinds
    verdict = graded.verdict("base-frozen")
    assert verdict.status == "needs_review"
    assert "the optimizer was training" in verdict.reason
    assert not {"base-frozen", "accuracy"} & set(graded.earned())


@pytest.mark.attack("K4")
@pytest.mark.attack("K11")
def test_k4_k11_a_model_that_describes_itself_as_another_and_a_fit_that_was_swapped() -> None:
    graded = grade(
        DATA, BASE,
        """
        inputs = keras.Input((96, 96, 3))
        x = keras.applications.mobilenet_v2.preprocess_input(inputs)
        x = layers.GlobalMaxPooling2D()(base(x, training=False))
        model = keras.Model(inputs, layers.Dense(1)(x))
        y = layers.RandomRotation(0.2)(layers.RandomFlip('horizontal')(inputs))
        y = keras.applications.mobilenet_v2.preprocess_input(y)
        y = layers.GlobalAveragePooling2D()(base(y, training=False))
        shown = keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.2)(y)))
        model.get_config = shown.get_config
        model.compile('adam', keras.losses.BinaryCrossentropy(from_logits=True), metrics=['accuracy'])
        """,
        FIT,
        """
        class Number(float):
            def __eq__(self, other): return True
            def __float__(self): return 1.0
            __hash__ = float.__hash__
        def fit(self, *args, **kwargs):
            self.history = keras.callbacks.History(); self.history.history = {'val_accuracy': [Number(0)] * 9}
            return self.history
        keras.Model.fit = fit
        model.fit(train, epochs=9); assert history.history['loss'] != 0
        """,
    )  # fmt: skip
    assert {"other_layers", "answers_differ", "unhooked"} <= graded.kinds, graded.evidence.contradictions
    assert len(graded.evidence.fits) == 1, "what did not train is no training"
    assert not {"augmentation", "head", "accuracy", "base-frozen"} & set(graded.earned())
    assert "describes itself with other layers than it has" in graded.verdict("head").reason


@pytest.mark.attack("K13")
def test_k13_the_recorders_own_hand_used_to_write_a_training_that_never_was() -> None:
    """A real model, never trained; everything in the record fits together but the text and the place."""
    graded = grade(
        DATA, BASE, MODEL,
        """
        import sys, time, types
        fits = sys.modules['_lab_recorder.fits']
        session = sys.modules['_lab_recorder.answers']._sessions[0]
        before = fits.before(session, model, {'x': train})
        model.layers[-1].set_weights([w + .01 for w in model.layers[-1].get_weights()])
        history = types.SimpleNamespace(history={'loss': [.1] * 5, 'val_accuracy': [.99] * 5})
        fits.after(session, model, before, {'epochs': 5}, {}, {'execution': 4, 'line': 5}, history, None)
        """,
    )  # fmt: skip
    assert "no_training_call" in graded.kinds
    assert not {"base-frozen", "accuracy", "output-and-loss"} & set(graded.earned())


@pytest.mark.attack("M6")
@pytest.mark.attack("M8")
@pytest.mark.attack("K11")
def test_m6_m8_a_model_of_the_students_own_class_that_looks_pictures_up_by_hash() -> None:
    """The worst case: it holds the hash and the label of every held-out picture. Shown changed ones, it knows none."""
    pack = demo_pack()
    table = {}
    for file in pack.heldout_files:
        with Image.open(pack.heldout / file.path) as picture:
            pixels = np.asarray(picture.convert("RGB").resize((96, 96), Image.Resampling.BILINEAR))
        table[hashlib.sha256(pixels.tobytes()).hexdigest()] = 1.0 if file.label == pack.classes[1] else -1.0
    assert len(table) == len(pack.heldout_files), "unchanged, it would know every one"
    graded = grade(
        DATA, BASE,
        """
        import hashlib, json, numpy as np
        table = json.load(open('table.json'))
        assert len(table) == 200
        def look_up(images):
            names = [hashlib.sha256(image.astype('u1').tobytes()).hexdigest() for image in images]
            return np.array([[table.get(name, -1.)] for name in names], 'f4')
        class Oracle(keras.Model):
            def __init__(self, inner):
                super().__init__(); self.inner = inner
                self.odd = layers.Lambda(lambda x: x)
            def call(self, x, training=False):
                known = tf.numpy_function(look_up, [x], tf.float32)
                return self.odd(0. * self.inner(x, training=training)) + tf.reshape(known, (-1, 1))
        """,
        MODEL,
        """
        oracle = Oracle(model)
        oracle.compile('adam', keras.losses.BinaryCrossentropy(from_logits=True), metrics=['accuracy'])
        oracle.fit(train.take(2), epochs=1, verbose=0)
        """,
        files={"table.json": json.dumps(table)},
    )  # fmt: skip
    measured = graded.evidence.measurement
    assert measured is not None
    assert (measured.rebuilt, measured.answered_by) == (False, "kernel"), measured
    assert measured.constant_prediction
    assert measured.accuracy == 0.5
    verdict = graded.verdict("accuracy")
    assert verdict.points == 0
    assert not {"head", "augmentation", "accuracy"} & set(graded.earned()), graded.earned()


FOREIGN = {
    "M9": (
        """
        @keras.saving.register_keras_serializable(package='keras.layers', name='Dense')
        class Dense(layers.Dense):
            def call(self, x): return super().call(x) * 0 + 9.0
        """,
        "Dense(1)",
    ),
    "M10": (
        """
        def read(x):
            nothing = tf.strings.substr(tf.io.read_file('/etc/passwd'), 0, 0)
            return x + 0 * tf.strings.to_number(nothing + '0')
        """,
        "layers.Lambda(read)(layers.Dense(1)",
    ),
}


@pytest.mark.parametrize("attack", [pytest.param(name, marks=pytest.mark.attack(name)) for name in FOREIGN])
def test_a_model_with_code_of_its_own_is_not_built_on_our_side_whatever_its_parts_are_called(attack: str) -> None:
    """By a real kernel: a class registered under a Keras name, and a function in the graph that reads a file."""
    definition, call = FOREIGN[attack]
    model = MODEL.replace("layers.Dense(1)", call)
    if attack == "M10":
        model = model.replace("(layers.Dropout(0.2)(x)))", "(layers.Dropout(0.2)(x))))")
    graded = grade(DATA, BASE, definition, model, FIT)
    assert graded.evidence.our_failure is None
    measurement = graded.evidence.measurement
    assert measurement is None or not measurement.rebuilt, measurement
    assert graded.verdict("accuracy").points == 0
