"""What the source tells the run: never a judgement, only what to offer a notebook that asks for what we lack."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence

from grader.errors import InfrastructureError
from grader.evidence.model import Cell, Statement
from grader.models.generations import Generation
from grader.source.frameworks import foreign_framework
from grader.source.generation import needs_keras_2

MOST = 200


def stated_classes(statements: Iterable[Statement]) -> int:
    """How many classes the notebook's last classifier tells apart; 2 where the source does not say."""
    units = [s.settings.get("units") for s in statements if s.topic == "classifier" and s.settings.get("last")]
    known = [unit for unit in units if isinstance(unit, int) and not isinstance(unit, bool) and 1 <= unit <= MOST]
    return max(2, known[-1]) if known else 2


def choose_framework(wanted: str, cells: Sequence[Cell]) -> tuple[Generation, tuple[str, ...]]:
    """Which Keras a notebook runs in, and why, in sentences for the report.

    Args:
        wanted: `framework` of the rubric's `[environment]`.

    Raises:
        InfrastructureError: the rubric asks for Keras 2 and `tf_keras` is not installed.
    """
    foreign = foreign_framework(cells)
    if foreign is not None:
        return "keras3", (f"It is no notebook of Keras but of {foreign}; what is recorded here is Keras only.",)
    if wanted == "keras3":
        return "keras3", ()
    here = importlib.util.find_spec("tf_keras") is not None
    if wanted == "tf_keras":
        if not here:
            raise InfrastructureError(
                expected="the package tf_keras, as framework = \"tf_keras\" in the rubric asks", received="none",
                todo="Install it: pip install '.[notebooks]'.",
            )  # fmt: skip
        return "tf_keras", ("It ran in Keras 2 (tf_keras), as the rubric asks.",)
    why = needs_keras_2(cells)
    if why is None:
        return "keras3", ()
    if not here:
        return "keras3", (f"It is written for Keras 2 ({why}), but tf_keras is not installed here.",)
    return "tf_keras", (f"It ran in Keras 2 (tf_keras), because it is written for it ({why}).",)
