"""The functions of a notebook, followed where they are called, for `grader.source.tracing`."""

from __future__ import annotations

import abc
import ast
from collections import ChainMap
from collections.abc import Iterable

from grader.evidence.model import Cell, Place
from grader.source.names import Names
from grader.source.outline import Base, Function, Layer, Model, Outline, Tensor, Value
from grader.source.tracing_data import applied_to, images_in
from grader.source.tracing_files import Files

MAX_STEPS = 30_000
"""Statements taken and functions followed in one notebook."""
MAX_DEPTH = 6
"""Functions of the notebook are followed into one another this deep."""


class Return(Exception):  # noqa: N818 - carries a value, is no error
    """A function of the notebook is left."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class Functions(abc.ABC):
    """Follows functions; expressions and statements are taken by who inherits from it."""

    def __init__(self) -> None:
        self.outline = Outline()
        self.names = Names()
        self.values: ChainMap[str, Value] = ChainMap()
        self.cell = Cell(position=1, kind="code", source="")
        self.steps = 0
        self.depth = 0
        self.conditional = False
        self.depth_of_loop = 0
        self.loops = 0
        """Loops around the statement of which one round stands for all."""
        self.literals: dict[str, ast.expr] = {}
        self.wholes: dict[int, Model] = {}
        """Base and classifier together, by the classifier: where features were made beforehand."""
        self.files = Files()
        self.uncertain: set[str] = set()
        """Names that were given a value under a condition."""
        self.looped: set[str] = set()
        """Names that change from round to round of the loops that are being followed."""

    def place(self, node: ast.AST) -> Place:
        line = max(1, getattr(node, "lineno", 1))
        last = max(line, getattr(node, "end_lineno", line) or line)
        return Place(cell=self.cell.position, code_cell=self.cell.code_cell, first_line=line, last_line=last)

    @abc.abstractmethod
    def run(self, statements: Iterable[ast.stmt]) -> None:
        """Take statements in order."""

    @abc.abstractmethod
    def assign(self, target: ast.expr, value: Value, written: ast.expr) -> None:
        """Take in `target = value`."""

    @abc.abstractmethod
    def bind(self, target: ast.expr, value: Value) -> None:
        """Let names stand for a value, or for its parts."""

    @abc.abstractmethod
    def set_trainable(self, owner: Value, written: ast.expr, node: ast.AST) -> None:
        """Take in `owner.trainable = written`."""

    @abc.abstractmethod
    def method(self, node: ast.Call, owner: Value, name: str) -> tuple[bool, Value]:
        """A method of something that matters; whether it was one, and what it gives."""

    @abc.abstractmethod
    def fitted(self, owner: Base | Model, node: ast.Call, images: Tensor | None) -> None:
        """Take in a training of `owner` on `images`, as far as they can be followed."""

    @abc.abstractmethod
    def value(self, node: ast.expr | None) -> Value:
        """What an expression stands for."""

    def inline(self, node: ast.Call, function: Function, given_values: list[Value] | None = None) -> Value:
        """Follow a function of the notebook with what it is given; `given_values` instead of what `node` passes."""
        self.steps += 1
        if self.depth >= MAX_DEPTH or self.steps > MAX_STEPS:
            return None
        given = function.node.args
        parameters = [argument.arg for argument in (*given.posonlyargs, *given.args)]
        every = [*parameters, *(argument.arg for argument in given.kwonlyargs)]
        names, values = self.names, self.values
        bound: list[tuple[str, ast.expr]] = list(zip(parameters, node.args, strict=False))
        bound += [(k.arg, k.value) for k in node.keywords if k.arg in every]
        defaults = [*zip(parameters[::-1], given.defaults[::-1], strict=False)]
        defaults += [(a.arg, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d is not None]
        written = dict(defaults) | (dict(bound) if given_values is None else {})
        inner = {name: self.value(expression) for name, expression in written.items()}
        inner |= dict(zip(parameters, given_values or (), strict=False))
        meanings = {name: names.meaning(expression) for name, expression in written.items()}
        self.names, self.values = names.inner(every), values.new_child(dict.fromkeys(every) | inner)
        self.names.known.update({name: meaning for name, meaning in meanings.items() if meaning is not None})
        self.depth += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body)
            self.run(function.node.body)
        except Return as returned:
            return returned.value
        finally:
            self.depth -= 1
            self.names, self.values = names, values
        return None

    def function_layer(self, node: ast.Call) -> Layer | Model:
        """`Lambda(function)`: what the function does, as a layer or as a small model."""
        written = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "function"), None)
        function, dotted = self.value(written), (self.names.dotted(written) or "" if written is not None else "")
        if isinstance(function, Function):
            rest = [None] * (len(function.node.args.args) - 1)
            done = images_in(self.inline(node, function, [Tensor(), *rest]))
        else:
            done = applied_to(Tensor(), function, dotted, self.place(node))
        return Model(list(done.steps), self.place(node)) if done is not None else self.unread(node)

    def unread(self, node: ast.Call) -> Layer:
        """A `Lambda` layer of which it cannot be read what it does."""
        return Layer("Lambda", {}, self.place(node))
