"""A notebook as one run of lines: where people write, and where code interrupts them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from grader.evidence.model import Cell
from grader.source.parse import parse_cell

MAX_LINES = 20_000
"""Lines of one notebook that are looked at."""

MAX_LINE = 30_000
"""Characters of one line; more than an answer keeps, so that a cut is noticed."""

MIN_STRING = 20
"""Characters from which on a string assigned to a name may be an answer."""

NO_HEADING = 9
"""Level of a line that is no heading; a line all in bold counts as level 7."""

_BOLD_LEVEL = 7
_HEADING = re.compile(r"(#{1,6})(?:\s|(?=[^\s#]))")
_HTML_HEADING = re.compile(r"<h([1-6])\b", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One line of text or code."""

    cell: Cell
    number: int
    """Within the cell, from 1."""
    text: str
    kind: Literal["markdown", "comment", "code"]
    level: int = NO_HEADING

    @property
    def is_heading(self) -> bool:
        """Whether the line is a heading, also one made of bold type."""
        return self.level < NO_HEADING


def lines_of(cells: Iterable[Cell]) -> list[Line]:
    """All lines of Markdown cells, and of code cells the comments, the free-standing strings, and the code."""
    found: list[Line] = []
    for cell in cells:
        if cell.kind == "markdown":
            found.extend(_markdown(cell))
        elif cell.kind == "code":
            found.extend(_code(cell))
        if len(found) >= MAX_LINES:
            break
    return found[:MAX_LINES]


def _markdown(cell: Cell) -> Iterator[Line]:
    fenced = False
    for number, raw in enumerate(cell.source.split("\n", MAX_LINES)[:MAX_LINES], start=1):
        text = raw[:MAX_LINE]
        if text.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        yield Line(cell, number, text, "markdown", NO_HEADING if fenced else heading_level(text))


def heading_level(text: str) -> int:
    """1 to 6 for a Markdown or HTML heading, 7 for a line all in bold, else `NO_HEADING`."""
    bare = text.strip()
    if match := _HEADING.match(bare):
        return len(match.group(1))
    if match := _HTML_HEADING.match(bare):
        return int(match.group(1))
    if len(bare) > 4 and bare[:2] in ("**", "__") and bare.rstrip(":").endswith(bare[:2]) and bare.count(bare[:2]) == 2:
        return _BOLD_LEVEL
    return NO_HEADING


def _code(cell: Cell) -> Iterator[Line]:
    strings = _free_strings(cell.source)
    for number, raw in enumerate(cell.source.split("\n", MAX_LINES)[:MAX_LINES], start=1):
        text = raw[:MAX_LINE]
        bare = text.strip()
        if number in strings:
            yield Line(cell, number, strings[number], "comment")
        elif bare.startswith("#"):
            yield Line(cell, number, bare.lstrip("#").strip(), "comment")
        elif bare:
            yield Line(cell, number, text, "code")
        else:
            yield Line(cell, number, "", "comment")


def _free_strings(source: str) -> dict[int, str]:
    """Text by line of strings that stand alone, are printed, or are given a name: answers typed into code cells."""
    if not any(quote in source for quote in ("'''", '"""', "print", "= '", '= "')) and source[:1] not in ("'", '"'):
        return {}
    found: dict[int, str] = {}
    for statement in parse_cell(source):
        value = _string_in(statement)
        if value is None:
            continue
        last = statement.end_lineno or statement.lineno
        lines = value.replace("\r", "").split("\n")
        if len(lines) > last - statement.lineno + 1:
            # Line breaks written as \n in a shorter literal: keep the text, on the statement's first line.
            lines = [" ".join(lines)]
        for offset in range(last - statement.lineno + 1):
            found[statement.lineno + offset] = lines[offset][:MAX_LINE] if offset < len(lines) else ""
    return found


def _string_in(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Assign):
        text = _constant(statement.value)
        return text if text is not None and len(text) >= MIN_STRING and " " in text.strip() else None
    if not isinstance(statement, ast.Expr):
        return None
    value = statement.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print":
        text = _constant(value.args[0]) if len(value.args) == 1 else None
        return text if text is not None and len(text) >= MIN_STRING else None
    return _constant(value)


def _constant(node: ast.expr) -> str | None:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return None
    return node.value.encode("utf-8", "replace").decode()
