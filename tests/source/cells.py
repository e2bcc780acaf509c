"""Cells for tests, numbered as `grader.submission.cells_of` numbers them."""

from __future__ import annotations

from textwrap import dedent

from grader.evidence.model import Cell


def code_cells(*sources: str) -> tuple[Cell, ...]:
    return tuple(
        Cell(position=number, code_cell=number, kind="code", source=dedent(source).strip("\n"))
        for number, source in enumerate(sources, start=1)
    )
