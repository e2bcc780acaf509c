"""What the names in a notebook stand for, as far as reading tells."""

from __future__ import annotations

import ast
from collections import ChainMap
from dataclasses import dataclass, field
from typing import TypeAlias

from grader.evidence.model import Scalar
from grader.execution.recorder.catalogue import classes_of_set
from grader.source.vocabulary import BACKBONES

MAX_TEXT = 200
"""Characters of a string constant that are kept."""

MAX_INTEGER = 2**53
"""Larger integers do not survive JSON readers; they are given as words."""

_MAX_DEPTH = 50
_MAX_NUMBER = 1e300


@dataclass(frozen=True)
class Constant:
    """A value written out in the source."""

    value: Scalar


@dataclass(frozen=True)
class Path:
    """A dotted name from an import, such as `tensorflow.keras.layers.Dense`."""

    dotted: str


@dataclass(frozen=True)
class Call:
    """The result of a call, kept as written."""

    node: ast.Call


@dataclass(frozen=True)
class Sized:
    """A list, tuple, set or dictionary written out in the source: how much is in it."""

    count: int


Meaning: TypeAlias = Constant | Path | Call | Sized
LOCAL = Path("(defined in the notebook)")


@dataclass
class Names:
    """The names known so far. Cells are read in order; a function's own names vanish at its end."""

    known: ChainMap[str, Meaning | None] = field(default_factory=ChainMap)
    """None for a name whose meaning cannot be read."""

    def inner(self, parameters: list[str]) -> Names:
        """The names inside a function: those outside, without its parameters."""
        return Names(self.known.new_child(dict.fromkeys(parameters)))

    def learn_import(self, statement: ast.Import | ast.ImportFrom) -> None:
        """Take in an import."""
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                # `import a.b` binds `a`; `import a.b as c` binds `c` to `a.b`.
                bound = alias.asname or alias.name.split(".")[0]
                self.known[bound] = Path(alias.name if alias.asname else bound)
            return
        for alias in statement.names:
            if alias.name != "*":
                self.known[alias.asname or alias.name] = Path(f"{statement.module or ''}.{alias.name}")

    def learn_assignment(self, target: ast.expr, value: ast.expr | None) -> None:
        """Take in `target = value`; what cannot be followed is forgotten."""
        if isinstance(target, ast.Tuple | ast.List):
            values: list[ast.expr | None] = [None] * len(target.elts)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                values = list(value.elts)
            elif isinstance(value, ast.Call) and any(keyword.arg == "with_info" for keyword in value.keywords):
                # `data, info = tfds.load(name, with_info=True)`: what is known of the set by its name.
                values[-1] = value
            for part, its_value in zip(target.elts, values, strict=True):
                if isinstance(part, ast.Name):
                    self.learn_assignment(part, its_value)
        elif isinstance(target, ast.Name):
            self.known[target.id] = None if value is None else self.meaning(value)

    def meaning(self, node: ast.expr) -> Meaning | None:
        """What an expression stands for; None when reading does not tell."""
        if isinstance(node, ast.Call):
            return Call(node)
        if isinstance(node, ast.Name):
            # A network that came with a star import.
            return Path(node.id) if node.id in BACKBONES and node.id not in self.known else self.known.get(node.id)
        if isinstance(node, ast.Attribute) and node.attr != "num_classes":
            dotted = self.dotted(node)
            return Path(dotted) if dotted and isinstance(self.known.get(dotted_root(node)), Path) else None
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
            return _sized(node)
        known, value = self.constant(node)
        return Constant(value) if known else None

    def dotted(self, node: ast.expr) -> str | None:
        """The full dotted name of `a.b.c` with aliases resolved; None for other expressions."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Call):
            owner = self._got(node)
            return None if owner is None else ".".join([owner, *reversed(parts)])
        if not isinstance(node, ast.Name):
            return None
        meaning = self.known.get(node.id)
        root = meaning.dotted if isinstance(meaning, Path) else node.id
        return ".".join([root, *reversed(parts)])

    def _got(self, node: ast.Call) -> str | None:
        """The dotted name of `getattr(applications, "VGG16")`."""
        if not isinstance(node.func, ast.Name) or node.func.id != "getattr" or len(node.args) < 2:
            return None
        owner, (_, name) = node.args[0], self.constant(node.args[1])
        dotted = self.dotted(owner) if isinstance(owner, ast.Name | ast.Attribute) else None
        return f"{dotted}.{name}" if dotted and isinstance(name, str) else None

    def call(self, node: ast.expr | None) -> ast.Call | None:
        """The call that an expression is, or that the name it is was assigned from."""
        if isinstance(node, ast.Name):
            meaning = self.known.get(node.id)
            return meaning.node if isinstance(meaning, Call) else None
        return node if isinstance(node, ast.Call) else None

    def constant(self, node: ast.expr | None, depth: int = 0) -> tuple[bool, Scalar]:
        """Whether the value of an expression can be read, and the value. Arithmetic on numbers is followed."""
        if node is None or depth > _MAX_DEPTH:
            return False, None
        if isinstance(node, ast.Constant):
            return _scalar(node.value)
        if isinstance(node, ast.Name):
            meaning = self.known.get(node.id)
            return (True, meaning.value) if isinstance(meaning, Constant) else (False, None)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd | ast.Not):
            known, value = self.constant(node.operand, depth + 1)
            if not known:
                return False, None
            if isinstance(node.op, ast.Not):
                return True, not value
            if isinstance(value, int | float):
                return True, -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            return _arithmetic(node.op, self.constant(node.left, depth + 1)[1], self.constant(node.right, depth + 1)[1])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and node.args:
            sized = self.meaning(node.args[0])
            return (True, sized.count) if isinstance(sized, Sized) and sized.count else (False, None)
        if isinstance(node, ast.Attribute) and node.attr == "num_classes":
            return self._classes_of(node.value)
        return False, None

    def _classes_of(self, feature: ast.expr) -> tuple[bool, Scalar]:
        """`num_classes` of `info.features["label"]`, where the data set is a well-known one."""
        features = feature.value if isinstance(feature, ast.Subscript) else None
        info = features.value if isinstance(features, ast.Attribute) and features.attr == "features" else None
        loaded = self.call(info) if isinstance(info, ast.Name) else None
        if loaded is None or not (self.dotted(loaded.func) or "").endswith(".load"):
            return False, None
        named = next((keyword.value for keyword in loaded.keywords if keyword.arg == "name"), None)
        count = classes_of_set(str(self.constant(loaded.args[0] if loaded.args else named)[1]))
        return count is not None, count


def _sized(node: ast.List | ast.Tuple | ast.Set | ast.Dict) -> Sized | None:
    """How much is in it; None where that depends on something else (`[*others]`, `{**others}`)."""
    items = node.keys if isinstance(node, ast.Dict) else node.elts
    return None if any(item is None or isinstance(item, ast.Starred) for item in items) else Sized(len(items))


def dotted_root(node: ast.expr) -> str:
    """The first name of `a.b.c`; empty for other expressions."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _scalar(value: object) -> tuple[bool, Scalar]:
    if value is None or isinstance(value, bool | float):
        return True, value
    if isinstance(value, int):
        return True, value if abs(value) < MAX_INTEGER else "a very large number"
    if isinstance(value, str):
        return True, value[:MAX_TEXT].encode("utf-8", "replace").decode()
    return False, None


def _arithmetic(operation: ast.operator, left: Scalar, right: Scalar) -> tuple[bool, Scalar]:
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return False, None
    if max(abs(left), abs(right)) > _MAX_NUMBER:
        return False, None
    if isinstance(operation, ast.Add):
        return _scalar(left + right)
    if isinstance(operation, ast.Sub):
        return _scalar(left - right)
    if isinstance(operation, ast.Mult):
        return _scalar(left * right)
    if isinstance(operation, ast.Div) and right:
        return _scalar(left / right)
    if isinstance(operation, ast.FloorDiv) and right:
        return _scalar(left // right)
    # The powers written in notebooks are learning rates such as 10 ** -4; others could fill the memory.
    if isinstance(operation, ast.Pow) and 0 < left <= 1000 and abs(right) <= 12:
        return _scalar(left**right)
    return False, None
