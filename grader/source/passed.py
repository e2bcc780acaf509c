"""Which lines of a cell had been run when it failed, as far as reading alone can tell."""

from __future__ import annotations

import ast

from grader.source.parse import parse_cell
from grader.source.places import last_line

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def passed_lines(source: str, failed: int) -> frozenset[int]:
    """Lines of the statements at the cell's left margin that end before line `failed`.

    Of functions and classes among them only those that these statements name, directly or through one another: what
    nobody has called yet has not been run.
    """
    before = [statement for statement in parse_cell(source) if last_line(statement) < failed]
    run = [statement for statement in before if not isinstance(statement, _DEFINITIONS)]
    waiting = [statement for statement in before if isinstance(statement, _DEFINITIONS)]
    names = {name for statement in run for name in _names(statement)}
    called = True
    while called:
        called = False
        for definition in waiting:
            if definition.name in names:
                run.append(definition)
                waiting.remove(definition)
                names |= _names(definition)
                called = True
                break
    return frozenset(line for each in run for line in range(each.lineno, last_line(each) + 1))


def _names(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
