"""Prompt numbers and lines, as the recorder saw them, to places in the notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.evidence.model import Cell, Place
from grader.execution.timeline import Spot
from grader.source.places import statement_around
from grader.source.plain import written_line


@dataclass(frozen=True)
class Places:
    """Finds the whole statement around an observed line."""

    cells: Sequence[Cell]

    def of(self, spot: Spot | None) -> Place | None:
        """None where the kernel named a cell or a line that the notebook does not have."""
        if spot is None:
            return None
        cell = self._by_number().get(spot.execution)
        line = spot.line if cell is None else written_line(cell.source, spot.line)
        if cell is None or line > cell.source.count("\n") + 1:
            return None
        place = Place(cell=cell.position, code_cell=cell.code_cell, first_line=line, last_line=line)
        return statement_around(self.cells, place)

    def _by_number(self) -> Mapping[int, Cell]:
        return {cell.code_cell: cell for cell in self.cells if cell.code_cell is not None}
