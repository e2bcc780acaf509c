"""The rubric of a notebook when nobody names one: the one that lies beside it."""

from __future__ import annotations

from pathlib import Path

from grader.errors import UsageError
from grader.rubric.load import load_rubric
from grader.rubric.model import Rubric

DEFAULT = "lab06"
MOST_FILES = 100


def rubric_for(notebook: Path, named: str | None) -> Rubric:
    """The rubric that was named; else the one in the notebook's folder (a student's kit); else this project's lab.

    Raises:
        RubricError: the rubric is wrong or not there.
        UsageError: several rubrics lie beside the notebook.
    """
    if named is not None:
        return load_rubric(named)
    found = rubrics_in(notebook.parent)
    if len(found) > 1:
        raise UsageError(
            expected="one rubric beside the notebook", received=", ".join(path.name for path in found[:10]),
            where=notebook.parent, todo="Say which with --rubric FILE.",
        )  # fmt: skip
    return load_rubric(found[0] if found else DEFAULT)


def rubrics_in(folder: Path) -> list[Path]:
    """TOML files in the folder that hold a lab: a project's other TOML files are none of ours."""
    found = []
    for path in sorted(folder.glob("*.toml"))[:MOST_FILES]:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        if "[[criteria]]" in text and "[lab]" in text:
            found.append(path)
    return found
