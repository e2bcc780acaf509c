"""A lab without TensorFlow: one question, a reference that trains nothing, notebooks that wait and print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from grader.assets.pack import AssetPack
from grader.batch.job import Conditions
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox
from grader.rubric.load import load_rubric
from tests.assets.packs import small_pack

RUBRIC = """\
schema = 1

[lab]
id = "small"
title = "A small lab"
reference = "reference.ipynb"

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


@dataclass(frozen=True)
class SmallLab:
    """Where everything of the lab lies."""

    folder: Path
    pack: AssetPack

    @property
    def rubric(self) -> Path:
        return self.folder / "small.toml"

    @property
    def submissions(self) -> Path:
        return self.folder / "class"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def hand_in(self, name: str, *cells: str, question: str = "Why do we freeze the base?") -> Path:
        """One student's notebook: an answer to the question, and these cells of code."""
        path = self.submissions / f"{name}.ipynb"
        notebook(path, [f"## {question}\n\nBecause {name} says so."], cells)
        return path

    def conditions(self, **changes: object) -> Conditions:
        """As a batch makes them."""
        (self.folder / "scratch").mkdir(exist_ok=True)
        given: dict[str, object] = {
            "pack": self.pack, "policy": "full", "steps_per_call": 2, "limits": RunLimits(), "sandbox": Sandbox("none"),
            "questions": load_rubric(self.rubric).questions(), "scratch": self.folder / "scratch", **changes,
        }  # fmt: skip
        return Conditions(**given)  # type: ignore[arg-type]


def small_lab(folder: Path) -> SmallLab:
    """Make the lab's files."""
    (folder / "class").mkdir(parents=True)
    (folder / "small.toml").write_text(RUBRIC, encoding="utf-8")
    notebook(folder / "reference.ipynb", ["The model answer."], ["print('nothing to train')"])
    return SmallLab(folder, small_pack(folder / "pack"))


def notebook(path: Path, texts: Sequence[str], cells: Sequence[str]) -> None:
    """Write a notebook of text cells and code cells."""
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(text) for text in texts]
        + [nbformat.v4.new_code_cell(cell) for cell in cells]
    )
    for number, cell in enumerate(made.cells):
        cell.id = f"cell-{number}"  # random ids would make each file another one
    nbformat.write(made, path)
