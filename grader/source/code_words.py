"""What stands in code as code: names and texts that a program can use, without comments and idle strings."""

from __future__ import annotations

import ast

from grader.source.parse import parse_cell


def code_words(source: str) -> tuple[str, ...]:
    """Identifiers, attributes, keywords, imported names and string values of a cell or module, in any order.

    A comment, or a string that stands alone as a statement, makes nothing: it is left out, and cannot pass for a layer
    or for a call that is not there.
    """
    found: list[str] = []
    for statement in _statements(source):
        idle = {id(node.value) for node in ast.walk(statement) if isinstance(node, ast.Expr)}
        for node in ast.walk(statement):
            match node:
                case ast.Name(id=word) | ast.Attribute(attr=word):
                    found.append(word)
                case ast.alias(name=word):
                    found.extend(word.split("."))
                case ast.keyword(arg=str() as word):
                    found.append(word)
                case ast.Constant(value=str() as word) if id(node) not in idle:
                    found.append(word)
    return tuple(found)


def called_words(source: str) -> frozenset[str]:
    """Last names of everything that is called."""
    return frozenset(
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for statement in _statements(source)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    )


def lowers_flag(source: str, flag: str) -> bool:
    """Whether a line that can be reached gives that attribute, or argument, another value than a plain `True`."""
    waiting: list[ast.AST] = [*_statements(source)]
    given: ast.expr | None
    while waiting:
        node = waiting.pop()
        match node:
            case ast.If(test=ast.Constant(value=value), body=body, orelse=orelse):
                waiting.extend(body if value else orelse)
                continue
            case ast.While(test=ast.Constant(value=value)) if not value:
                continue
            case ast.Assign(targets=targets, value=given):
                written = [part for target in targets for part in ast.walk(target)]
                named = any(isinstance(part, ast.Attribute) and part.attr == flag for part in written)
            case ast.keyword(arg=str() as name, value=given):
                named = name == flag
            case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=name), given]):
                named = name == flag
            case _:
                named, given = False, None
        if named and not (isinstance(given, ast.Constant) and given.value is True):
            return True
        waiting.extend(ast.iter_child_nodes(node))
    return False


def _statements(source: str) -> tuple[ast.stmt, ...]:
    """Below a cell magic stands code, too: `%%time` runs it, `%%writefile` makes a module of it."""
    first, _, rest = source.lstrip().partition("\n")
    return parse_cell(rest if first.startswith("%%") else source)
