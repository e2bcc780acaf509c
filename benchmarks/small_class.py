"""A class whose notebooks take a second and need no TensorFlow: for what is about numbers and faults, not models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nbformat

RUBRIC = """\
schema = 1

[lab]
id = "small"
title = "A small lab"
reference = "reference.ipynb"
assets = "demo"

[[criteria]]
id = "runs"
title = "It runs"
check = "notebook_runs"
points = 2

[[criteria]]
id = "why"
title = "Why"
check = "written_answer"
points = 1

[criteria.question]
id = "why-freeze"
text = "Why do we freeze the base?"
"""


def small_class(folder: Path, count: int) -> tuple[Path, Path]:
    """Write `count` notebooks, among them some that fail, that end their own process, and that cannot be read.

    Returns:
        The folder of submissions, and the rubric.
    """
    submissions = folder / "class"
    submissions.mkdir(parents=True)
    rubric = folder / "small.toml"
    rubric.write_text(RUBRIC, encoding="utf-8")
    notebook(folder / "reference.ipynb", ["The model answer."], ["print('nothing to train')"])
    for number in range(count):
        path = submissions / f"s{number:05}.ipynb"
        if number % 53 == 52:
            path.write_text('{"cells": [', encoding="utf-8")
            continue
        cells = [f"total = sum(range({number}))", "print(total)"]
        if number % 17 == 16:
            cells.insert(1, "total / 0")
        if number % 41 == 40:
            cells.insert(1, "import os; os._exit(3)")
        notebook(path, [f"## Why do we freeze the base?\n\nBecause number {number} says so."], cells)
    return submissions, rubric


def notebook(path: Path, texts: Sequence[str], cells: Sequence[str]) -> None:
    """Write a notebook of text cells and code cells."""
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(text) for text in texts]
        + [nbformat.v4.new_code_cell(cell) for cell in cells]
    )
    for number, cell in enumerate(made.cells):
        cell.id = f"cell-{number}"  # random ids would make each file another one
    nbformat.write(made, path)
