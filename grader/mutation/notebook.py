"""A notebook whose code can be changed without touching a student's layout: cells as LibCST trees."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import libcst as cst
import nbformat

from grader.evidence.model import Cell
from grader.storage import write_text_atomically
from grader.submission.notebook import cells_of, read_notebook

Kind = Literal["code", "markdown", "raw"]


@functools.lru_cache(maxsize=1000)
def _parsed(text: str) -> cst.Module | None:
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError:
        return None


@dataclass(frozen=True)
class SourceCell:
    """One cell. `module` is None for text, and for code that is not plain Python (magics)."""

    kind: Kind
    text: str

    @property
    def module(self) -> cst.Module | None:
        """The cell's code as a tree."""
        return _parsed(self.text) if self.kind == "code" else None


@dataclass(frozen=True)
class SourceNotebook:
    """A whole notebook, cells in order. Outputs and metadata are not kept: they count for nothing."""

    cells: tuple[SourceCell, ...]

    def code(self) -> Iterator[tuple[int, cst.Module]]:
        """Position and tree of every code cell that is plain Python."""
        for position, cell in enumerate(self.cells):
            module = cell.module
            if module is not None:
                yield position, module

    def changed(self, change: Callable[[cst.Module], cst.Module], mentioning: Iterable[str] = ("",)) -> SourceNotebook:
        """The notebook with `change` applied to every code cell (with one of these names in it); cells left without
        code go."""
        cells, names = list(self.cells), tuple(mentioning)
        for position, module in self.code():
            if not any(name in cells[position].text for name in names):
                continue
            changed = change(module)
            if changed is not module:
                cells[position] = replace(cells[position], text=changed.code)
        return SourceNotebook(tuple(cell for cell in cells if cell.text.strip() or cell.kind != "code"))

    def with_cells(self, cells: list[SourceCell]) -> SourceNotebook:
        """The notebook with other cells."""
        return SourceNotebook(tuple(cells))

    def evidence_cells(self) -> tuple[Cell, ...]:
        """The cells as the rest of the grader knows them."""
        return cells_of(self._built())

    def save(self, path: Path) -> None:
        """Write it as an ordinary notebook file, the same bytes every time."""
        write_text_atomically(path, nbformat.writes(self._built()) + "\n")

    def _built(self) -> nbformat.NotebookNode:
        make = {
            "code": nbformat.v4.new_code_cell,
            "markdown": nbformat.v4.new_markdown_cell,
            "raw": nbformat.v4.new_raw_cell,
        }
        cells = [make[cell.kind](cell.text, id=f"cell-{number}") for number, cell in enumerate(self.cells, 1)]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def load_notebook(path: Path) -> SourceNotebook:
    """Read a notebook by the road every submission takes.

    Raises:
        SubmissionError: it cannot be read.
    """
    read = read_notebook(path).notebook
    return SourceNotebook(tuple(SourceCell(cell.cell_type, cell.source) for cell in read.cells))
