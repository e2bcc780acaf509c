"""Models that were built on a pre-trained base and may never reach their `fit`: looked at after each cell.

A notebook that crashes before training is then judged by what it built, not by nothing.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from .places import shell
from .snapshots import describe

if TYPE_CHECKING:
    from .session import Session

MAXIMUM_WAITING = 200


def add_model(session: Session, model: Any) -> None:
    """A model was made in a cell: once it contains a pre-trained base it is written down, as it was after that cell."""
    new = session.new_models
    if len(new.waiting) < MAXIMUM_WAITING:
        new.waiting.append(weakref.ref(model))
    running = shell()
    if not new.looked_at and running is not None:
        running.events.register("post_run_cell", lambda *_: _after_cell(session))
        new.looked_at = True


def _after_cell(session: Session) -> None:
    new = session.new_models
    try:
        new.waiting = [reference for reference in new.waiting if not _written(session, reference())]
    except Exception as problem:  # noqa: BLE001 - a student's class may raise anything when looked at
        new.waiting = []
        session.timeline.add("recorder_problem", what="model", problem=f"{type(problem).__name__}: {problem}"[:500])


def _written(session: Session, model: Any) -> bool:
    """Whether this one needs no further look: it is gone, or has been written."""
    if model is None:
        return True
    inside = {session.identities.of(layer) for layer in model._flatten_layers(include_self=False)}
    if not model.built or not inside & session.new_models.bases:
        return False
    session.timeline.add("model", **describe(session, model, {}, {}))
    return True
