"""`grader check --quick`: the text alone, and no TensorFlow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.report import render_report
from grader.rubric.load import load_rubric
from grader.selfcheck.quick import check_by_reading
from grader.selfcheck.table import Row

ROOT = Path(__file__).parents[2]


def rows(tmp_path: Path, *cells: str) -> dict[str, Row]:
    notebook = new_notebook(
        cells=[new_markdown_cell(c) if c.startswith("#") else new_code_cell(c) for c in cells]
    )  # fmt: skip
    path = tmp_path / "lab.ipynb"
    nbformat.write(notebook, path)
    return {row.criterion: row for row in check_by_reading(load_rubric("lab06"), path).table.rows}


def test_what_the_text_does_not_show_is_open_and_not_lost(tmp_path: Path) -> None:
    found = rows(tmp_path, "model = build()\nmodel.fit(train)")
    assert found["notebook-runs"].group == "open"


RIGHT = """import tensorflow as tf
base = tf.keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights="imagenet")
base.trainable = False
inputs = tf.keras.Input((160, 160, 3))
x = tf.keras.layers.RandomFlip("horizontal")(inputs)
x = tf.keras.layers.RandomRotation(0.2)(x)
x = tf.keras.applications.mobilenet_v2.preprocess_input(x)
x = tf.keras.layers.GlobalAveragePooling2D()(base(x, training=False))
outputs = tf.keras.layers.Dense(1)(tf.keras.layers.Dropout(0.2)(x))
model = tf.keras.Model(inputs, outputs)
model.compile("adam", tf.keras.losses.BinaryCrossentropy(from_logits=True))
model.fit(train, epochs=10)
"""


def test_right_code_is_fine_as_far_as_its_text_goes(tmp_path: Path) -> None:
    found = rows(tmp_path, RIGHT)
    code = ("base-without-top", "base-frozen", "augmentation", "head", "preprocessing", "output-and-loss")
    assert {name: found[name].group for name in code} == dict.fromkeys(code, "fine")
    assert found["head"].found.startswith("Your code says so:")
    assert found["notebook-runs"].group == "open"


def test_the_page_says_what_the_terminal_says(tmp_path: Path) -> None:
    nbformat.write(new_notebook(cells=[new_code_cell(RIGHT)]), tmp_path / "lab.ipynb")
    checked = check_by_reading(load_rubric("lab06"), tmp_path / "lab.ipynb")
    assert (checked.table.points, checked.table.decided) == (16, 20)
    page = render_report(checked.evidence, checked.result, checked.rubric)
    assert "16" in page
    assert "of 20 decided" in page


def test_the_text_is_read_as_its_own_lab_asks(tmp_path: Path) -> None:
    other = RIGHT.replace("MobileNetV2", "MobileNet").replace("mobilenet_v2", "mobilenet")
    other = other.replace("Dense(1)(tf.keras.layers.Dropout(0.2)(x))", 'Dense(2, activation="softmax")(x)')
    nbformat.write(new_notebook(cells=[new_code_cell(other)]), tmp_path / "lab.ipynb")
    table = check_by_reading(load_rubric("lab07"), tmp_path / "lab.ipynb").table
    found = {row.criterion: row for row in table.rows}
    assert (found["head"].group, found["base"].group) == ("fine", "fine")


@pytest.mark.parametrize(
    ("right", "wrong", "criterion"),
    [
        ("include_top=False", "include_top=True", "base-without-top"),
        ('weights="imagenet"', "weights=None", "base-without-top"),
        ("Dropout(0.2)", "Dropout(0)", "head"),
        ('x = tf.keras.layers.RandomFlip("horizontal")(inputs)', "x = inputs", "augmentation"),
        ("from_logits=True", "from_logits=False", "output-and-loss"),
    ],
)
def test_a_mistake_in_the_text_is_to_fix_without_a_run(tmp_path: Path, right: str, wrong: str, criterion: str) -> None:
    row = rows(tmp_path, RIGHT.replace(right, wrong))[criterion]
    assert row.group == "fix"
    assert row.where


def test_a_missing_answer_shows_without_a_run(tmp_path: Path) -> None:
    found = rows(tmp_path, "# Lab", "print(1)")
    assert found["question-freezing"].group == "fix"
    assert "No answer" in found["question-freezing"].found


def test_an_answer_is_found_without_a_run(tmp_path: Path) -> None:
    found = rows(
        tmp_path,
        "# Why do we freeze the base model?\n\nBecause large errors of the new, random head would destroy the "
        "features that the base learned from ImageNet.",
    )
    assert found["question-freezing"].group != "fix"


def test_it_imports_no_tensorflow_and_its_exit_code_says_whether_something_is_to_fix(tmp_path: Path) -> None:
    path = tmp_path / "lab.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("print(1)")]), path)
    script = (
        "import sys\nfrom grader.cli import cli\n"
        f"code = cli.main(['check', '--quick', '--json', {str(path)!r}], standalone_mode=False)\n"
        "print(code, 'tensorflow' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True, env={**os.environ}
    )
    assert done.stderr.split() == ["1", "False"]
    assert json.loads(done.stdout)["how"] == "source"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3}'])
def test_a_file_that_is_no_notebook_is_told_plainly(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "grader", "check", "--quick", str(path)], capture_output=True, text=True, cwd=ROOT,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Expected" in done.stderr
    assert "Traceback" not in done.stderr
