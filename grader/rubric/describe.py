"""The reference part of `docs/rubrics.md`, made from the checks themselves so that it cannot be wrong."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator

from grader.checks.findings import AnyCheck, FindingKind, Parameters
from grader.checks.registry import CHECKS


def describe_checks() -> str:
    """Every check with its parameters and findings, as Markdown."""
    return "\n".join(line for check in CHECKS.values() for line in _check(check))


def _check(check: AnyCheck) -> Iterator[str]:
    yield from (f"### `{check.name}`", "", check.sentence, "")
    notes = parameter_notes(check.parameters)
    if notes:
        yield from ("| parameter | default | meaning |", "|---|---|---|")
        for name, note in notes.items():
            yield f"| `{name}` | `{_toml(check.parameters.model_fields[name].default)}` | {note} |"
        yield ""
    yield from ("| finding | cost | said about it | what to do | placeholders |", "|---|---|---|---|---|")
    yield from (_kind(kind) for kind in check.kinds.values())
    yield ""


def _kind(kind: FindingKind) -> str:
    cost = kind.cost if isinstance(kind.cost, str) else f"{kind.cost:.2g}"
    marks = " ∅" if kind.absent else ""
    placeholders = ", ".join(f"`{{{name}}}`" for name in kind.values)
    return f"| `{kind.code}`{marks} | {cost} | {_cell(kind.message)} | {_cell(kind.hint)} | {placeholders} |"


def parameter_notes(model: type[Parameters]) -> dict[str, str]:
    """Each parameter with the text that stands under it in the source."""
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    notes: dict[str, str] = {}
    name = None
    for statement in body.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and name is not None:
            notes[name] = " ".join(str(statement.value.value).split())
    return notes


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    return str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
