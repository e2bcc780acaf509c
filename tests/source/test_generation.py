"""Which Keras a notebook is spelled for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.evidence.model import Cell
from grader.source.generation import needs_keras_2


def read(*sources: str) -> str | None:
    return needs_keras_2([Cell(position=n, kind="code", source=text) for n, text in enumerate(sources, 1)])


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("from tensorflow.keras.layers.experimental import preprocessing", "keras.layers.experimental"),
        ("import tensorflow as tf\ntf.keras.layers.experimental.preprocessing.RandomFlip", "keras.layers.experimental"),
        ("from tensorflow.keras.optimizers import Adam\nAdam(lr=1e-4)", "Adam(lr=…)"),
        ("model.fit_generator(train, epochs=3)", "fit_generator"),
        ("%tensorflow_version 2.x\nimport tensorflow", "%tensorflow_version"),
        ("!pip install tensorflow==2.4.1", "version 2.4 is installed"),
        ("from keras.preprocessing.image import ImageDataGenerator", "keras.preprocessing.image.ImageDataGenerator"),
        ("import tensorflow_hub as hub", "tensorflow_hub"),
        ("model.compile('adam', metrics='accuracy')", "metrics='accuracy'"),
    ],
)  # fmt: skip
def test_what_only_keras_2_has(source: str, why: str) -> None:
    assert read("import numpy as np", source) == why


@pytest.mark.parametrize(
    "source",
    [
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator",
        "tf.keras.optimizers.Adam(learning_rate=1e-4)",
        "lr = 0.1\nplot(lr=lr)",
        "model.compile('adam', metrics=['accuracy'])",
        "from tensorflow.keras.layers import RandomFlip",
        "!pip install tensorflow==2.17.0",
        "from keras import ops\nfrom tensorflow.keras.optimizers import Adam\nAdam(lr=1)",
    ],
)
def test_what_keras_3_has_too(source: str) -> None:
    assert read(source) is None


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    read(text)
