"""What was run in a live IPython session, as the notebook it would be if it were run from top to bottom now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.evidence.model import Cell
from grader.execution.run import CellOutcome


@dataclass(frozen=True)
class RanCell:
    """One execution. `number` is its prompt's number."""

    number: int
    source: str
    cell_id: str | None = None
    ok: bool = True
    error_name: str = ""
    error_value: str = ""


@dataclass
class SessionCells:
    """Watches a shell from now on; earlier executions are taken from its history."""

    shell: Any
    _ran: dict[int, RanCell] = field(default_factory=dict)

    def watch(self) -> None:
        """Note each cell as it ends."""
        self.shell.events.register("post_run_cell", self._ended)

    def _ended(self, result: Any) -> None:
        info = getattr(result, "info", None)
        number = getattr(result, "execution_count", None)
        if info is None or not isinstance(number, int) or not info.store_history:
            return
        error = result.error_before_exec or result.error_in_exec
        self._ran[number] = RanCell(
            number=number, source=str(info.raw_cell), cell_id=getattr(info, "cell_id", None), ok=error is None,
            error_name="" if error is None else type(error).__name__,
            error_value="" if error is None else str(error)[:2000],
        )  # fmt: skip

    def all(self) -> list[RanCell]:
        """Every execution so far, in order, the running one included."""
        history: Sequence[str] = self.shell.history_manager.input_hist_raw
        return [
            self._ran.get(number, RanCell(number, source))
            for number, source in enumerate(history)
            if number and source.strip()
        ]


def current(ran: Sequence[RanCell]) -> list[RanCell]:
    """Only the last run of each cell: what was tried and mended before is no longer in the notebook.

    A cell is known by the id that notebook programs send along. Without one, by its text.
    """
    last: Mapping[str, int] = {_identity(cell): cell.number for cell in ran}
    return [cell for cell in ran if last[_identity(cell)] == cell.number]


def _identity(cell: RanCell) -> str:
    return f"id {cell.cell_id}" if cell.cell_id else f"text {cell.source.strip()}"


def as_cells(ran: Sequence[RanCell], texts: Sequence[str]) -> tuple[tuple[Cell, ...], list[CellOutcome]]:
    """Cells and how they went, numbered by their prompts; `texts` are the notebook's Markdown cells."""
    cells = [
        Cell(position=cell.number, code_cell=cell.number, kind="code", source=cell.source[:100_000]) for cell in ran
    ]
    after = max((cell.number for cell in ran), default=0)
    cells += [
        Cell(position=after + index, kind="markdown", source=text[:100_000]) for index, text in enumerate(texts, 1)
    ]
    outcomes = [
        CellOutcome(
            position=cell.number, code_cell=cell.number, ok=cell.ok, seconds=0.0, error_name=cell.error_name,
            error_value=cell.error_value, prompt=cell.number,
        )
        for cell in ran
    ]  # fmt: skip
    return tuple(cells), outcomes
