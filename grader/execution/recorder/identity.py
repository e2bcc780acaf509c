"""Numbers for objects, so that a layer or model can be followed through the timeline whatever it is called."""

from __future__ import annotations

import weakref
from typing import Any


class Identities:
    """Gives each live object one number and never the same number to another object.

    Compared by identity, never by `==`: a student's class may define equality as it likes.
    """

    def __init__(self) -> None:
        self._next = 1
        self._known: dict[int, tuple[int, weakref.ref[Any]]] = {}

    @property
    def count(self) -> int:
        """How many objects have been numbered."""
        return self._next - 1

    def of(self, thing: Any) -> int:
        """The number of `thing`, new if it was never seen."""
        entry = self._known.get(id(thing))
        if entry is not None and entry[1]() is thing:
            return entry[0]
        number = self._next
        self._next += 1
        self._known[id(thing)] = (number, weakref.ref(thing))
        return number
