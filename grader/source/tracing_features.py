"""Features that a base makes beforehand, and on which a classifier is trained, for `grader.source.tracing`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from grader.evidence.model import Place
from grader.source.outline import Base, Layer, Model, Step, Tensor


def features_of(owner: Base | Model, images: Tensor | None, place: Place) -> Tensor | None:
    """What `predict` gives: features, where a base makes them; None for the answers of any other model."""
    if isinstance(owner, Model) and (owner.base_step() is None or owner.compiled is not None):
        return None
    before = images.steps if images is not None else (Step(Layer("(cannot be followed)", {}, place)),)
    return Tensor((*before, Step(owner)), data=True)


def holds_base(step: Step) -> bool:
    """Whether a step calls a base, alone or inside a model."""
    return isinstance(step.thing, Base) or (isinstance(step.thing, Model) and step.thing.base_step() is not None)


def flattened(array: Tensor, shape: Sequence[ast.expr], place: Place) -> Tensor:
    """What `reshape` gives: features brought into one row per image are flattened; anything else is as it was."""
    if len(shape) == 1 and isinstance(shape[0], ast.Tuple | ast.List):
        shape = shape[0].elts
    rows = len(shape) == 2 and any(holds_base(step) for step in array.steps)
    return array.then(Layer("Flatten", {}, place)) if rows else array
