"""Read how pixel values are brought into the range the base wants."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.evidence.model import Scalar
from grader.source.layers import Reading, arguments, is_keras
from grader.source.names import Names
from grader.source.vocabulary import PIXEL_DIVISORS, SCALING_FUNCTIONS


def read_preprocessing_call(call: ast.Call, names: Names) -> Iterator[Reading]:
    """`preprocess_input(…)`, also handed to `map`; `Rescaling`, `Normalization`, functions of `tf.image`."""
    dotted = names.dotted(call.func) or ""
    name = dotted.rsplit(".", 1)[-1]
    if name == "preprocess_input":
        yield _preprocess_input(
            dotted, {key: value for key, value in arguments(call, names, ()).items() if key == "mode"}
        )
    elif name in {"Rescaling", "Normalization"} and is_keras(dotted, call.func):
        yield Reading("preprocessing", {"name": name, **arguments(call, names, ("scale", "offset"))})
    elif name in SCALING_FUNCTIONS:
        yield Reading("preprocessing", {"name": f"tf.image.{name}"})
    for argument in (*call.args[:8], *(keyword.value for keyword in call.keywords)):
        if isinstance(argument, ast.Name | ast.Attribute):
            passed = names.dotted(argument) or ""
            if passed.rsplit(".", 1)[-1] == "preprocess_input":
                yield _preprocess_input(passed)


def _preprocess_input(dotted: str, mode: dict[str, Scalar] | None = None) -> Reading:
    """The module tells which backbone's range it makes, unless the call names the mode."""
    parts = dotted.split(".")
    module = parts[-2] if len(parts) > 1 and parts[-2] not in {"applications", "tensorflow", "keras"} else None
    return Reading("preprocessing", {"name": "preprocess_input", "module": module, **(mode or {})})


def read_scaling(node: ast.expr, names: Names) -> tuple[Reading, ast.expr] | None:
    """Arithmetic on pixels: `x / 255`, `x * (1 / 255)`, `x / 127.5 - 1`. Also gives the innermost node used."""
    if not isinstance(node, ast.BinOp):
        return None
    offset = 0.0
    inner: ast.expr = node
    if isinstance(node.op, ast.Sub | ast.Add) and isinstance(node.left, ast.BinOp):
        value = _number(node.right, names)
        if value is None:
            return None
        offset = -value if isinstance(node.op, ast.Sub) else value
        inner = node.left
    scale = _scale(inner, names)
    if scale is None:
        return None
    settings: dict[str, Scalar] = {"name": "arithmetic", "scale": scale, "offset": offset}
    return Reading("preprocessing", settings), inner


def read_scaling_in_place(statement: ast.AugAssign, names: Names) -> Reading | None:
    """`x /= 255`."""
    scale = scale_of(statement.op, statement.value, names)
    return None if scale is None else Reading("preprocessing", {"name": "arithmetic", "scale": scale, "offset": 0.0})


def _scale(node: ast.expr, names: Names) -> float | None:
    # A division of two known numbers is a constant such as 1 / 255, not a picture.
    if not isinstance(node, ast.BinOp) or names.constant(node)[0]:
        return None
    return scale_of(node.op, node.right, names)


def scale_of(operation: ast.operator, factor: ast.expr, names: Names) -> float | None:
    """The factor on pixel values that `operation` with `factor` means; None when it is about something else."""
    value = _number(factor, names)
    if not value:
        return None
    divisor = value if isinstance(operation, ast.Div) else 1 / value if isinstance(operation, ast.Mult) else 0.0
    if any(abs(divisor - known) < 1e-6 * known for known in PIXEL_DIVISORS):
        return 1 / divisor
    return None


def _number(node: ast.expr, names: Names) -> float | None:
    known, value = names.constant(node)
    return float(value) if known and isinstance(value, int | float) and not isinstance(value, bool) else None
