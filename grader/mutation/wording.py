"""Templates of code: `$pieces` of the reference, with lines that go when there is no such piece."""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.mutation.not_applicable import NotApplicable

OPTIONAL = frozenset({"flip", "rotation", "dropout", "pooling", "freeze", "preprocess", "augmentation_name"})
"""Pieces that a lab may do without: a line of a template that needs a missing one is left out."""

_PIECE = re.compile(r"\$([a-z_]+)")

WORDS: Mapping[str, str] = {
    "flip": "random flip", "rotation": "rotation", "dropout": "dropout", "pooling": "pooling layer",
    "preprocess": "preprocessing call", "base": "base from keras.applications", "base_name": "variable for the base",
    "base_alpha": "`alpha` given to the base", "base_weights": "`weights` given to the base",
    "model": "model that is trained", "train": "training data passed to `fit`",
    "validation": "validation data passed to `fit`", "epochs": "number of epochs passed to `fit`",
    "loss": "loss passed to `compile`", "optimizer": "optimiser passed to `compile`",
    "metrics": "metrics passed to `compile`", "shape": "input shape", "output": "last Dense layer",
    "tf": "import of TensorFlow", "np": "import of NumPy", "keras": "import of Keras", "fit": "call of `fit`",
    "augmentation": "augmentation", "freeze": "line that freezes the base", "rescaling": "Rescaling layer",
    "augmentation_name": "Sequential of augmentation layers", "inputs_name": "variable for the input",
    "applications": "dotted name of the base's constructor", "scaling": "scaling to [-1, 1] for its base",
    "generator": "class `ImageDataGenerator` in this Keras", "compile": "call of `compile`",
    "train_data": "statement that loads the training data", "inputs": "statement that makes an input",
    "evaluate": "call of `evaluate`", "directory": "folder of training images",
    "units": "width of the last Dense layer", "zero_or_one": "label that is 0 or 1",
    "class_numbers": "label that is a number", "one_hot": "label with one column per class",
    "next_label": "third class", "class_units": "width of the last Dense layer",
    "fine_tuning": "fine-tuning", "compile_again": "second call of `compile`",
    "load": "call of `image_dataset_from_directory`", "class_loss": "width of the last Dense layer",
    "class_mode": "width of the last Dense layer",
}  # fmt: skip


REASONS: Mapping[str, str] = {
    "one_training": "the reference goes on to fine-tune the base it has made",
    "keras_3": "the reference runs in Keras 2, where this is not so",
    "keras_2": "the reference runs in Keras 3, where this is not so",
}


def missing(piece: str) -> NotApplicable:
    """The reason why a variant cannot be made."""
    if piece in REASONS:
        return NotApplicable(REASONS[piece])
    return NotApplicable(f"no {WORDS.get(piece, piece)} in the reference")


def fill(template: str, pieces: Mapping[str, str], *, needs_all: bool = False) -> str:
    """The template with its pieces.

    Raises:
        NotApplicable: a piece is missing, and its line cannot be left out.
    """
    lines = []
    for line in template.strip("\n").split("\n"):
        wanted = _PIECE.findall(line)
        lacking = [name for name in wanted if name not in pieces]
        if lacking and not needs_all and set(lacking) <= OPTIONAL:
            continue
        if lacking:
            raise missing(lacking[0])
        lines.append(_PIECE.sub(lambda match: pieces[match[1]], line))
    return "\n".join(lines)
