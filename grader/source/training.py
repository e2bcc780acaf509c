"""Read what is said about training: freezing, compile, fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.evidence.model import Scalar
from grader.source.layers import Reading, arguments, readable
from grader.source.names import MAX_TEXT, Names, dotted_root

_LEARNING_RATE = ("learning_rate", "lr")
_NOT_MODELS = ("sklearn.", "scipy.", "re.", "numpy.")


def read_trainable(statement: ast.stmt, names: Names) -> Iterator[Reading]:
    """`x.trainable = …` and `setattr(x, "trainable", …)`.

    `settings["target"]` is what is frozen as written. A value that depends on the layer counts as freezing, with
    `settings["partial"]` True.
    """
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets[:20]:
            if isinstance(target, ast.Attribute) and target.attr == "trainable" and statement.value is not None:
                yield _trainable(target.value, statement.value, names)


def read_training_call(call: ast.Call, names: Names) -> Iterator[Reading]:
    """`compile` and `fit` of a model, and `setattr(…, "trainable", …)`."""
    if isinstance(call.func, ast.Name) and call.func.id == "setattr" and len(call.args) == 3:
        if names.constant(call.args[1])[1] == "trainable":
            yield _trainable(call.args[0], call.args[2], names)
        return
    if not isinstance(call.func, ast.Attribute):
        return
    method = call.func.attr
    if method == "compile" and (call.args or call.keywords) and _may_be_model(call.func, names):
        yield Reading("compile", compile_settings(call, names))
    elif method in {"fit", "fit_generator"} and (call.args or call.keywords) and _may_be_model(call.func, names):
        yield Reading("fit", _fit_settings(call, names))


def _trainable(target: ast.expr, value: ast.expr, names: Names) -> Reading:
    settings: dict[str, Scalar] = {"target": written(target)}
    known, constant = names.constant(value)
    if not known:
        return Reading("freeze", {**settings, "partial": True})
    return Reading("unfreeze" if constant else "freeze", settings)


def written(node: ast.expr) -> str:
    """An expression as text, at most `MAX_TEXT` characters."""
    try:
        return ast.unparse(node)[:MAX_TEXT].encode("utf-8", "replace").decode()
    except (RecursionError, ValueError, MemoryError):
        return "…"


def _may_be_model(function: ast.Attribute, names: Names) -> bool:
    dotted = names.dotted(function) or ""
    if dotted.startswith(_NOT_MODELS):
        return False
    made = names.call(function.value)
    origin = (names.dotted(made.func) or "") if made is not None else ""
    return not origin.startswith(_NOT_MODELS) and not origin.endswith(("ImageDataGenerator", "Tokenizer", "Scaler"))


def compile_settings(call: ast.Call, names: Names) -> dict[str, Scalar]:
    """What a call of `compile` says: loss, `from_logits`, optimizer, learning rate."""
    settings: dict[str, Scalar] = {"model": written(call.func.value) if isinstance(call.func, ast.Attribute) else ""}
    given = dict(zip(("optimizer", "loss"), call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    if "loss" in given:
        settings |= _loss(given["loss"], names)
    if "optimizer" in given:
        settings |= _optimizer(given["optimizer"], names)
    return settings


def _loss(value: ast.expr, names: Names) -> dict[str, Scalar]:
    known, name = readable(value, names)
    if not known or not isinstance(name, str):
        return {}
    settings: dict[str, Scalar] = {"loss": name}
    if "crossentropy" in name.casefold():
        made = names.call(value)
        given = arguments(made, names, ("from_logits",)) if made is not None else {}
        wanted = next((k.value for k in made.keywords if k.arg == "from_logits"), None) if made is not None else None
        if wanted is None or "from_logits" in given:
            settings["from_logits"] = given.get("from_logits", False)
    return settings


def _optimizer(value: ast.expr, names: Names) -> dict[str, Scalar]:
    known, name = readable(value, names)
    settings: dict[str, Scalar] = {"optimizer": name} if known and isinstance(name, str) else {}
    made = names.call(value)
    if made is not None:
        given = arguments(made, names, ("learning_rate",))
        rate = next((given[key] for key in _LEARNING_RATE if key in given), None)
        if rate is not None:
            settings["learning_rate"] = rate
    return settings


def _fit_settings(call: ast.Call, names: Names) -> dict[str, Scalar]:
    settings: dict[str, Scalar] = {"model": written(call.func.value) if isinstance(call.func, ast.Attribute) else ""}
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    if not any(keyword.arg is None for keyword in call.keywords):
        settings["epochs"] = 1
        settings["validation_data"] = None
    for name in ("epochs", "initial_epoch", "validation_split", "steps_per_epoch"):
        if name in given:
            known, value = names.constant(given[name])
            settings.pop(name, None)
            if known:
                settings[name] = value
    if "validation_data" in given:
        settings["validation_data"] = written(given["validation_data"])
    return settings


def loop_variables(loop: ast.For) -> set[str]:
    """The names a `for` loop binds."""
    parts = loop.target.elts if isinstance(loop.target, ast.Tuple | ast.List) else [loop.target]
    return {part.id for part in parts if isinstance(part, ast.Name)}


def trainable_targets(statement: ast.stmt) -> set[str]:
    """First names of what a statement sets `trainable` on."""
    found: set[str] = set()
    if isinstance(statement, ast.Assign):
        attributes = [target for target in statement.targets if isinstance(target, ast.Attribute)]
        found = {dotted_root(target.value) for target in attributes if target.attr == "trainable"}
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if isinstance(call.func, ast.Name) and call.func.id == "setattr" and call.args:
            found = {dotted_root(call.args[0])}
    return found
