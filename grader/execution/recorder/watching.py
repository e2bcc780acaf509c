"""What all hooks do: count only the outermost call, and never let a failure of ours become the notebook's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Session

inside = threading.local()
"""By kind of call: how deep this thread is in it."""


@contextmanager
def only_outermost(what: str) -> Iterator[bool]:
    """True for the outermost call of its kind in this thread: Keras calls its own public functions."""
    depth = getattr(inside, what, 0)
    setattr(inside, what, depth + 1)
    try:
        yield depth == 0
    finally:
        setattr(inside, what, depth)


def quietly(session: Session, what: str, action: Callable[[], Any]) -> Any:
    """Run recorder code so that its failure never becomes the notebook's."""
    try:
        return action()
    except Exception as problem:  # noqa: BLE001 - anything at all, student classes can raise what they like
        session.timeline.add("recorder_problem", what=what, problem=f"{type(problem).__name__}: {problem}"[:500])
        return None
