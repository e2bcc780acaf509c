"""What a lab asks for may be there and yet out of sight: in another framework, or in files that were not handed in."""

from __future__ import annotations

import re

from grader.evidence.model import Evidence
from grader.source.frameworks import foreign_framework

MISSING_MODULE = re.compile(r"No module named '([\w.]{1,100})'")


def why_elsewhere(check: str, evidence: Evidence) -> str | None:
    """Why absence decides nothing in this submission, as a sentence; None where it does."""
    foreign = foreign_framework(evidence.cells)
    if foreign is not None:
        return f"Not a Keras model: the notebook is written in {foreign}. Nothing of it was seen: a person decides."
    module = not_handed_in(evidence)
    if module is not None and check != "notebook_runs":
        return f"The notebook needs the module `{module}`, which is not here: a person decides."
    return None


def not_handed_in(evidence: Evidence) -> str | None:
    """The module that is missing, and the model with it; None where none is, or the notebook makes a base itself."""
    if any(statement.topic == "base" for statement in evidence.statements):
        return None
    for error in evidence.run.errors:
        if error.name == "ModuleNotFoundError" and not error.ours:
            missing = MISSING_MODULE.search(error.value)
            if missing is not None:
                return missing[1]
    return None
