"""Which of several notebooks in one student's folder is the one handed in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.errors import SubmissionError
from grader.submission.identity import display_name
from grader.submission.notebook import read_notebook

MAX_READ = 20
"""Notebooks looked into; more in one student's folder are decided by date alone."""

_WORDS = ("keras", "tensorflow")


@dataclass(frozen=True)
class Choice:
    """The notebook taken, relative to the student's folder, and what is to be said about the others."""

    notebook: Path
    notes: tuple[str, ...] = ()


def choose_notebook(folder: Path, notebooks: list[Path]) -> Choice:
    """The notebook with most code cells that mention Keras or TensorFlow; among equals the newest.

    Args:
        folder: the student's folder.
        notebooks: regular files relative to it, at least one.
    """
    if len(notebooks) == 1:
        return Choice(notebooks[0])
    dated = sorted(notebooks, key=lambda path: (-_modified(folder / path), len(path.parts), path.as_posix()))
    scored = [(_mentions(folder / path), path) for path in dated[:MAX_READ]]
    best, chosen = max(scored, key=lambda item: item[0])
    others = [path for path in dated if path != chosen]
    shown = ", ".join(display_name(path.as_posix()) for path in others[:5])
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    equals = sum(score == best for score, _ in scored)
    why = f"most code cells that mention Keras or TensorFlow ({max(best, 0)})"
    if equals > 1:
        why = f"newest of the {equals} with as many code cells that mention Keras or TensorFlow ({max(best, 0)})"
    taken = f"{len(notebooks)} notebooks: {display_name(chosen.as_posix())} was taken, {why}."
    return Choice(chosen, (f"{taken} Not graded: {shown}{more}.",))


def _mentions(path: Path) -> int:
    """Code cells that mention Keras or TensorFlow; -1 for a notebook that cannot be read."""
    try:
        cells = read_notebook(path).notebook.cells
    except SubmissionError:
        return -1
    return sum(cell.cell_type == "code" and any(word in cell.source for word in _WORDS) for cell in cells)


def _modified(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0
