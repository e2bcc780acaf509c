"""Rubric files for tests: a small right one, and how to put something into it."""

from __future__ import annotations

import pytest

from grader.errors import RubricError
from grader.rubric import Rubric, parse_rubric

HEAD = """schema = 1
[lab]
id = "lab"
title = "Lab"
reference = "reference.ipynb"
"""

CRITERION = """
[[criteria]]
id = "frozen"
title = "Frozen"
check = "frozen_base"
points = 3
"""


def rubric(text: str) -> Rubric:
    return parse_rubric(text.encode(), "r.toml")


def mistakes(text: str) -> list[str]:
    """The lines of the message, without the file's name."""
    with pytest.raises(RubricError) as caught:
        rubric(text)
    return [line.removeprefix("r.toml:") for line in str(caught.value).splitlines()]


def only_mistake(text: str) -> str:
    (mistake,) = mistakes(text)
    return mistake
