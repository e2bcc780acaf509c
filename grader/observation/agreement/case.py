"""What the claims are held against, in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from grader.evidence.model import Cell, Contradiction, GradedModel, Measurement, Place, Replay, Statement, Subject
from grader.execution.outbox import Outbox
from grader.execution.run import CellOutcome, RunOutcome
from grader.observation.fits import ObservedFit
from grader.observation.graded import Chosen
from grader.source.code_words import called_words, code_words, lowers_flag

E = TypeVar("E")


@dataclass(frozen=True)
class Case:
    """One submission: the claims, and what we know without them."""

    cells: Sequence[Cell]
    outcome: RunOutcome
    outbox: Outbox
    fits: Sequence[ObservedFit] = ()
    chosen: Chosen | None = None
    config: Mapping[str, Any] | None = None
    """The graded model's configuration as exported."""
    graded: GradedModel | None = None
    measurement: Measurement | None = None
    modules: Sequence[str] = ()
    """Texts of Python files handed in beside the notebook."""
    files: Sequence[str] = ()
    """Names of all files that were handed in."""
    capped: bool = False
    replay: Replay | None = None
    statements: Sequence[Statement] = ()
    """What the notebook's text says, read without running it."""

    def cell(self, prompt: int | None) -> Cell | None:
        """The code cell with that number."""
        return next((cell for cell in self.cells if prompt is not None and cell.code_cell == prompt), None)

    def ran(self, prompt: int | None) -> CellOutcome | None:
        """How the driver saw that cell go; None for one that never came back."""
        return next((cell for cell in self.outcome.cells if cell.code_cell == prompt), None)

    def events(self, kind: type[E]) -> Iterator[tuple[E, int | None]]:
        """Events of one kind, each with the number of the cell during which the driver saw it arrive."""
        witness = self.outcome.witness
        for event, offset in zip(self.outbox.events, self.outbox.offsets, strict=True):
            if isinstance(event, kind):
                yield event, None if witness is None else witness.prompt_at(offset)

    def arrived(self, event: object) -> int | None:
        """Number of the cell during which the driver saw this very event arrive."""
        return next((prompt for each, prompt in self.events(object) if each is event), None)

    def code(self) -> str:
        """What stands in that code as code: comments and idle strings make nothing, and excuse nothing."""
        return "\n".join(word for text in self._texts() for word in code_words(text))

    def calls(self) -> frozenset[str]:
        """Last names of all that is called in it."""
        return frozenset().union(*(called_words(text) for text in self._texts()))

    def lowers_flag(self, flag: str) -> bool:
        """Whether a line of it that can be reached gives that attribute another value than `True`."""
        return any(lowers_flag(text, flag) for text in self._texts())

    def _texts(self) -> list[str]:
        return [*(cell.source for cell in self.cells if cell.kind == "code"), *self.modules]

    def sources(self) -> str:
        """All code that was handed in, as one text."""
        return "\n".join(self._texts())


def contradiction(kind: str, subject: Subject, words: str, place: Place | None = None) -> Contradiction:
    """One disagreement, its words cut to what a reader bears and fit for UTF-8."""
    plain = "".join(character if character.isprintable() else " " for character in words[:600])
    return Contradiction(kind=kind, subject=subject, words=plain.encode("utf-8", "replace").decode(), place=place)


def whole(cell: Cell) -> Place:
    """A cell as a place."""
    return Place(cell=cell.position, code_cell=cell.code_cell)


def called(prompt: int | None) -> str:
    """A cell as the student finds it."""
    return "no cell" if prompt is None else f"cell [{prompt}]"
