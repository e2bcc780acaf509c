"""The rubric of a notebook when nobody names one: the one that lies beside it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from grader.errors import UsageError
from grader.rubric.load import LARGEST_FILE, load_rubric
from grader.rubric.model import Rubric

DEFAULT = "lab06"
MOST_FILES = 100
_LAB = re.compile(r"^\s*\[lab\]", re.MULTILINE)
_CRITERION = re.compile(r"^\s*\[\[criteria\]\]", re.MULTILINE)


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
    """TOML files in the folder that hold a lab: a project's other TOML files are none of ours.

    One that is no valid TOML counts only where no other holds a lab, and where it looks like one: then its mistake is
    what there is to say, and marking by another rubric would be wrong.
    """
    found, broken = [], []
    for path in sorted(folder.glob("*.toml"))[:MOST_FILES]:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            continue
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        try:
            document = tomllib.loads(text)
        except (ValueError, RecursionError):
            if _LAB.search(text) and _CRITERION.search(text):
                broken.append(path)
            continue
        if isinstance(document.get("lab"), dict) and isinstance(document.get("criteria"), list):
            found.append(path)
    return found or broken
