"""The verbs of the catalogue: one table each, such as `{ remove = "freeze" }`."""

from __future__ import annotations

import abc
import ast
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import libcst as cst
from pydantic import BaseModel, ConfigDict, model_validator

from grader.mutation.cell_edits import ANSWERS, LAYOUTS, answered
from grader.mutation.code_edits import (
    called_for,
    change_calls,
    drop_layer,
    insert_code,
    move_statements,
    remove_statements,
    rename,
    replace_statement,
    with_argument,
)
from grader.mutation.imports import respelled
from grader.mutation.not_applicable import NotApplicable
from grader.mutation.notebook import SourceCell, SourceNotebook
from grader.mutation.parts import ROLES, code_of, read_parts
from grader.mutation.statements import StatementRole, does
from grader.mutation.wording import fill, missing
from grader.rubric.model import Question

CallRole = Literal[(*ROLES, "output")]  # type: ignore[valid-type]
"""Calls that edits may name; `output`: the last `Dense`."""


class WrongEdit(ValueError):  # noqa: N818 - becomes the UsageError of its file
    """What is wrong with one edit, in the words of the error form."""

    def __init__(self, expected: str, received: str, todo: str = "") -> None:
        super().__init__(expected)
        self.expected, self.received, self.todo = expected, received, todo


@dataclass(frozen=True)
class Making:
    """What edits work with."""

    pieces: dict[str, str]
    questions: tuple[Question, ...]
    only: str | None
    """Id of the one question that is changed, in a variant made per question."""


