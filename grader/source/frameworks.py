"""Whether a notebook is about Keras at all."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from grader.evidence.model import Cell
from grader.source.names import Names
from grader.source.parse import parse_cell

FOREIGN = {
    "torch": "PyTorch", "torchvision": "PyTorch", "fastai": "fastai (PyTorch)", "timm": "PyTorch",
    "pytorch_lightning": "PyTorch", "jax": "JAX", "mxnet": "MXNet", "ultralytics": "PyTorch",
}  # fmt: skip
KERAS = ("tensorflow", "keras", "tf_keras")
MODELS_OF_TORCH = ("torchvision.models.", "torchvision.models", "timm.create_model")
MAX_CODE = 1_000_000


def foreign_framework(cells: Iterable[Cell]) -> str | None:
    """What a notebook is written in instead of Keras, in words with the model it names; None for Keras or neither."""
    names = Names()
    found: str | None = None
    model: str | None = None
    left = MAX_CODE
    for cell in cells:
        left -= len(cell.source)
        if cell.kind != "code" or left < 0:
            continue
        try:
            for statement in parse_cell(cell.source):
                for node in ast.walk(statement):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        names.learn_import(node)
                        roots = _roots(node)
                        if any(root in KERAS for root in roots):
                            return None
                        found = found or next((FOREIGN[root] for root in roots if root in FOREIGN), None)
                    elif isinstance(node, ast.Call):
                        dotted = names.dotted(node.func) or ""
                        if dotted.startswith(MODELS_OF_TORCH):
                            model = model or dotted.rsplit(".", 1)[-1][:60]
        except (RecursionError, MemoryError):
            continue
    if found is None:
        return None
    return f"{found}, with the model {model}" if model else found


def _roots(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0]]
    return [alias.name.split(".")[0] for alias in node.names]
