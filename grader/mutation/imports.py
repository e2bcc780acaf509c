"""The same Keras under other names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import libcst as cst

from grader.mutation.not_applicable import NotApplicable
from grader.mutation.notebook import SourceNotebook
from grader.mutation.parts import code_of
from grader.mutation.wording import missing


class _Dotted(cst.CSTTransformer):
    """Replaces the beginning of dotted names; `made` collects what the replacements need imported."""

    def __init__(self, replace: Callable[[str], str | None]) -> None:
        super().__init__()
        self.replace = replace

    def visit_Import(self, node: cst.Import) -> bool:  # noqa: N802
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: N802
        return False

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        new = self.replace(code_of(original_node))
        return updated_node if new is None else cst.parse_expression(new)


def respelled(notebook: SourceNotebook, how: str, pieces: Mapping[str, str]) -> SourceNotebook:
    """With Keras named another way: `tf.keras`, `keras`, names imported `from keras…`, aliases, star imports.

    Raises:
        NotApplicable: it is named so already, or cannot be.
    """
    old = pieces.get("keras")
    if old is None:
        raise missing("keras")
    plain = _flattened(notebook, old)
    if how in ("tf.keras", "keras"):
        if old == how:
            raise NotApplicable(f"the reference already says `{how}`")
        line = "import tensorflow as tf\n" if how == "tf.keras" else "import keras\n"
        return _start(_roots(plain, old, how), line)
    if how == "alias":
        lines = "import keras as K\nfrom keras import layers as L, applications as zoo\n"
        shorter = {f"{old}.layers": "L", f"{old}.applications": "zoo", old: "K"}
        return _start(_roots_by(plain, shorter), lines)
    if how == "star":
        used = _used(plain, f"{old}.layers.")
        if not used:
            raise NotApplicable("no `layers` in the reference")
        return _start(_roots_by(plain, {f"{old}.layers.{name}": name for name in used}), "from keras.layers import *\n")
    names: dict[str, str] = {}
    lines = ""
    for package in ("layers", "applications", "optimizers", "losses", "utils"):
        for name in _used(plain, f"{old}.{package}."):
            if name[:1].isupper() or package == "utils":
                names[f"{old}.{package}.{name}"] = name
                lines += f"from keras.{package} import {name}\n"
    if not names:
        raise NotApplicable("no dotted names of Keras in the reference")
    return _start(_roots_by(plain, names), lines)


def _flattened(notebook: SourceNotebook, root: str) -> SourceNotebook:
    """With `layers.X` of `from keras import layers` written out, so that every name starts at the root."""
    bound: dict[str, str] = {}
    for _, module in notebook.code():
        for statement in module.body:
            for small in getattr(statement, "body", ()) if isinstance(statement, cst.SimpleStatementLine) else ():
                if isinstance(small, cst.ImportFrom) and small.module and not isinstance(small.names, cst.ImportStar):
                    package = code_of(small.module)
                    if package.split(".")[0] == "keras" or package.startswith("tensorflow.keras"):
                        tail = package.removeprefix("tensorflow.").removeprefix("keras").lstrip(".")
                        for alias in small.names:
                            name = code_of(alias.name)
                            if name.islower():
                                shown = code_of(alias.asname.name) if alias.asname else name
                                bound[shown] = ".".join(part for part in (root, tail, name) if part)
    return _roots_by(notebook, bound) if bound else notebook


def _roots(notebook: SourceNotebook, old: str, new: str) -> SourceNotebook:
    return _roots_by(notebook, {old: new})


def _roots_by(notebook: SourceNotebook, names: Mapping[str, str]) -> SourceNotebook:
    """With dotted names that start so, longest first, starting otherwise."""
    ordered = sorted(names, key=len, reverse=True)

    def replace(dotted: str) -> str | None:
        if not all(part.isidentifier() for part in dotted.split(".")):
            return None
        for old in ordered:
            if dotted == old or dotted.startswith(f"{old}."):
                return names[old] + dotted[len(old) :]
        return None

    return notebook.changed(lambda module: module.visit(_Dotted(replace)))


def _used(notebook: SourceNotebook, prefix: str) -> list[str]:
    """First names after a prefix, as used in the code, in order."""
    found: dict[str, None] = {}

    class Reader(cst.CSTVisitor):
        def visit_Attribute(self, node: cst.Attribute) -> None:  # noqa: N802
            dotted = code_of(node)
            if dotted.startswith(prefix):
                name = dotted[len(prefix) :].split(".")[0].split("(")[0]
                if name.isidentifier():
                    found[name] = None

    for _, module in notebook.code():
        module.visit(Reader())
    return list(found)


def _start(notebook: SourceNotebook, lines: str) -> SourceNotebook:
    cells = list(notebook.cells)
    first = next(i for i, cell in enumerate(cells) if cell.kind == "code")
    cells[first] = type(cells[first])("code", lines + cells[first].text)
    return notebook.with_cells(cells)
