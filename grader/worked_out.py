"""What was worked out of one submission and comes out the same again, whatever the rubric's points are.

Drafting a mark, drawing pieces of a page and reading facts are pure functions that take most of the time of marking.
Where they are called they say so (`worked_out`), and nothing is remembered unless somebody around them asked
(`with remembering(memory):`). The two need not know each other, as in `grader.watching.phases`.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from typing import TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")


class Memory:
    """Of the evidence of one submission: results as JSON, by the digest of what they were worked out of.

    Whoever fills it answers for its origin.
    """

    def __init__(self, known: Mapping[str, bytes] | None = None) -> None:
        self._known = dict(known or {})
        self.asked: dict[str, bytes] = {}
        """What was asked for in this round: all that is worth keeping for the next."""
        self.grew = False
        """Whether something was asked for that was not known."""

    def recall(self, key: str) -> bytes | None:
        """What is known, as JSON."""
        found = self.asked.get(key) or self._known.get(key)
        if found is not None:
            self.asked[key] = found
        return found

    def keep(self, key: str, value: bytes) -> None:
        """Remember one result."""
        self.asked[key] = value
        self.grew = True


_HERE: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextlib.contextmanager
def remembering(memory: Memory) -> Iterator[None]:
    """What is worked out in this thread until the end is taken from `memory`, or put into it."""
    token = _HERE.set(memory)
    try:
        yield
    finally:
        _HERE.reset(token)


def worked_out(what: str, inputs: Iterable[str], form: TypeAdapter[Value], work: Callable[[], Value]) -> Value:
    """`work()`, or what it gave for the same inputs before.

    Args:
        what: names the function, without spaces.
        inputs: all that its result depends on, but for the program and the evidence that the memory is of.
        form: how its result is written as JSON and read back as an equal value.
        work: is pure.
    """
    memory = _HERE.get()
    if memory is None:
        return work()
    key = _key(what, inputs)
    found = memory.recall(key)
    if found is not None:
        return form.validate_json(found)
    value = work()
    # A lone surrogate has no JSON; what cannot be written is worked out again.
    with contextlib.suppress(ValueError):
        memory.keep(key, form.dump_json(value))
    return value


def _key(what: str, inputs: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in inputs:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)} ".encode())
        digest.update(data)
    return f"{what}:{digest.hexdigest()}"
