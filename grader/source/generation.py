"""Which Keras a notebook was written for: what only Keras 2 has, and what only Keras 3 has, as the source spells it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from grader.evidence.model import Cell
from grader.source.names import Names
from grader.source.parse import parse_cell

MAX_CODE = 1_000_000

_MAGIC = re.compile(r"^\s*%tensorflow_version\b", re.MULTILINE)
_INSTALL = re.compile(r"^\s*[!%]\s*pip3?\s+install\b.*\b(?:tensorflow|keras)(?:[-_]gpu)?==(\d+)\.(\d+)", re.MULTILINE)
_OLD_MODULES = (
    "keras.utils.np_utils", "keras.layers.core", "keras.layers.convolutional",
    "keras.layers.normalization", "keras.layers.pooling", "keras.layers.merge", "keras.layers.advanced_activations",
    "keras.engine", "keras.layers.experimental", "keras.wrappers", "tensorflow_hub",
)  # fmt: skip
"""Modules that Keras 3 no longer has, under `keras` or `tensorflow.keras`; TF-Hub's layers are of Keras 2."""

_OLD_BY_THEMSELVES = ("keras.preprocessing.image.ImageDataGenerator",)
"""What Keras 3 has under `tensorflow.keras` only."""

_OLD_METHODS = frozenset({"fit_generator", "evaluate_generator", "predict_generator", "predict_classes"})
_OPTIMIZERS = frozenset({"Adam", "RMSprop", "SGD", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl"})
_NEW_MODULES = ("keras.ops", "keras.random", "keras.tree", "keras.saving.KerasFileEditor")


def needs_keras_2(cells: Iterable[Cell]) -> str | None:
    """What in the source runs in Keras 2 only, in words; None where nothing does, or something needs Keras 3."""
    names = Names()
    found: str | None = None
    left = MAX_CODE
    for cell in cells:
        left -= len(cell.source)
        if cell.kind != "code" or left < 0:
            continue
        found = found or _in_text(cell.source)
        try:
            for statement in parse_cell(cell.source):
                for node in ast.walk(statement):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        names.learn_import(node)
                    spelled = _modules(node, names)
                    if any(module in text for text in spelled for module in _NEW_MODULES):
                        return None
                    found = found or _old_module(spelled) or _old_call(node, names)
        except (RecursionError, MemoryError):
            continue
    return found


def _in_text(source: str) -> str | None:
    if _MAGIC.search(source):
        return "%tensorflow_version"
    installed = _INSTALL.search(source)
    if installed is not None and (int(installed[1]), int(installed[2])) < (2, 16):
        return f"version {installed[1]}.{installed[2]} is installed"
    return None


def _modules(node: ast.AST, names: Names) -> list[str]:
    """Dotted names that a node imports or uses."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module or ''}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Attribute):
        return [names.dotted(node) or ""]
    return []


def _old_module(spelled: Iterable[str]) -> str | None:
    for dotted in spelled:
        if dotted in _OLD_BY_THEMSELVES:
            return dotted
        for module in _OLD_MODULES:
            if f".{module}." in f".{dotted}." or f".{module}_" in f".{dotted}":
                return module
    return None


def _old_call(node: ast.AST, names: Names) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr in _OLD_METHODS:
        return node.func.attr
    if isinstance(node.func, ast.Attribute) and node.func.attr == "compile":
        # Keras 3 takes a list, a tuple or a dict.
        given = next((k.value for k in node.keywords if k.arg == "metrics"), None)
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            return f"metrics={given.value[:40]!r}"
        return None
    name = (names.dotted(node.func) or "").rsplit(".", 1)[-1]
    if name in _OPTIMIZERS:
        return next((f"{name}({k.arg}=…)" for k in node.keywords if k.arg in ("lr", "decay")), None)
    return None
