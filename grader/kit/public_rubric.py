"""The public part of a rubric as a file of its own."""

from __future__ import annotations

from typing import Any

import tomli_w

from grader.rubric.model import Criterion, Rubric
from grader.rubric.public import decided_later, public_part

HEADING = "# The public part of the rubric, for checking your own notebook. Written by `grader kit`.\n\n"

CRITERION_KEYS = ("id", "title", "check", "points", "depends_on", "void_when_unmet", "requires")
"""Everything not named here stays with the instructor; so does whatever a later version adds."""


def public_rubric_text(rubric: Rubric) -> str:
    """TOML that `grader check` reads. Of written questions nothing but the questions, no hidden criteria, no reference.

    Raises:
        ValueError: no criterion is public.
    """
    lab: dict[str, Any] = {"id": rubric.lab.id, "title": rubric.lab.title, "assets": rubric.lab.assets}
    if rubric.lab.description:
        lab["description"] = rubric.lab.description
    later = decided_later(rubric)
    if later:
        lab["later"] = [criterion.model_dump() for criterion in later]
    document = {
        "schema": rubric.schema_version,
        "lab": lab,
        "limits": rubric.limits.model_dump(),
        "criteria": [_criterion(criterion) for criterion in public_part(rubric).criteria],
    }
    return HEADING + tomli_w.dumps(document, multiline_strings=True)


def _criterion(criterion: Criterion) -> dict[str, Any]:
    table: dict[str, Any] = {key: getattr(criterion, key) for key in CRITERION_KEYS}
    table["depends_on"] = list(criterion.depends_on)
    asked = criterion.question
    if asked is not None:
        # Parameters, costs and messages of a written question may hold the answer.
        table["question"] = {"id": asked.id, "text": asked.text, "phrases": list(asked.phrases)}
        return table
    for key in ("parameters", "costs", "messages", "hints"):
        value = getattr(criterion, key)
        if value:
            table[key] = dict(value)
    return table
