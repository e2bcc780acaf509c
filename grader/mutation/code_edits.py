"""Changes to the code of a notebook, one transformer for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import libcst as cst

from grader.mutation.notebook import SourceNotebook
from grader.mutation.parts import ROLES, Parts, called, code_of, keyword
from grader.mutation.statements import Statement, does
from grader.mutation.wording import missing


class _Statements(cst.CSTTransformer):
    """Replaces every statement that fits; remembers what it replaced."""

    def __init__(
        self, role: str, parts: Parts, change: Callable[[Statement, int], Sequence[cst.BaseStatement]]
    ) -> None:
        super().__init__()
        self.role, self.parts, self.change = role, parts, change
        self.trained = False
        """A training was passed: freezing after it belongs to fine-tuning."""
        self.found: list[Statement] = []

    def _leave(
        self, original: Statement, updated: Statement
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
        fits = does(original, self.role, self.parts, trained=self.trained)
        self.trained = self.trained or does(original, "fit", self.parts)
        if not fits:
            return updated
        self.found.append(updated)
        after = self.change(updated, len(self.found))
        return cst.FlattenSentinel(after) if after else cst.RemoveFromParent()

    def leave_SimpleStatementLine(  # noqa: N802
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
        return self._leave(original_node, updated_node)

    def leave_For(  # noqa: N802
        self, original_node: cst.For, updated_node: cst.For
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
        return self._leave(original_node, updated_node)


def remove_statements(notebook: SourceNotebook, role: str, parts: Parts) -> SourceNotebook:
    """Without the statements of that role.

    Raises:
        NotApplicable: there are none.
    """
    remover = _Statements(role, parts, lambda _statement, _number: ())
    changed = notebook.changed(lambda module: module.visit(remover))
    if not remover.found:
        raise missing(role)
    return changed


def insert_code(notebook: SourceNotebook, code: str, parts: Parts, *, role: str, after: bool) -> SourceNotebook:
    """With code after (or before) the first statement of that role."""
    body = list(cst.parse_module(code).body)

    def beside(statement: Statement, number: int) -> Sequence[cst.BaseStatement]:
        if number > 1:
            return (statement,)
        return (statement, *body) if after else (*body, statement)

    inserter = _Statements(role, parts, beside)
    changed = notebook.changed(lambda module: module.visit(inserter))
    if not inserter.found:
        raise missing(role)
    return changed


def replace_statement(notebook: SourceNotebook, role: str, parts: Parts, code: str) -> SourceNotebook:
    """With code where the first statement of that role stood; others of that role go."""
    body = list(cst.parse_module(code).body)
    replacer = _Statements(role, parts, lambda _statement, number: body if number == 1 else ())
    changed = notebook.changed(lambda module: module.visit(replacer))
    if not replacer.found:
        raise missing(role)
    return changed


def move_statements(notebook: SourceNotebook, role: str, parts: Parts, *, after: str) -> SourceNotebook:
    """With the statements of one role behind the first of another."""
    remover = _Statements(role, parts, lambda _statement, _number: ())
    without = notebook.changed(lambda module: module.visit(remover))
    if not remover.found:
        raise missing(role)
    code = "\n".join(code_of(statement) for statement in remover.found)
    return insert_code(without, code + "\n", parts, role=after, after=True)


class _Calls(cst.CSTTransformer):
    """Changes calls of some names, all of them or the last one only."""

    def __init__(self, names: frozenset[str], change: Callable[[cst.Call], cst.BaseExpression], skip: int) -> None:
        super().__init__()
        self.names, self.change, self.skip = names, change, skip
        self.seen = 0

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802
        if called(original_node) not in self.names:
            return updated_node
        self.seen += 1
        return updated_node if self.seen <= self.skip else self.change(updated_node)


def called_for(role: str) -> frozenset[str]:
    """Names of what is called in that role."""
    return ROLES["dense" if role == "output" else role]


def change_calls(
    notebook: SourceNotebook, role: str, names: frozenset[str], change: Callable[[cst.Call], cst.BaseExpression]
) -> SourceNotebook:
    """With every call of those names changed; as `output` only the last one.

    Raises:
        NotApplicable: there is none.
    """
    counter = _Calls(names, lambda call: call, 0)
    notebook.changed(lambda module: module.visit(counter), names)
    if not counter.seen:
        raise missing(role)
    changer = _Calls(names, change, counter.seen - 1 if role == "output" else 0)
    return notebook.changed(lambda module: module.visit(changer), names)


def with_argument(call: cst.Call, name: str, position: int | None, value: str | None) -> cst.Call:
    """The call with one argument set (or, for None, left out); `position` is where it may stand without its name."""
    unnamed = [index for index, arg in enumerate(call.args) if arg.keyword is None]
    given = keyword(call, name)
    index = call.args.index(given) if given is not None else None
    if index is None and position is not None and position < len(unnamed):
        index = unnamed[position]
    args = list(call.args)
    if value is None:
        if index is not None:
            del args[index]
        if args:
            args[-1] = args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return call.with_changes(args=args)
    expression = cst.parse_expression(value)
    if index is not None:
        args[index] = args[index].with_changes(value=expression)
    else:
        if args:
            args[-1] = args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        args.append(
            cst.Arg(
                keyword=cst.Name(name),
                value=expression,
                equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
            )
        )
    return call.with_changes(args=args)


class _Layers(cst.CSTTransformer):
    """Takes a layer out, however it was put in: called on a tensor, listed, or added."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self.names = names
        self.dropped = 0

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802
        function = updated_node.func
        applied = isinstance(function, cst.Call) and called(function) in self.names
        direct = called(updated_node) == "preprocess_input" and "preprocess_input" in self.names
        if (applied or direct) and len(updated_node.args) >= 1:
            self.dropped += 1
            return updated_node.args[0].value
        return updated_node

    def leave_List(self, original_node: cst.List, updated_node: cst.List) -> cst.BaseExpression:  # noqa: N802
        kept = [element for element in updated_node.elements if called(element.value) not in self.names]
        if len(kept) == len(updated_node.elements):
            return updated_node
        self.dropped += len(updated_node.elements) - len(kept)
        return updated_node.with_changes(elements=kept)

    def leave_SimpleStatementLine(  # noqa: N802
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.RemovalSentinel:
        small = updated_node.body[0] if len(updated_node.body) == 1 else None
        if isinstance(small, cst.Assign) and code_of(small.targets[0].target) == code_of(small.value):
            return cst.RemoveFromParent()  # `x = x`
        call = small.value if isinstance(small, cst.Expr) else None
        adds = isinstance(call, cst.Call) and called(call) == "add" and bool(call.args)
        if adds and isinstance(call, cst.Call) and called(call.args[0].value) in self.names:
            self.dropped += 1
            return cst.RemoveFromParent()
        return updated_node


def drop_layer(notebook: SourceNotebook, role: str) -> SourceNotebook:
    """Without the layers of that role.

    Raises:
        NotApplicable: there are none, or nothing recognisable is done with them.
    """
    dropper = _Layers(ROLES[role])
    changed = notebook.changed(lambda module: module.visit(dropper), ROLES[role])
    if not dropper.dropped:
        raise missing(role)
    return changed


class _Names(cst.CSTTransformer):
    """Renames variables; attributes and names of arguments stay."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self.names = names

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:  # noqa: N802
        new = self.names.get(original_node.value)
        return updated_node if new is None else updated_node.with_changes(value=new)


def rename(notebook: SourceNotebook, names: Mapping[str, str]) -> SourceNotebook:
    """With variables renamed."""
    return notebook.changed(lambda module: module.visit(_Names(names)))
