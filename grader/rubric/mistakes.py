"""Mistakes in a rubric file: all of them at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from reprlib import Repr
from typing import Any

from rapidfuzz import fuzz, process

from grader.errors import RubricError

MOST_SHOWN = 50

_short = Repr()
_short.maxlevel = 2
_short.maxstring = _short.maxother = 80
_short.maxlong = 40


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing that is wrong, in the words of the error form."""

    line: int
    expected: str
    received: str
    todo: str = ""


class RubricMistakesError(RubricError):
    """All mistakes of one rubric file; `where` and the other fields are those of the first.

    Args:
        path: of the file, as shown.
        mistakes: at least one, in any order.
    """

    def __init__(self, path: str, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        first = self.mistakes[0]
        super().__init__(
            expected=first.expected, received=first.received, where=f"{path}:{first.line}", todo=first.todo
        )
        if len(self.mistakes) > 1:
            shown = [_sentence(path, mistake) for mistake in self.mistakes[:MOST_SHOWN]]
            more = len(self.mistakes) - len(shown)
            self.args = ("\n".join([*shown, *([f"… and {more} more."] if more else [])]),)


def shown(value: Any) -> str:
    """A value from the file, short whatever it is: it may be nested a thousand deep or a megabyte long."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return _short.repr(value)
    except ValueError:  # Python refuses to write out integers of more than 4300 digits
        return "a number with thousands of digits"


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """`Did you mean "…"?`, or all the choices if none is near."""
    known = sorted(set(choices))
    near = process.extractOne(name[:100], known, scorer=fuzz.ratio, score_cutoff=60)
    if near is not None:
        return f'Did you mean "{near[0]}"?'
    return f"Known are: {', '.join(known)}." if known else ""


def _sentence(path: str, mistake: Mistake) -> str:
    tail = f" {mistake.todo}" if mistake.todo else ""
    return f"{path}:{mistake.line}: Expected {mistake.expected}. Received {mistake.received}.{tail}"
