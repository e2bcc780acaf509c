"""What a loop goes through, where the code says it, for `grader.source.tracing`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from grader.source.names import Names
from grader.source.outline import Kind

MOST = 12
"""Rounds of a loop that are followed one by one; of a longer one, one round stands for all."""

Literals = Mapping[str, ast.expr]
"""Lists, tuples and dictionaries that names stand for, as written."""


def rounds(over: ast.expr, names: Names, literals: Literals) -> list[ast.expr] | None:
    """What the variable of a loop over `over` stands for in each round; None where the code does not say it."""
    found = _parts(over, names, literals)
    return found if found is not None and 0 < len(found) <= MOST else None


def asks_for_kind(loop: ast.For, layer: str) -> list[tuple[Kind, list[ast.stmt]]]:
    """What a loop over layers does to those of a kind, where all it asks is `isinstance(layer, BatchNormalization)`.

    Empty where it asks something else.
    """
    every = [node for statement in loop.body for node in ast.walk(statement)]
    asked = next((statement for statement in loop.body if isinstance(statement, ast.If)), None)
    if asked is None or sum(isinstance(node, ast.If) for node in every) > 1:
        return []
    kind: Kind = "normalisation"
    rest: Kind = "others"
    test = asked.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, kind, rest = test.operand, rest, kind
    if not _is_normalisation(test, layer) or any(isinstance(node, ast.Break) for node in every):
        return []
    at = loop.body.index(asked)
    skipped = [any(isinstance(node, ast.Continue) for node in block) for block in (asked.body, asked.orelse)]
    left: Kind = rest if skipped[0] else kind if skipped[1] else None
    blocks = [(None, loop.body[:at]), (kind, asked.body), (rest, asked.orelse), (left, loop.body[at + 1 :])]
    return [(of, statements) for of, statements in blocks if statements]


def _is_normalisation(test: ast.expr, layer: str) -> bool:
    return (
        isinstance(test, ast.Call)
        and isinstance(test.func, ast.Name)
        and test.func.id == "isinstance"
        and len(test.args) == 2
        and isinstance(test.args[0], ast.Name)
        and test.args[0].id == layer
        and ast.unparse(test.args[1]).rsplit(".", 1)[-1] == "BatchNormalization"
    )


def _parts(over: ast.expr, names: Names, literals: Literals) -> list[ast.expr] | None:
    if isinstance(over, ast.Name):
        over = literals.get(over.id, over)
    if isinstance(over, ast.List | ast.Tuple):
        return None if any(isinstance(item, ast.Starred) for item in over.elts) else list(over.elts)
    if isinstance(over, ast.Dict):
        return [key for key in over.keys if key is not None]
    if not isinstance(over, ast.Call):
        return None
    if isinstance(over.func, ast.Attribute) and over.func.attr in ("items", "values", "keys") and not over.args:
        return _of_dictionary(over.func, literals)
    called = (names.dotted(over.func) or "").rsplit(".", 1)[-1]
    if called == "range":
        return _range(over, names)
    if called in ("tqdm", "list", "tuple") and over.args:
        return _parts(over.args[0], names, literals)
    if called in ("enumerate", "zip") and over.args:
        columns = [_parts(argument, names, literals) for argument in over.args]
        if called == "enumerate":
            columns = [[ast.Constant(number) for number in range(len(columns[0] or ()))], columns[0]]
        known = [column for column in columns if column is not None]
        if len(known) == len(columns):
            return [ast.Tuple(list(row), ast.Load()) for row in zip(*known, strict=False)]
    return None


def _of_dictionary(method: ast.Attribute, literals: Literals) -> list[ast.expr] | None:
    owner = literals.get(method.value.id) if isinstance(method.value, ast.Name) else method.value
    if not isinstance(owner, ast.Dict) or any(key is None for key in owner.keys):
        return None
    keys = [key for key in owner.keys if key is not None]
    if method.attr == "items":
        return [ast.Tuple([key, value], ast.Load()) for key, value in zip(keys, owner.values, strict=True)]
    return keys if method.attr == "keys" else list(owner.values)


def _range(call: ast.Call, names: Names) -> list[ast.expr] | None:
    ends = [names.constant(argument)[1] for argument in call.args]
    whole = [end for end in ends if isinstance(end, int) and not isinstance(end, bool)]
    if not whole or len(whole) != len(ends) or len(ends) > 3 or (len(ends) == 3 and whole[2] == 0):
        return None
    numbers = range(*whole)
    return [ast.Constant(number) for number in numbers] if len(numbers) <= MOST else None
