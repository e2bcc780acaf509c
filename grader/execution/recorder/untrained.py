"""Models that were built on a pre-trained base and may never reach their `fit`: looked at after each cell."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from .places import shell
from .snapshots import describe

if TYPE_CHECKING:
    from .session import Session

MAXIMUM_WAITING = 200


class Untrained:
    """Remembers new models; once one contains a pre-trained base it is written down, as it was after that cell.

    A notebook that crashes before training is then judged by what it built, not by nothing.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: list[weakref.ref[Any]] = []
        self._bases: set[int] = set()
        self._whole: set[int] = set()
        self._registered = False

    def add_base(self, uid: int, layers: list[int]) -> None:
        """A base was made: a model containing any of these objects is worth writing down."""
        self._bases |= {uid, *layers}
        self._whole.add(uid)

    def is_base(self, uid: int) -> bool:
        """Whether this object is a whole base (not a layer of one)."""
        return uid in self._whole

    def add_model(self, model: Any) -> None:
        """A model was made in a cell."""
        if len(self._waiting) < MAXIMUM_WAITING:
            self._waiting.append(weakref.ref(model))
        running = shell()
        if not self._registered and running is not None:
            running.events.register("post_run_cell", self._after_cell)
            self._registered = True

    def _after_cell(self, *_: Any) -> None:
        try:
            self._waiting = [reference for reference in self._waiting if not self._written(reference())]
        except Exception as problem:  # noqa: BLE001 - a student's class may raise anything when looked at
            self._waiting = []
            self._session.timeline.add(
                "recorder_problem", what="model", problem=f"{type(problem).__name__}: {problem}"[:500]
            )

    def _written(self, model: Any) -> bool:
        """Whether this one needs no further look: it is gone, or has been written."""
        if model is None:
            return True
        identities = self._session.identities
        inside = {identities.of(layer) for layer in model._flatten_layers(include_self=False)}
        if not model.built or not inside & self._bases:
            return False
        self._session.timeline.add("model", **describe(self._session, model, {}, {}))
        return True
