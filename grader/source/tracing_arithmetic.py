"""Arithmetic on images as a straight line: `image / 255`, `image * scale - 1`."""

from __future__ import annotations

import ast

from grader.evidence.model import Scalar
from grader.source.names import Names


def line_of(operation: ast.operator, other: ast.expr, names: Names, *, image_first: bool) -> dict[str, Scalar]:
    """`scale` and `offset` of one operation with a number; empty where it is no straight line that can be read.

    Args:
        other: the operand that is not the image.
        image_first: whether the image stands on the left.
    """
    known, value = names.constant(other)
    if not known or isinstance(value, bool) or not isinstance(value, int | float):
        return {}
    if isinstance(operation, ast.Mult):
        return {"scale": float(value), "offset": 0.0}
    if isinstance(operation, ast.Add):
        return {"scale": 1.0, "offset": float(value)}
    if isinstance(operation, ast.Sub):
        return {"scale": 1.0, "offset": -float(value)} if image_first else {"scale": -1.0, "offset": float(value)}
    if isinstance(operation, ast.Div) and image_first and value:
        return {"scale": 1 / value, "offset": 0.0}
    return {}
