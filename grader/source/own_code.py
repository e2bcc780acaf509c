"""Code of the notebook's own that may have a part in how weights come about.

None of it is wrong: an own loss or an own callback is good work. It only means that the recorded `fit` does not tell
the whole story, so that weights which cannot be explained by a training of ours are for a person to look at.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.source.layers import Reading
from grader.source.names import LOCAL, Names
from grader.source.vocabulary import KERAS_ROOTS

DATA_CLASSES = frozenset({"Sequence", "PyDataset"})
"""Classes for handing over data, which our training of the head reads for itself."""

TAKES_FUNCTION = frozenset({"LambdaCallback", "LearningRateScheduler", "Lambda"})
"""Keras' own classes that call a function of the notebook's."""

WRITES_WEIGHTS = frozenset({"set_weights", "assign", "assign_add", "assign_sub", "load_weights", "load_model"})

PARTS_OF_TRAINING = frozenset(
    {"loss", "optimizer", "metrics", "weighted_metrics", "callbacks", "kernel_initializer", "bias_initializer",
     "kernel_regularizer", "kernel_constraint"}
)  # fmt: skip

REPLACED = frozenset({"__class__", "train_step", "test_step", "compute_loss", "train_function", "fit", "evaluate",
                      "get_weights", "get_config", "call", "__call__", "apply_gradients", "weights"})  # fmt: skip
"""Attributes whose replacement changes how a model trains or describes itself."""

REACHES_AROUND = frozenset(
    {"__import__", "ctypes", "cffi", "settrace", "setprofile", "_getframe", "currentframe",
     "get_objects", "get_referrers", "f_locals", "f_globals", "__globals__", "__closure__", "__subclasses__",
     "meta_path", "path_hooks", "run_line_magic", "run_cell"}
)  # fmt: skip
"""Names by which a program reaches what is not handed to it, or runs code that does not stand in a cell."""

OUR_PLACES = ("/proc/", "outbox")
"""Where a program finds its own process and what records it."""


def read_own_code(statement: ast.stmt, names: Names, expressions: Iterator[ast.AST]) -> Iterator[Reading]:
    """What one statement says of it, without the blocks inside; `settings["what"]` names it in words.

    Args:
        statement: of the notebook's code.
        names: what names mean at this place.
        expressions: all nodes of the statement itself.
    """
    seen: set[str] = set()
    for what in _found(statement, names, expressions):
        if what not in seen:
            seen.add(what)
            yield Reading("own_code", {"what": what})


def _found(statement: ast.stmt, names: Names, expressions: Iterator[ast.AST]) -> Iterator[str]:
    if isinstance(statement, ast.ClassDef):
        based = [names.dotted(base) or "" for base in statement.bases]
        if any(_is_kerass(base) and base.rsplit(".", 1)[-1] not in DATA_CLASSES for base in based):
            yield f"a class of its own (`{statement.name[:60]}`)"
    if isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            if alias.name.split(".")[0] in REACHES_AROUND:
                yield f"`{alias.name[:60]}`"
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets[:20]:
            if (
                isinstance(target, ast.Attribute)
                and target.attr != "trainable"
                and (target.attr in REPLACED or _is_kerass(names.dotted(target) or ""))
            ):
                yield f"something put in the place of `{target.attr[:60]}`"
    for node in expressions:
        match node:
            case ast.Call():
                yield from _call(node, names)
            case ast.keyword(arg=str() as name, value=value) if name in PARTS_OF_TRAINING and _is_own(value, names):
                yield f"a function or class of its own as `{name}`"
            case ast.Constant(value=str() as text) if any(place in text for place in OUR_PLACES):
                yield "a path outside of the notebook's folder"
            case ast.Name(id="exec" | "eval" as word):  # `model.eval()` is PyTorch's
                yield f"`{word}`"
            case ast.Name(id=word) | ast.Attribute(attr=word) if word in REACHES_AROUND:
                yield f"`{word}`"


def _call(call: ast.Call, names: Names) -> Iterator[str]:
    dotted = names.dotted(call.func) or ""
    last = call.func.attr if isinstance(call.func, ast.Attribute) else dotted.rsplit(".", 1)[-1]
    if last in TAKES_FUNCTION:
        yield f"a function given to `{last}`"
    if last == "compile" and any(_is_own(value, names) for value in call.args[:3]):
        yield "a function or class of its own given to `compile`"
    if last in WRITES_WEIGHTS and isinstance(call.func, ast.Attribute | ast.Name) and not _about_rate(call.func):
        yield f"`{last}`"
    if last == "setattr" and len(call.args) == 3 and names.constant(call.args[1])[1] != "trainable":
        yield "`setattr`"


def _is_own(value: ast.expr, names: Names) -> bool:
    """A lambda, something defined in the notebook, or a list or dictionary with one of these."""
    parts: list[ast.expr | None] = [value]
    if isinstance(value, ast.List | ast.Tuple):
        parts = list(value.elts[:50])
    elif isinstance(value, ast.Dict):
        parts = list(value.values[:50])
    return any(_is_one_of_its_own(part, names) for part in parts if part is not None)


def _is_one_of_its_own(part: ast.expr, names: Names) -> bool:
    made = names.call(part)
    return any(
        isinstance(each, ast.Lambda) or (isinstance(each, ast.Name) and names.known.get(each.id) == LOCAL)
        for each in (part, None if made is None else made.func)
    )


def _about_rate(function: ast.Attribute | ast.Name) -> bool:
    """`optimizer.learning_rate.assign(…)` writes no weight."""
    return isinstance(function, ast.Attribute) and any(
        isinstance(node, ast.Attribute) and node.attr in {"learning_rate", "lr"} for node in ast.walk(function.value)
    )


def _is_kerass(dotted: str) -> bool:
    return "." in dotted and dotted.split(".", 1)[0] in KERAS_ROOTS
