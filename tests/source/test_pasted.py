"""Code as students paste it into a report, and what is read from it."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.source.pasted import looks_like_code, repair

BASE = 'base_model = tf.keras.applications.MobileNetV2(input_shape=IMG_SHAPE, include_top=False, weights="imagenet")'


def same(one: str, other: str) -> bool:
    return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))


@pytest.mark.parametrize(
    "pasted",
    [
        BASE,
        BASE.replace('"', "“", 1).replace('"', "”", 1),
        "In [4]: " + BASE,
        ">>> " + BASE,
        BASE.replace(", ", ",\n"),
        BASE.replace(", ", ",\n... ").replace("base_model", ">>> base_model", 1),
        BASE.replace(" ", "\u00a0"),
        BASE.replace("imagenet", "image\nnet"),
        BASE.replace("applications.", "applications\n."),
        "[12]: " + BASE + "\nDownloading data from https://storage.example/mobilenet.h5\n9406464/9406464 [====] - 0s",
        "1 IMG = 1\n2 " + BASE + "\n3 x = 2",
    ],
)
def test_a_damaged_paste_reads_as_what_was_written(pasted: str) -> None:
    source = repair(pasted).source
    statement = next(node for node in ast.parse(source).body if "MobileNetV2" in ast.dump(node))
    assert same(ast.unparse(statement), BASE)


def test_lost_indentation_is_put_back() -> None:
    assert same(
        repair("for layer in base.layers:\nlayer.trainable = False\nx = 1").source,
        "for layer in base.layers:\n    layer.trainable = False\nx = 1",
    )
    assert same(
        repair("def build():\nx = f(1)\n\nreturn x\ny = 2").source, "def build():\n    x = f(1)\n    return x\ny = 2"
    )


def test_output_between_statements_is_left_out() -> None:
    pasted = "In [1]: x = 1\nOut[1]: 1\nEpoch 1/10\n63/63 [=====] - 5s - loss: 0.69\nIn [2]: y = 2\nand that was it"
    found = repair(pasted)
    assert same(found.source, "x = 1\ny = 2")
    assert found.left_out == ("and that was it",)


@pytest.mark.parametrize(
    "line",
    [
        "import tensorflow as tf",
        "base_model.trainable = False",
        "x = data_augmentation(inputs)",
        "    layers.RandomFlip('horizontal'),",
        "])",
        ">>> model.summary()",
        "In [3]: x",
        "for layer in base_model.layers:",
    ],
)
def test_code_is_told_from_prose(line: str) -> None:
    assert looks_like_code(line)


@pytest.mark.parametrize(
    "line",
    [
        "Transfer learning reuses what a network has learned before.",
        "In this lab we used MobileNetV2.",
        "Epoch 1/10",
        "- it prevents overfitting",
        "1. What is transfer learning?",
        "",
        "For example, the base is frozen.",
    ],
)
def test_prose_is_told_from_code(line: str) -> None:
    assert not looks_like_code(line)


def test_a_gap_between_names_in_a_picture_is_an_underscore() -> None:
    assert repair("base model.trainable = False", from_picture=True).source == "base_model.trainable = False"
    assert repair("x = base _model(x, training=False)", from_picture=True).source == "x = base_model(x, training=False)"
    assert repair("base model.trainable = False").left_out == ("base model.trainable = False",)
    kept = "for layer in layers:\n    print('a b')"
    assert same(repair(kept, from_picture=True).source, kept)
    # A digit is never guessed at.
    assert repair("x = Dropout(Q.2)(x)", from_picture=True).source == ""


@given(st.text(max_size=500))
def test_whatever_comes_out_is_python(text: str) -> None:
    ast.parse(repair(text).source)
    looks_like_code(text)
