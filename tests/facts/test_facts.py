"""Facts in fixed words: from what was seen, else from what the source states, else unknown with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.evidence.model import Cell, Evidence
from grader.evidence.structure import Substitution
from grader.facts import Facts, read_facts
from grader.source.statements import read_statements
from tests.evidence_examples import DROPOUT, LOGIT, MOBILENET, SCALING, data, dense, fit, good, model, node, nothing

DOCUMENT = (Path(__file__).parents[2] / "docs/facts.md").read_text(encoding="utf-8")


def values(facts: Facts) -> dict[str, str]:
    return {name: getattr(facts, name).value for name in Facts.model_fields}


def only_source(*cells: str) -> Evidence:
    """A notebook of which nothing but the source is known."""
    read = tuple(Cell(position=n, code_cell=n, kind="code", source=text) for n, text in enumerate(cells, 1))
    return nothing().model_copy(update={"cells": read, "statements": read_statements(read)})


def test_the_model_answer() -> None:
    facts = read_facts(good())
    assert values(facts) == {
        "backbone": "MobileNetV2", "include_top": "no", "weights": "imagenet", "frozen_at_first_fit": "yes",
        "fine_tunes": "no", "flip": "in-model", "rotation": "in-model", "pooling": "gap", "dropout": "0.2",
        "head": "Dense(1, linear)", "loss_matches_output": "yes", "base_training_false": "no",
        "preprocessing": "right",
    }  # fmt: skip
    assert facts.backbone.strength == "verified"
    assert facts.frozen_at_first_fit.strength == "observed"
    assert facts.frozen_at_first_fit.place is not None


def test_a_flag_that_says_frozen_while_the_weights_move_is_not_frozen() -> None:
    first = fit()
    assert first.base is not None
    lying = first.model_copy(update={"base": first.base.model_copy(update={"moved": True, "moved_layers": 3})})
    fact = read_facts(good(fits=[lying])).frozen_at_first_fit
    assert (fact.value, fact.reason) == ("no", "marked as frozen, yet its weights changed")


@pytest.mark.parametrize(
    ("head", "loss", "matches"),
    [
        ("Dense(1)", "BinaryCrossentropy(from_logits=True)", "yes"),
        ("Dense(1, activation='sigmoid')", "'binary_crossentropy'", "yes"),
        ("Dense(1, activation='sigmoid')", "BinaryCrossentropy(from_logits=True)", "no"),
        ("Dense(2, activation='softmax')", "SparseCategoricalCrossentropy(from_logits=True)", "no"),
        ("Dense(1)", "'mse'", "unknown"),
    ],
)
def test_a_notebook_that_never_ran_still_states_much(head: str, loss: str, matches: str) -> None:
    facts = read_facts(
        only_source(
            "from tensorflow.keras.applications import MobileNetV2\nfrom tensorflow.keras.layers import *\n"
            "from tensorflow.keras.losses import *",
            "base = MobileNetV2(include_top=False, weights='imagenet')\nbase.trainable = False",
            f"x = GlobalAveragePooling2D()(base.output)\nx = Dropout(0.5)(x)\nout = {head}(x)",
            f"model.compile('adam', loss={loss})\nmodel.fit(data, epochs=3)",
            "base.trainable = True\nmodel.fit(data)",
        )
    )
    assert facts.loss_matches_output.value == matches
    assert values(facts) | {"loss_matches_output": "", "head": ""} == {
        "backbone": "MobileNetV2", "include_top": "no", "weights": "imagenet", "frozen_at_first_fit": "yes",
        "fine_tunes": "yes", "flip": "none", "rotation": "none", "pooling": "gap", "dropout": "0.5", "head": "",
        "loss_matches_output": "", "base_training_false": "unknown", "preprocessing": "unknown",
    }  # fmt: skip
    assert facts.backbone.strength == "stated"


def test_scaling_twice_in_the_source_is_unknown_rather_than_a_guess() -> None:
    facts = read_facts(
        only_source(
            "import tensorflow as tf\nbase = tf.keras.applications.MobileNetV2(include_top=False)",
            "images = images / 255.0\nimages = tf.keras.applications.mobilenet_v2.preprocess_input(images)",
        )
    )
    assert facts.preprocessing.value == "unknown"
    assert facts.preprocessing.reason


def test_nothing_handed_in_is_unknown_with_a_reason() -> None:
    facts = read_facts(nothing().model_copy(update={"cells": (), "statements": ()}))
    assert set(values(facts).values()) == {"unknown"}
    assert all(getattr(facts, name).reason for name in Facts.model_fields)


def test_every_fact_and_its_words_are_documented() -> None:
    for name in Facts.model_fields:
        assert f"| `{name}` |" in DOCUMENT
    for word in ("cut off", "never fitted", "ds.map", "ImageDataGenerator", "unused", "scaled twice", "only [0, 1]"):
        assert f"`{word}`" in DOCUMENT


def test_how_many_classes_there_are_is_not_taken_from_pictures_that_stood_in() -> None:
    source = only_source(
        "import tensorflow as tf\n"
        "train = tf.keras.utils.image_dataset_from_directory('leaves')\n"
        "base = tf.keras.applications.MobileNetV2(include_top=False)\n"
        "top = tf.keras.layers.Dense(len(train.class_names), activation='softmax')\n"
        "model = tf.keras.Sequential([base, tf.keras.layers.GlobalAveragePooling2D(), top])\n"
        "model.compile(loss='sparse_categorical_crossentropy')\n"
        "model.fit(train)"
    )
    here = good(cells=source.cells, statements=source.statements)
    assert read_facts(here).head.value == "Dense(1, linear)"
    leaves = Substitution(kind="data", asked="leaves", given="pictures of the asset pack in 2 class folders")
    stood_in = here.model_copy(update={"run": here.run.model_copy(update={"substitutions": (leaves,)})})
    assert read_facts(stood_in).head.value == "unknown"
    drive = Substitution(kind="missing", asked="google.colab.drive.mount", given="nothing")
    for asked in ("tfds.load('tf_flowers')", "/content/drive/MyDrive/kagglecatsanddogs_5340.zip"):
        known = leaves.model_copy(update={"asked": asked})
        named = here.model_copy(update={"run": here.run.model_copy(update={"substitutions": (drive, known)})})
        assert read_facts(named).head.value == "Dense(1, linear)", asked


@pytest.mark.parametrize(("operation", "word"), [("Mean", "gap"), ("Amax", "gmp"), ("Flatten", "flatten")])
def test_pooling_that_is_written_as_an_operation(operation: str, word: str) -> None:
    evidence = good(graded=model(SCALING, MOBILENET, node("pooling", operation, axis="1, 2"), DROPOUT, LOGIT))
    assert read_facts(evidence).pooling.value == word


def test_pooling_with_a_window_as_large_as_the_feature_map() -> None:
    base = MOBILENET.model_copy(update={"output_shape": (None, 7, 7, 1280)})
    flat = node("pooling", "Flatten", output_shape=(None, 1280))
    whole = node("pooling", "AveragePooling2D", output_shape=(None, 1, 1, 1280), pool_size="7, 7")
    assert read_facts(good(graded=model(SCALING, base, whole, flat, DROPOUT, LOGIT))).pooling.value == "gap"
    small = node("other", "AveragePooling2D", output_shape=(None, 3, 3, 1280), pool_size="2, 2")
    assert read_facts(good(graded=model(SCALING, base, small, flat, DROPOUT, LOGIT))).pooling.value == "flatten"


def test_an_activation_in_a_layer_of_its_own_is_that_of_the_dense_layer_before_it() -> None:
    hidden = node("head", "Dense", units=64, activation="linear").model_copy(update={"id": "hidden"})
    relu = node("head", "Activation", activation="relu").model_copy(update={"id": "relu"})
    scaled, softmax = node("head", "BatchNormalization"), node("head", "Softmax")
    last = node("head", "Dense", units=2, activation="linear")
    graded = model(MOBILENET, node("pooling", "Flatten"), hidden, scaled, relu, last, softmax)
    assert read_facts(good(graded=graded)).head.value == "Dense(64, relu), Dense(2, softmax)"


def test_a_later_training_on_augmented_images_augments() -> None:
    turned = data(kind="ImageDataGenerator", pipeline_operations=("horizontal_flip=True", "rotation_range=10"))
    fits = [fit(data=data(kind="ImageDataGenerator")), fit(index=1, data=turned)]
    facts = read_facts(good(graded=model(MOBILENET, node("pooling", "Flatten"), LOGIT), fits=fits))
    assert (facts.flip.value, facts.rotation.value) == ("ImageDataGenerator", "ImageDataGenerator")


def test_an_activation_that_is_a_layer_of_its_own_is_named_with_the_layer_before_it() -> None:
    hidden = (dense(256, "linear"), node("regularisation", "BatchNormalization"), node("head", "ReLU"))
    last = node("head", "Activation", activation="sigmoid")
    evidence = good(graded=model(SCALING, MOBILENET, node("pooling", "Flatten"), *hidden, DROPOUT, LOGIT, last))
    assert read_facts(evidence).head.value == "Dense(256, relu), Dense(1, sigmoid)"


def test_a_base_that_hides_in_a_layer_leaves_the_head_to_the_source() -> None:
    hidden = model(node("input", "InputLayer"), node("other", "Lambda"), dense(5))
    facts = read_facts(good(graded=hidden, measurement=None))
    assert {fact.strength for fact in (facts.head, facts.pooling, facts.dropout, facts.flip)} <= {"stated", None}
    assert facts.head.value != "none"
    assert (facts.backbone.value, facts.frozen_at_first_fit.value) == ("MobileNetV2", "yes")
