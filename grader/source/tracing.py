"""Follow a notebook's code by reading alone, as far as it builds and trains models.

Statements are taken in order; both sides of an `if` and the body of a loop once; functions of the notebook where they
are called. What cannot be followed is None and stays out of the outline: nothing is guessed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from grader.evidence.model import Cell
from grader.source.names import LOCAL
from grader.source.outline import (
    Base,
    Function,
    Generator,
    Kind,
    Layer,
    LayerOf,
    LayersOf,
    Many,
    Model,
    Outline,
    Tensor,
    Value,
    freeze,
    leave_open,
)
from grader.source.parse import parse_cell
from grader.source.places import bodies
from grader.source.tracing_data import images_in, means
from grader.source.tracing_functions import MAX_STEPS, Return
from grader.source.tracing_loops import MOST, asks_for_kind, rounds
from grader.source.tracing_methods import Methods
from grader.source.training import loop_variables

MAX_CODE = 1_000_000


def read_outline(cells: Iterable[Cell]) -> Outline:
    """What the code cells build and train. Never raises, whatever the text."""
    tracer = _Tracer()
    left = MAX_CODE
    for cell in cells:
        left -= len(cell.source)
        if cell.kind != "code" or left < 0:
            continue
        tracer.cell = cell
        try:
            tracer.run(parse_cell(cell.source))
        except (RecursionError, MemoryError, Return):
            continue
    return tracer.outline


class _Tracer(Methods):
    """Takes the statements."""

    def run(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self.steps += 1
            if self.steps > MAX_STEPS:
                return
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.names.learn_import(node)
        elif isinstance(node, ast.FunctionDef):
            self.names.known[node.name] = LOCAL
            self.values[node.name] = Function(node)
        elif isinstance(node, ast.Assign):
            value = self.value(node.value)
            for target in node.targets[:20]:
                self.assign(target, value, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self.assign(node.target, self.value(node.value), node.value)
        elif isinstance(node, ast.AugAssign):
            self.assign(node.target, self.value(ast.BinOp(_loaded(node.target), node.op, node.value)), None)
        elif isinstance(node, ast.Return):
            raise Return(self.value(node.value) if node.value is not None else None)
        elif isinstance(node, ast.Expr):
            self.value(node.value)
        elif isinstance(node, ast.For):
            self.loop(node)
        elif isinstance(node, ast.ClassDef):
            self.names.known[node.name] = LOCAL
        elif isinstance(node, ast.If) and self.decided(node.test) is not None:
            self.run(node.body if self.decided(node.test) else node.orelse)
        else:
            was, self.conditional = self.conditional, self.conditional or isinstance(node, ast.If)
            for block in bodies(node):
                self.run(block)
            self.conditional = was

    def decided(self, test: ast.expr) -> bool | None:
        """Which way a condition goes that the notebook itself fixes, such as `if do_fine_tuning:`; None otherwise."""
        known, value = self.names.constant(test)
        fixed = not any(isinstance(node, ast.Name) and node.id in self.uncertain for node in ast.walk(test))
        return bool(value) if known and fixed else None

    def assign(self, target: ast.expr, value: Value, written: ast.expr | None) -> None:
        self.bind(target, value)
        if isinstance(target, ast.Name | ast.Tuple | ast.List):
            self.names.learn_assignment(target, written)
            if isinstance(target, ast.Name):
                self.literals[target.id] = written if isinstance(written, ast.List | ast.Tuple | ast.Dict) else target
        elif isinstance(target, ast.Attribute) and written is not None:
            owner = self.value(target.value) if target.attr in ("trainable", "mean") else None
            if target.attr == "trainable":
                self.set_trainable(owner, written, target)
            elif isinstance(owner, Generator):
                owner.layer.settings |= means(written, self.names)

    def bind(self, target: ast.expr, value: Value) -> None:
        """Let names stand for a value, or for its parts."""
        if isinstance(target, ast.Name):
            self.values[target.id] = value
            if self.conditional:
                self.uncertain.add(target.id)
        elif isinstance(target, ast.Tuple | ast.List):
            for index, part in enumerate(target.elts[:50]):
                item: Value = None
                if isinstance(value, Many):
                    item = value.items[index] if index < len(value.items) else None
                elif isinstance(value, Tensor) and value.data:
                    item = value
                self.bind(part, item)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            self.put_into(target.value.id, target.slice, value)

    def put_into(self, name: str, index: ast.expr, value: Value) -> None:
        """Take in `name[index] = value`. What is done to one part of an array is done to all of them in turn."""
        held, images = self.values.get(name), images_in(value)
        if isinstance(held, Many):
            held.items.append(value)
        elif images is not None and images.data and not isinstance(index, ast.Tuple):
            self.values[name] = images
        elif isinstance(held, Tensor) and held.data and not self.names.constant(index)[0]:
            self.values[name] = None  # what became of them cannot be followed

    def set_trainable(self, owner: Value, written: ast.expr, node: ast.AST) -> None:
        known, to = self.names.constant(written)
        part: tuple[int | None, int | None] | str | None = None
        one = isinstance(owner, LayerOf) and owner.layer is None
        kind: Kind = None
        if isinstance(owner, LayerOf):
            kind = owner.kind
            owner, part = (owner.layer, None) if owner.layer is not None else (owner.owner, owner.part)
        if not isinstance(owner, Base | Model):
            return
        if not known:
            varies = any(isinstance(each, ast.Name) and each.id in self.looped for each in ast.walk(written))
            leave_open(owner, by_layer=one and varies, place=self.place(node))
        elif kind is not None:
            freeze(owner, part, bool(to), self.place(node), kind)  # type: ignore[arg-type]
        elif self.conditional and part is None and self.depth_of_loop:
            freeze(owner, "some", bool(to), self.place(node))
        else:
            freeze(owner, part, bool(to), self.place(node))  # type: ignore[arg-type]

    def loop(self, node: ast.For) -> None:
        over = self.value(node.iter)
        each: Sequence[ast.expr | None] | None = None
        if not isinstance(over, LayersOf):
            each = rounds(node.iter, self.names, self.literals)
        held = over.items if isinstance(over, Many) and 1 < len(over.items) <= MOST else []
        if held and len(held) != len(each or ()) and all(isinstance(item, Base | Layer | Model) for item in held):
            each = [None] * len(held)  # a list of layers that was filled one by one
        if each:
            self.followed_loop(node, each, over)
            return
        written = node.iter
        if isinstance(written, ast.Call) and written.args:
            called = self.names.dotted(written.func)
            if called in ("enumerate", "reversed", "list", "zip"):
                over = self.value(written.args[0])
        target = node.target.elts[-1] if isinstance(node.target, ast.Tuple) and node.target.elts else node.target
        self.names.learn_assignment(node.target, None)
        if isinstance(target, ast.Name):
            item: Value = None
            if isinstance(over, LayersOf):
                item = LayerOf(over.owner, over.part)
            elif isinstance(over, Many) and over.items:
                item = over.items[0]
            elif isinstance(over, Tensor) and over.data:
                item = over
            self.values[target.id] = item
        if isinstance(over, Tensor):
            self.bind(node.target, over)
        asked: list[tuple[Value, list[ast.stmt]]] = []
        if isinstance(over, LayersOf) and isinstance(target, ast.Name) and _has_condition(node):
            by_kind = asks_for_kind(node, target.id)
            asked = [(LayerOf(over.owner, over.part, kind=kind), block) for kind, block in by_kind]
            asked = asked or [(LayerOf(over.owner, "some"), node.body)]
        was, self.conditional = self.conditional, False
        self.depth_of_loop += 1
        self.loops += 1
        outer, self.looped = self.looped, self.looped | loop_variables(node)
        for layer, block in asked:
            self.bind(target, layer)
            self.run(block)
        if not asked:
            self.run(node.body)
        self.looped = outer
        self.loops -= 1
        self.depth_of_loop -= 1
        self.conditional = was

    def followed_loop(self, node: ast.For, each: Sequence[ast.expr | None], over: Value) -> None:
        """A loop whose rounds the code says, such as one over networks or over a list of layers: round by round."""
        items = over.items if isinstance(over, Many) and len(over.items) == len(each) else None
        was, self.conditional = self.conditional, False
        self.depth_of_loop += 1
        for number, written in enumerate(each):
            self.assign(node.target, items[number] if items is not None else self.value(written), written)
            self.run(node.body)
        self.depth_of_loop -= 1
        self.conditional = was


def _loaded(target: ast.expr) -> ast.expr:
    """What stands in `target += …`, to be read."""
    return ast.Name(target.id, ast.Load()) if isinstance(target, ast.Name) else target


def _has_condition(loop: ast.For) -> bool:
    return any(isinstance(node, ast.If) for statement in loop.body for node in ast.walk(statement))
