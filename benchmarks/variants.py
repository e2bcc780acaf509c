"""Notebooks for measuring: the lab's reference solution, and what students make of it, right and wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import nbformat

Changes = Mapping[str, str]
"""Text in the reference solution → what stands there instead."""

_HEAD = "x = layers.GlobalAveragePooling2D()(x)\nx = layers.Dropout(0.2)(x)\noutputs = layers.Dense(1)(x)"
_PREPROCESS = "x = keras.applications.mobilenet_v2.preprocess_input(x)"
_RATE = "keras.optimizers.Adam(learning_rate=1e-3)"
_LOSS = "keras.losses.BinaryCrossentropy(from_logits=True)"
_METRIC = "keras.metrics.BinaryAccuracy(threshold=0.0, name='accuracy')"
_SIGMOID = "tf.sigmoid(model.predict(images, verbose=0)).numpy()"
_PREFETCH = "train_ds = train_ds.prefetch(tf.data.AUTOTUNE)\nval_ds = val_ds.prefetch(tf.data.AUTOTUNE)"
_FIT = "history = model.fit(train_ds, validation_data=val_ds, epochs=EPOCHS, verbose=2)"
_FINE_TUNE = f"""{_FIT}
base.trainable = True
for layer in base.layers[:100]:
    layer.trainable = False
model.compile(keras.optimizers.RMSprop(1e-5), {_LOSS}, metrics=[{_METRIC}])
model.fit(train_ds, validation_data=val_ds, epochs=2, verbose=2)"""

VARIANTS: Final[Mapping[str, Changes]] = {
    "right-as-the-reference": {},
    "right-sigmoid": {
        "layers.Dense(1)(x)": "layers.Dense(1, activation='sigmoid')(x)", _LOSS: "'binary_crossentropy'",
        _METRIC: "'accuracy'", _SIGMOID: "model.predict(images, verbose=0)",
    },
    "right-softmax": {
        "layers.Dense(1)(x)": "layers.Dense(2, activation='softmax')(x)", _LOSS: "'sparse_categorical_crossentropy'",
        _METRIC: "'accuracy'", _SIGMOID: "model.predict(images, verbose=0)[:, 1]",
    },
    "right-rescaling": {_PREPROCESS: "x = layers.Rescaling(1 / 127.5, offset=-1)(x)"},
    "right-scaled-in-the-pipeline": {
        _PREPROCESS: "",
        _PREFETCH: "train_ds = train_ds.map(lambda x, y: (x / 127.5 - 1, y))\n"
        "val_ds = val_ds.map(lambda x, y: (x / 127.5 - 1, y))",
    },
    "right-max-pooling-hidden-layer": {
        _HEAD: "x = layers.GlobalMaxPooling2D()(x)\nx = layers.Dense(64, activation='relu')(x)\n"
        "x = layers.BatchNormalization()(x)\nx = layers.Dropout(0.3)(x)\noutputs = layers.Dense(1)(x)",
    },
    "right-flatten": {"layers.GlobalAveragePooling2D()(x)": "layers.Flatten()(x)"},
    "right-sgd-small-batches": {
        _RATE: "keras.optimizers.SGD(0.01, momentum=0.9)", "BATCH_SIZE = 32": "BATCH_SIZE = 16",
    },
    "right-fine-tuned-afterwards": {_FIT: _FINE_TUNE},
    "right-part-of-the-images": {_PREFETCH: _PREFETCH + "\ntrain_ds = train_ds.take(8)"},
    "wrong-scaled-twice": {_PREPROCESS: f"{_PREPROCESS}\nx = layers.Rescaling(1 / 255)(x)"},
    "wrong-learning-rate-tiny": {_RATE: "keras.optimizers.Adam(learning_rate=1e-6)"},
    "wrong-one-slow-epoch": {_RATE: "keras.optimizers.SGD(1e-5)", "EPOCHS = 8": "EPOCHS = 1"},
    "wrong-learning-rate-huge": {_RATE: "keras.optimizers.SGD(1e6)"},
    "wrong-random-weights": {"weights='imagenet'": "weights=None"},
    "wrong-not-frozen": {"base.trainable = False": "", _RATE: "keras.optimizers.Adam(learning_rate=1e-2)"},
}  # fmt: skip


def variant(reference: Path, pixels: int, changes: Changes | None = None) -> Any:
    """A notebook: the reference at an image size, with changes.

    Raises:
        ValueError: a text to be changed is not in it.
    """
    notebook = nbformat.read(reference, as_version=4)
    wanted = {"IMG_SIZE = (160, 160)": f"IMG_SIZE = ({pixels}, {pixels})", **(changes or {})}
    for old, new in wanted.items():
        cells = [cell for cell in notebook.cells if cell.cell_type == "code" and old in cell.source]
        if not cells:
            raise ValueError(f"Expected {old!r} in {reference.name}. Received a notebook without it.")
        for cell in cells:
            cell.source = cell.source.replace(old, new)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return notebook
