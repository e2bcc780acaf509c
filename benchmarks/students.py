"""Thirty students from one tutorial: the same lab with the changes that students make, applied to its text.

The tutorial is not part of this project; the benchmark is given one. A change whose text is not found is left out, and
said, so that a class from another notebook is smaller and never secretly uniform.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

Change = tuple[str, str]

RATES: tuple[Change, ...] = (
    ("base_learning_rate = 0.0001", "base_learning_rate = 0.0003"),
    ("base_learning_rate = 0.0001", "base_learning_rate = 0.001"),
    ("base_learning_rate = 0.0001", "base_learning_rate = 0.00005"),
)
HEADS: tuple[Change, ...] = (
    ("Dropout(0.2)", "Dropout(0.3)"),
    ("Dropout(0.2)", "Dropout(0.5)"),
    ("GlobalAveragePooling2D", "GlobalMaxPooling2D"),
)
AUGMENTATIONS: tuple[Change, ...] = (
    ("RandomRotation(0.2)", "RandomRotation(0.1)"),
    ("RandomFlip('horizontal')", "RandomFlip('horizontal_and_vertical')"),
)
TRAININGS: tuple[Change, ...] = (
    ("BATCH_SIZE = 32", "BATCH_SIZE = 64"),
    ("initial_epochs = 10", "initial_epochs = 8"),
    ("initial_epochs = 10", "initial_epochs = 12"),
    ("fine_tune_at = 100", "fine_tune_at = 120"),
    ("optimizers.Adam(", "optimizers.RMSprop("),
)
MISTAKES: tuple[Change, ...] = (
    ("base_model.trainable = False", "base_model.trainable = True"),
    ("x = preprocess_input(x)\n", ""),
    ("tf.keras.layers.Dense(1, activation='sigmoid')", "tf.keras.layers.Dense(1)"),
    ("weights='imagenet'", "weights=None"),
)


@dataclass(frozen=True)
class Variant:
    """One student: a name, and what is changed."""

    name: str
    changes: tuple[Change, ...]


def variants() -> Iterator[Variant]:
    """The tutorial itself, single changes, mistakes, then pairs of changes; always in the same order."""
    yield Variant("as-it-is", ())
    singles = (*RATES, *HEADS, *AUGMENTATIONS, *TRAININGS)
    for number, change in enumerate(singles, 1):
        yield Variant(f"one-{number:02}", (change,))
    for number, change in enumerate(MISTAKES, 1):
        yield Variant(f"mistake-{number}", (change,))
    for number, pair in enumerate(itertools.product(RATES, (*HEADS, *AUGMENTATIONS)), 1):
        yield Variant(f"two-{number:02}", pair)


def write_class(tutorial: Path, folder: Path, count: int) -> list[str]:
    """Write the first `count` variants that the tutorial allows; returns the names of those that were left out."""
    folder.mkdir(parents=True, exist_ok=True)
    original = nbformat.read(tutorial, as_version=4)
    text = "\n".join(cell.source for cell in original.cells if cell.cell_type == "code")
    left_out: list[str] = []
    written = 0
    for variant in variants():
        if written == count:
            break
        if any(before not in text for before, _ in variant.changes):
            left_out.append(variant.name)
            continue
        notebook = copy.deepcopy(original)
        for before, after in variant.changes:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.source = cell.source.replace(before, after)
        nbformat.write(notebook, folder / f"{variant.name}.ipynb")
        written += 1
    return left_out
