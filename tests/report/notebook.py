"""A student's notebook, as handed in: the cells that the examples point at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from grader.evidence.model import Cell, Place

NOTEBOOK = r"""
# %% [markdown]
# Lab 6: cats and dogs
# %%
import numpy as np
import tensorflow as tf
from tensorflow import keras
# %%
_URL = "https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip"
path_to_zip = keras.utils.get_file("cats_and_dogs.zip", origin=_URL, extract=True)
PATH = os.path.join(os.path.dirname(path_to_zip), 'cats_and_dogs_filtered')
# %%
BATCH_SIZE = 32
IMG_SIZE = (160, 160)

# the two data sets
train_dataset = keras.utils.image_dataset_from_directory(
    train_dir, shuffle=True, batch_size=BATCH_SIZE, image_size=IMG_SIZE)
validation_dataset = keras.utils.image_dataset_from_directory(
    validation_dir, shuffle=True, batch_size=BATCH_SIZE, image_size=IMG_SIZE)
# %%
data_augmentation = keras.Sequential([
    keras.layers.RandomFlip('horizontal'),
    keras.layers.RandomRotation(0.2),  # up to 72 degrees
])
# %%
# the pre-trained base
IMG_SHAPE = IMG_SIZE + (3,)
base_model = keras.applications.MobileNetV2(
    input_shape=IMG_SHAPE,
    include_top=False,
    weights='imagenet',
)

image_batch, label_batch = next(iter(train_dataset))
print(base_model(image_batch).shape)
# %%
base_model.trainable = False
base_model.summary()
# %%
def build_model(rate=0.2):
    inputs = keras.Input(shape=IMG_SHAPE)
    x = data_augmentation(inputs)
    x = keras.applications.mobilenet_v2.preprocess_input(x)
    x = base_model(x, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(rate)(x)
    outputs = keras.layers.Dense(1)(x)
    return keras.Model(inputs, outputs)

model = build_model()
# %%
model.compile(
    optimizer=keras.optimizers.Adam(1e-4),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=['accuracy'],
)
# %%
history = model.fit(train_dataset, epochs=10, validation_data=validation_dataset)
# %% [markdown]
## Questions
# %% [markdown]
**1. What is transfer learning?**

Using a network that was trained on a large data set for a new, smaller task.
The features it has learned are useful again, so we need less data and less time.
# %%
base_model.trainable = True
for layer in base_model.layers[:100]:
    layer.trainable = False
# %%
history_fine = model.fit(train_dataset, epochs=20, initial_epoch=10)
"""


def _parsed(text: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for part in text.strip().split("# %%")[1:]:
        kind, _, source = part.partition("\n")
        found.append(("markdown" if "markdown" in kind else "code", source.rstrip("\n")))
    return tuple(found)


SOURCES = _parsed(NOTEBOOK)
"""Kind and source of every cell."""


def cells(sources: Sequence[tuple[str, str]] = SOURCES, failed: int | None = None, last: int = 99) -> tuple[Cell, ...]:
    """The notebook's cells; code cell number `failed` failed, those after `last` were not reached."""
    made: list[Cell] = []
    count = 0
    for position, (kind, source) in enumerate(sources, start=1):
        if kind != "code":
            made.append(Cell(position=position, kind="markdown", source=source))
            continue
        count += 1
        status: Literal["ok", "failed", "not_run"] = "ok" if count <= last else "not_run"
        if count == failed:
            status = "failed"
        made.append(Cell(position=position, code_cell=count, kind="code", source=source, status=status, seconds=0.4))
    return tuple(made)


def place(code_cell: int, first: int = 1, last: int | None = None) -> Place:
    """A place in the notebook above, by the number students see."""
    code = [position for position, (kind, _) in enumerate(SOURCES, start=1) if kind == "code"]
    return Place(cell=code[code_cell - 1], code_cell=code_cell, first_line=first, last_line=last or first)
