"""From nodes of the syntax tree to lines of the notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from grader.evidence.model import Cell, Place
from grader.source.parse import parse_cell


def last_line(node: ast.stmt | ast.expr) -> int:
    """The last line a node stands on."""
    return node.end_lineno or node.lineno


def bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks inside a compound statement; none for a simple one."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list) and block:
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def own_lines(statement: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement; of a compound one only its header (with decorators)."""
    decorators = getattr(statement, "decorator_list", ())
    first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    inner = [block[0].lineno for block in bodies(statement)]
    if not inner:
        return first, max(last_line(statement), first)
    return first, max(statement.lineno, min(inner) - 1)


def enclosing(statements: Iterable[ast.stmt], line: int) -> ast.stmt | None:
    """The innermost statement that stands on `line`."""
    best: ast.stmt | None = None
    waiting = [list(statements)]
    while waiting:
        for statement in waiting.pop():
            first = own_lines(statement)[0]
            if first <= line <= last_line(statement):
                best = statement
                waiting = list(bodies(statement))
                break
    return best


def statement_around(cells: Sequence[Cell], place: Place) -> Place:
    """`place` widened to the whole simple statement that stands on its first line.

    Of a compound statement only the header is taken. A place that cannot be found (no such cell, not Python) comes
    back as it is, cut to the cell's lines.
    """
    cell = next((cell for cell in cells if cell.position == place.cell), None)
    if cell is None:
        return place
    count = cell.source.count("\n") + 1
    first, last = min(place.first_line, count), min(max(place.first_line, place.last_line), count)
    if cell.kind == "code":
        statement = enclosing(parse_cell(cell.source), first)
        if statement is not None:
            begin, end = own_lines(statement)
            if begin <= first <= end:
                first, last = begin, min(max(end, last), count)
    return place.model_copy(update={"code_cell": cell.code_cell, "first_line": first, "last_line": last})
