"""Models and bases made so far, as far as one must still look at them."""

from __future__ import annotations

import weakref
from typing import Any


class NewModels:
    """Which objects belong to pre-trained bases, and which models have not been written down yet."""

    def __init__(self) -> None:
        self.waiting: list[weakref.ref[Any]] = []
        self.bases: set[int] = set()
        """Numbers of bases and of all their layers."""
        self.looked_at = False
        """Whether somebody looks after each cell."""
        self._whole: set[int] = set()

    def add_base(self, uid: int, layers: list[int]) -> None:
        """A base was made: a model containing any of these objects is worth writing down."""
        self.bases |= {uid, *layers}
        self._whole.add(uid)

    def is_base(self, uid: int) -> bool:
        """Whether this object is a whole base (not a layer of one)."""
        return uid in self._whole
