"""Statements of a reference by what they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import libcst as cst

from grader.mutation.parts import ROLES, Parts, called, calls_in, code_of
from grader.source.vocabulary import BACKBONES

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement

StatementRole = Literal[
    "imports", "train_data", "validation_data", "augmentation", "base", "freeze", "inputs", "model", "compile", "fit",
    "evaluate", "build", "summary", "fine_tuning", "compile_again",
]  # fmt: skip
"""What edits may name. `build`: everything that makes the model on the base, the model itself not included.
`fine_tuning`: all that trains the base after the first training; `compile_again`: the compiling among it."""


def does(statement: Statement, role: str, parts: Parts, *, trained: bool = False) -> bool:
    """Whether a statement has that role in this reference; `trained`: it stands after the first training."""
    if role == "fine_tuning":
        return trained and any(does(statement, each, parts) for each in ("freeze", "unfreeze", "compile", "fit"))
    if role == "compile_again":
        return trained and does(statement, "compile", parts)
    if role == "freeze" and trained:
        return False
    if isinstance(statement, cst.For):
        return role == "freeze" and _only_freezes(statement)
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    pieces = parts.pieces
    calls = {called(call) for call in calls_in(statement)}
    targets = assigned_names(statement)
    match role:
        case "imports":
            return isinstance(statement.body[0], cst.Import | cst.ImportFrom)
        case "train_data" | "validation_data":
            name = pieces.get("train" if role == "train_data" else "validation")
            return name is not None and name in targets
        case "augmentation":
            return bool(calls & (ROLES["flip"] | ROLES["rotation"])) and pieces.get("model") not in targets
        case "base":
            return bool(calls & BACKBONES) and pieces.get("model") not in targets
        case "base_shown":
            return _only_shows(statement, pieces.get("base_name"))
        case "freeze":
            return any(_freezes(small) for small in statement.body)
        case "unfreeze":
            return any(_freezes(small, "True") for small in statement.body)
        case "inputs":
            return bool(calls & ROLES["input"]) and pieces.get("model") not in targets
        case "model":
            return pieces.get("model") in targets and bool(calls & {"Model", "Sequential"})
        case "fit" | "compile":
            helper = parts.helpers.get(role)
            outside = helper is not None and not (role == "compile" and parts.trains_in_one)
            return (helper.name if helper is not None and outside else role) in calls
        case "evaluate":
            return role in calls
        case "summary":
            return "summary" in calls
        case "build":
            return _builds(statement, parts, calls, targets)
        case _:
            return False


def statements_in(module: cst.Module) -> Iterator[Statement]:
    """All statements of a cell, those inside functions and blocks too."""
    waiting: list[cst.CSTNode] = list(module.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            yield node
        if not isinstance(node, cst.SimpleStatementLine):
            waiting[:0] = list(node.children)


def assigned_names(statement: cst.SimpleStatementLine) -> set[str]:
    """Names that the statement assigns to."""
    return {
        code_of(target.target) for small in statement.body if isinstance(small, cst.Assign) for target in small.targets
    }


def _builds(statement: cst.SimpleStatementLine, parts: Parts, calls: set[str], targets: set[str]) -> bool:
    if any(does(statement, role, parts) for role in ("augmentation", "inputs")):
        return True
    if pieces_add(statement, parts):
        return True
    named = {parts.pieces.get("base_name"), parts.pieces.get("augmentation_name")} - {None}
    layers = ROLES["pooling"] | ROLES["dropout"] | ROLES["dense"] | ROLES["preprocess"] | ROLES["rescaling"]
    return bool(targets) and bool(calls & (layers | named)) and not calls & (BACKBONES | {"Model", "Sequential"})


def pieces_add(statement: cst.SimpleStatementLine, parts: Parts) -> bool:
    """`model.add(…)`."""
    model = parts.pieces.get("model")
    return any(code_of(call.func) == f"{model}.add" for call in calls_in(statement))


def _only_shows(statement: cst.SimpleStatementLine, name: str | None) -> bool:
    """`base.summary()`, `print(len(base.layers))`: the base is looked at, and nothing comes of it."""
    if name is None:
        return False
    shown = [small.value for small in statement.body if isinstance(small, cst.Expr)]
    return len(shown) == len(statement.body) and any(
        called(value) == "print" or code_of(value.func).split(".")[0] == name
        for value in shown
        if isinstance(value, cst.Call) and re.search(rf"\b{re.escape(name)}\b", code_of(value))
    )


def _freezes(small: cst.BaseSmallStatement, value: str = "False") -> bool:
    return (
        isinstance(small, cst.Assign)
        and isinstance(small.targets[0].target, cst.Attribute)
        and small.targets[0].target.attr.value == "trainable"
        and isinstance(small.value, cst.Name)
        and small.value.value == value
    )


def _only_freezes(loop: cst.For) -> bool:
    return isinstance(loop.body, cst.IndentedBlock) and all(
        isinstance(line, cst.SimpleStatementLine) and all(_freezes(small) for small in line.body)
        for line in loop.body.body
    )
