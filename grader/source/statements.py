"""Find the statements of a notebook that concern the lab, by reading its code."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from grader.evidence.model import Cell, Place, Statement
from grader.source.layers import Reading, mark_last, read_layer_call
from grader.source.names import LOCAL, Names
from grader.source.own_code import read_own_code
from grader.source.parse import parse_cell
from grader.source.places import bodies, last_line, own_lines, statement_around
from grader.source.preprocessing import read_preprocessing_call, read_scaling, read_scaling_in_place
from grader.source.training import loop_variables, read_trainable, read_training_call, trainable_targets, written
from grader.source.vocabulary import SHOWING

__all__ = ["read_statements", "statement_around"]

MAX_STATEMENTS = 500
"""Statements given for one notebook; a real one has fewer than 60."""

MAX_CODE = 1_000_000
"""Characters of code that are read in one notebook; a real one has fewer than 100,000."""

MAX_DETAIL = 200
"""Characters of the source line given as `detail`."""

MAX_LOOP_LINES = 12
"""A loop that freezes layers is shown as a whole up to this many lines."""


@dataclass(frozen=True)
class _Located:
    reading: Reading
    first: int
    last: int


def read_statements(cells: Iterable[Cell]) -> tuple[Statement, ...]:
    """All statements of the code cells that concern the lab, in reading order, at most `MAX_STATEMENTS`.

    Settings hold what can be read without running anything: literals, names assigned from literals, arithmetic on
    them, and Keras's defaults; what cannot be read is missing. Never raises, whatever the text.
    """
    names = Names()
    found: list[tuple[Cell, _Located]] = []
    left = MAX_CODE
    for cell in cells:
        if cell.kind != "code" or len(found) >= MAX_STATEMENTS or len(cell.source) > left:
            continue
        left -= len(cell.source)
        try:
            located = sorted(_read_block(parse_cell(cell.source), names), key=lambda item: (item.first, item.last))
        except (RecursionError, MemoryError):
            # Nested so deeply that even walking it fails: no one wrote that by hand.
            continue
        found.extend((cell, item) for item in located)
    found = found[:MAX_STATEMENTS]
    mark_last(item.reading for _, item in found)
    return tuple(_statement(cell, item) for cell, item in found)


def _statement(cell: Cell, item: _Located) -> Statement:
    line = cell.source.split("\n")[item.first - 1].strip()[:MAX_DETAIL]
    topic: Any = item.reading.topic
    return Statement(
        topic=topic,
        place=Place(
            cell=cell.position,
            code_cell=cell.code_cell,
            first_line=item.first,
            last_line=item.last,
            document=cell.document,
        ),
        detail=line.encode("utf-8", "replace").decode(),
        settings=item.reading.settings,
    )


def _read_block(statements: Iterable[ast.stmt], names: Names) -> Iterator[_Located]:
    for statement in statements:
        first, last = own_lines(statement)
        yield from (_Located(reading, first, last) for reading in _read_own(statement, names))
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.known[statement.name] = LOCAL
            yield from _read_block(statement.body, names.inner(_parameters(statement)))
            continue
        for block in bodies(statement):
            yield from _whole_loop(statement, _read_block(block, names))
        _learn(statement, names)


def _whole_loop(statement: ast.stmt, inner: Iterator[_Located]) -> Iterator[_Located]:
    """Freezing layer by layer is one thought: show the loop, not only the line inside it."""
    if not isinstance(statement, ast.For) or last_line(statement) - statement.lineno >= MAX_LOOP_LINES:
        yield from inner
        return
    about_its_layers = _freezes(statement, loop_variables(statement))
    for item in inner:
        if about_its_layers and item.reading.topic in {"freeze", "unfreeze"}:
            settings = {**item.reading.settings, "target": written(statement.iter), "loop": True}
            yield _Located(Reading(item.reading.topic, settings), statement.lineno, last_line(statement))
        else:
            yield item


def _freezes(loop: ast.For, variables: set[str]) -> bool:
    waiting = list(bodies(loop))
    while waiting:
        for statement in waiting.pop():
            if trainable_targets(statement) & variables:
                return True
            waiting.extend(bodies(statement))
    return False


def _read_own(statement: ast.stmt, names: Names) -> Iterator[Reading]:
    """What a statement says itself, without the blocks inside it."""
    yield from read_trainable(statement, names)
    if isinstance(statement, ast.AugAssign):
        scaling = read_scaling_in_place(statement, names)
        if scaling is not None:
            yield scaling
    yield from read_own_code(statement, names, _own_expressions(statement, names))
    used: set[int] = set()
    for node in _own_expressions(statement, names):
        if isinstance(node, ast.Call):
            yield from read_layer_call(node, names)
            yield from read_training_call(node, names)
            yield from read_preprocessing_call(node, names)
        elif isinstance(node, ast.BinOp) and id(node) not in used:
            arithmetic = read_scaling(node, names)
            if arithmetic is not None:
                used.add(id(arithmetic[1]))
                yield arithmetic[0]


def _own_expressions(statement: ast.stmt, names: Names) -> Iterator[ast.AST]:
    """All expressions of a statement in the order they are written; those that only show pictures are left out."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if node is not statement and isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            continue
        if isinstance(node, ast.Call) and (names.dotted(node.func) or "").rsplit(".", 1)[-1] in SHOWING:
            continue
        yield node
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _learn(statement: ast.stmt, names: Names) -> None:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        names.learn_import(statement)
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            names.learn_assignment(target, statement.value)
    elif isinstance(statement, ast.AnnAssign):
        names.learn_assignment(statement.target, statement.value)
    elif isinstance(statement, ast.AugAssign | ast.For):
        names.learn_assignment(statement.target, None)


def _parameters(definition: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
    if isinstance(definition, ast.ClassDef):
        return []
    given = definition.args
    return [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
