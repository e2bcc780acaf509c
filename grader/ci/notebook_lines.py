"""Which line of the `.ipynb` file a line of a cell stands on: where a CI service can put an annotation.

A notebook is JSON; Jupyter writes each line of a cell as a string on a line of its own, so a line of code has a line
in the file. In a file written otherwise (all on one line) the nearest line there is is given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import tree_sitter_json
from tree_sitter import Language, Node, Parser

from grader.errors import SubmissionError
from grader.submission.files import read_regular_file

LARGEST_FILE = 50_000_000


@dataclass(frozen=True)
class NotebookLines:
    """For each cell, for each of its lines: the line of the file it stands on, from 1."""

    cells: tuple[tuple[int, ...], ...] = ()

    def line(self, cell: int, line: int) -> int | None:
        """Where line `line` of cell `cell` (both from 1) stands in the file; None for a cell that is not there."""
        if not 1 <= cell <= len(self.cells):
            return None
        rows = self.cells[cell - 1]
        return rows[min(max(line, 1), len(rows)) - 1]


def notebook_lines(path: Path) -> NotebookLines:
    """The lines of the notebook at `path`; nothing when it cannot be read or is no notebook of format 4."""
    try:
        return lines_of(read_regular_file(path, LARGEST_FILE))
    except SubmissionError:
        return NotebookLines()


def lines_of(content: bytes) -> NotebookLines:
    """The lines of a notebook in a file's bytes, UTF-8."""
    root = Parser(Language(tree_sitter_json.language())).parse(content).root_node
    document = next((node for node in root.named_children if node.type == "object"), None)
    cells = None if document is None else _value(document, "cells")
    if cells is None or cells.type != "array":
        return NotebookLines()
    return NotebookLines(tuple(_rows(cell) for cell in cells.named_children if cell.type != "comment"))


def _rows(cell: Node) -> tuple[int, ...]:
    source = _value(cell, "source") if cell.type == "object" else None
    if source is None:
        return (cell.start_point.row + 1,)
    strings = source.named_children if source.type == "array" else [source]
    rows: list[int] = []
    open_line = False
    for string in strings:
        row = string.start_point.row + 1
        text = _text(string)
        ends = text.count("\n")
        rows += [row] * (ends + (not text.endswith("\n")) - open_line)
        open_line = not text.endswith("\n")
    return tuple(rows) or (source.start_point.row + 1,)


def _value(node: Node, key: str) -> Node | None:
    """The value of `key` in an object; of several the last, as JSON readers take it."""
    found = None
    for pair in node.named_children:
        if pair.type != "pair":
            continue
        name, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if name is not None and value is not None and _text(name) == key:
            found = value
    return found


def _text(string: Node) -> str:
    try:
        value = json.loads(string.text or b"")
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""
