"""A lab without TensorFlow: one question, a reference that trains nothing, notebooks that wait and print."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.small_class import RUBRIC, notebook
from grader.assets.pack import AssetPack
from grader.batch.job import Conditions
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox
from grader.rubric.load import load_rubric
from tests.assets.packs import small_pack


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
