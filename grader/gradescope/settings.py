"""What a teacher chose when the autograder was made; `source/lab.json` in the zip."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from grader.errors import UsageError
from grader.evidence.base import Document
from grader.exports.gradescope import Visibility

NAME = "lab.json"


class Settings(Document):
    """Paths are relative to the file."""

    rubric: str
    pack: str
    """A folder in the zip, or `demo`, which is made in the container."""
    sandbox: Literal["bubblewrap", "none"]
    training: str
    visibility: Visibility
    hidden_visibility: Visibility


def read_settings(source: Path) -> Settings:
    """The settings in a `source` folder.

    Raises:
        UsageError: missing or damaged.
    """
    try:
        return Settings.model_validate_json((source / NAME).read_bytes())
    except (OSError, ValueError) as problem:
        raise UsageError(
            expected="the settings of an autograder", received=str(problem).splitlines()[0][:200], where=source / NAME,
            todo="Make the zip again with `grader export gradescope-autograder`.",
        ) from problem  # fmt: skip