class Edit(BaseModel, abc.ABC):
    """Base of all verbs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @abc.abstractmethod
    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        """The changed notebook.

        Raises:
            NotApplicable: there is nothing here to change.
        """


class Remove(Edit):
    """Statements of a role go."""

    remove: StatementRole

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        return remove_statements(notebook, self.remove, read_parts(notebook))


class Move(Edit):
    """Statements of a role come after the first of another."""

    move: StatementRole
    after: StatementRole

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        return move_statements(notebook, self.move, read_parts(notebook), after=self.after)


class Insert(Edit):
    """Code beside the first statement of a role, or in a cell of its own at the start or the end."""

    insert: str
    after: StatementRole | None = None
    before: StatementRole | None = None
    at: Literal["start", "end"] | None = None

    @model_validator(mode="after")
    def _stands_somewhere(self) -> Insert:
        if len({"after", "before", "at"} & self.model_fields_set) != 1:
            raise WrongEdit(
                "one of `after`, `before` and `at` beside `insert`", ", ".join(sorted(self.model_fields_set))
            )
        return self

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        code = fill(self.insert, making.pieces) + "\n"
        if self.at is not None:
            cell = SourceCell("code", code.strip("\n"))
            first = next(i for i, each in enumerate(notebook.cells) if each.kind == "code")
            cells = list(notebook.cells)
            cells.insert(first if self.at == "start" else len(cells), cell)
            return notebook.with_cells(cells)
        role = self.after or self.before
        assert role is not None, "after, before or at"
        parts = read_parts(notebook)
        if role == "compile" and parts.trains_in_one:
            role = "fit"  # beside the call of that function, not inside it
        return insert_code(notebook, code, parts, role=role, after=self.after is not None)


class Argument(Edit):
    """One argument of the calls of a role: set to code (`$old`: as it was), or left out."""

    call: CallRole
    argument: str
    position: int | None = None
    """Where it may stand without its name."""
    value: str | None = None

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        value = None if self.value is None else fill(self.value, making.pieces, needs_all=True)
        helper = read_parts(notebook).helpers.get(self.call)
        there = helper.hands_over(self.argument, self.position) if helper is not None else None
        names = frozenset({helper.name}) if helper is not None and there is not None else called_for(self.call)
        position = self.position if there is None else (None if there < 0 else there)

        def change(call: cst.Call) -> cst.BaseExpression:
            return with_argument(call, self.argument, position, value)

        return change_calls(notebook, self.call, names, change)


class Becomes(Edit):
    """Calls of a role become other code: `$call` is the old call, `$func` what it calls, `$args` its arguments."""

    call: CallRole
    becomes: str

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        def change(call: cst.Call) -> cst.BaseExpression:
            args = ", ".join(code_of(arg).rstrip(", ") for arg in call.args)
            pieces = {**making.pieces, "call": code_of(call), "args": args, "func": code_of(call.func)}
            return cst.parse_expression(fill(self.becomes, pieces, needs_all=True))

        return change_calls(notebook, self.call, called_for(self.call), change)


class Drop(Edit):
    """A layer goes, however it was put in."""

    drop: Literal[tuple(ROLES)]  # type: ignore[valid-type]

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        return drop_layer(notebook, self.drop)


class Rename(Edit):
    """Variables get other names: piece → name."""

    rename: dict[str, str]

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        names = {making.pieces[piece]: new for piece, new in self.rename.items() if piece in making.pieces}
        plain = {old: new for old, new in names.items() if old.isidentifier()}
        if not plain:
            raise NotApplicable("no variables to rename in the reference")
        return rename(notebook, plain)


class Rebuild(Edit):
    """The code that builds the model (augmentation, input, layers, model) becomes other code."""

    rebuild: str
    also: tuple[StatementRole, ...] = ()
    """Roles whose statements go too, because the new code does their work."""

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        parts = read_parts(notebook)
        if parts.in_function:
            raise NotApplicable("the reference builds its model in a function")
        code = fill(self.rebuild, making.pieces)
        shown = ("base_shown",) if "base" in self.also else ()
        for role in ("build", *shown, *self.also):
            with contextlib.suppress(NotApplicable):
                notebook = remove_statements(notebook, role, parts)
        rebuilt = replace_statement(notebook, "model", parts, code + "\n")
        if "base" in self.also and _used_without(making.pieces.get("base_name"), rebuilt):
            raise NotApplicable("the reference uses its base again after the model is built")
        return rebuilt


def _used_without(name: str | None, notebook: SourceNotebook) -> bool:
    """Whether a variable is used that nothing sets."""
    text = "\n".join(cell.text for cell in notebook.cells if cell.module is not None)
    names = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name) and node.id == name]
    return bool(names) and not any(isinstance(node.ctx, ast.Store) for node in names)


class Layout(Edit):
    """The same cells in another layout."""

    layout: Literal[tuple(LAYOUTS)]  # type: ignore[valid-type]

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        return LAYOUTS[self.layout](notebook, read_parts(notebook))


class Answers(Edit):
    """The written answers, changed or put elsewhere."""

    answers: Literal[tuple(ANSWERS)]  # type: ignore[valid-type]

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        return answered(notebook, making.questions, self.answers, making.only)


class Spell(Edit):
    """Keras is imported and named another way."""

    spell: Literal["keras", "tf.keras", "from_keras", "alias", "star"]

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        return respelled(notebook, self.spell, making.pieces)


class Raw(Edit):
    """Text, not necessarily Python, at the end of the cell that holds the first statement of a role."""

    raw: str
    cell_of: StatementRole

    def apply(self, notebook: SourceNotebook, making: Making) -> SourceNotebook:
        parts = read_parts(notebook)
        cells = list(notebook.cells)
        for position, module in notebook.code():
            if any(does(statement, self.cell_of, parts) for statement in module.body):
                cells[position] = SourceCell("code", f"{cells[position].text}\n{self.raw}")
                return notebook.with_cells(cells)
        raise missing(self.cell_of)


VERBS: Mapping[str, type[Edit]] = {
    "remove": Remove, "move": Move, "insert": Insert, "argument": Argument, "becomes": Becomes, "drop": Drop,
    "rename": Rename, "rebuild": Rebuild, "layout": Layout, "answers": Answers, "spell": Spell, "raw": Raw,
}  # fmt: skip
"""Each verb by the key that names it."""
