"""What a reference solution is made of, in its own words: the pieces from which variants are built."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import libcst as cst

from grader.mutation.fit_helper import Helper, helper_of
from grader.mutation.notebook import SourceNotebook
from grader.source.vocabulary import BACKBONES, DROPOUTS, POOLINGS

_PLAIN = cst.Module(body=[])


def code_of(node: cst.CSTNode) -> str:
    """A node as source, without the comments and blank lines before it."""
    return _PLAIN.code_for_node(node).strip()


def called(node: cst.BaseExpression | cst.CSTNode) -> str:
    """The last part of what a call calls: `Dropout` for `layers.Dropout(0.2)`; empty for anything else."""
    if not isinstance(node, cst.Call):
        return ""
    if isinstance(node.func, cst.Attribute):
        return node.func.attr.value
    return node.func.value if isinstance(node.func, cst.Name) else ""


def keyword(call: cst.Call, name: str) -> cst.Arg | None:
    """The argument of that name, if it is given by name."""
    return next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)


@functools.lru_cache(maxsize=10_000)
def calls_in(node: cst.CSTNode) -> tuple[cst.Call, ...]:
    """All calls in a tree, outer before inner, in the order of the text."""
    return tuple(each for each in _walk(node) if isinstance(each, cst.Call))


def assignments_in(module: cst.Module) -> Iterator[tuple[str, cst.BaseExpression]]:
    """Plain assignments to one name, anywhere in a cell."""
    for node in _walk(module):
        if isinstance(node, cst.Assign) and len(node.targets) == 1 and isinstance(node.targets[0].target, cst.Name):
            yield node.targets[0].target.value, node.value


ROLES: Mapping[str, frozenset[str]] = {
    "base": BACKBONES,
    "flip": frozenset({"RandomFlip"}),
    "rotation": frozenset({"RandomRotation"}),
    "pooling": POOLINGS,
    "dropout": DROPOUTS,
    "dense": frozenset({"Dense"}),
    "preprocess": frozenset({"preprocess_input"}),
    "rescaling": frozenset({"Rescaling"}),
    "input": frozenset({"Input", "InputLayer"}),
    "compile": frozenset({"compile"}),
    "fit": frozenset({"fit"}),
    "evaluate": frozenset({"evaluate"}),
    "predict": frozenset({"predict"}),
    "load": frozenset({"image_dataset_from_directory"}),
}
"""Calls by what they are for. The last `dense` is the output."""


@dataclass(frozen=True)
class Parts:
    """Pieces of source by name, such as `model` (a variable), `flip` (a call), `epochs` (an expression).

    A piece that this reference does not have is missing from `pieces`.
    """

    pieces: Mapping[str, str]
    in_function: bool
    """The model is built inside a function or class."""
    helpers: Mapping[str, Helper] = field(default_factory=dict)
    """`fit`, `compile` → the function that calls it, where one does and the notebook calls that."""

    @property
    def trains_in_one(self) -> bool:
        """One function calls both `compile` and `fit`."""
        names = {helper.name for helper in self.helpers.values()}
        return len(self.helpers) == 2 and len(names) == 1


@functools.lru_cache(maxsize=64)
def read_parts(notebook: SourceNotebook) -> Parts:
    """Read the pieces of a reference solution. What cannot be told is left out."""
    modules = [module for _, module in notebook.code()]
    calls = [call for module in modules for call in calls_in(module)]
    assigned = [pair for module in modules for pair in assignments_in(module)]
    pieces: dict[str, str] = {}
    first = {role: next((c for c in calls if called(c) in names), None) for role, names in ROLES.items()}
    pieces |= {role: code_of(call) for role, call in first.items() if call is not None}
    for name, value in assigned:
        if first["base"] is not None and value is first["base"]:
            pieces["base_name"] = name
        inside = {called(call) for call in calls_in(value)}
        if inside & (ROLES["flip"] | ROLES["rotation"]) and not inside & BACKBONES and called(value) == "Sequential":
            pieces.setdefault("augmentation_name", name)
        if first["input"] is not None and value is first["input"]:
            pieces["inputs_name"] = name
    _of_base(pieces, first["base"])
    pieces.pop("preprocess", None)
    _of_preprocessing(pieces, modules, calls)
    output = next((call for call in reversed(calls) if called(call) == "Dense"), None)
    if output is not None:
        pieces["output"] = code_of(output)
        width = keyword(output, "units") or next((arg for arg in output.args if arg.keyword is None), None)
        pieces |= {} if width is None else {"units": code_of(width.value)}
    _of_folders(pieces, calls)
    helpers = _helpers(first, modules, calls)
    seen = {role: helpers[role].outside() if role in helpers else first[role] for role in ("fit", "compile")}
    _of_fit(pieces, seen["fit"])
    _of_compile(pieces, seen["compile"])
    pieces |= _imports(modules)
    if "keras" in pieces:
        pieces["layers"] = f"{pieces['keras']}.layers"
    _shape(pieces, first["base"], first["input"])
    return Parts(pieces, _built_in_function(modules), helpers)


def _of_base(pieces: dict[str, str], call: cst.Call | None) -> None:
    if call is None:
        return
    pieces["backbone"] = called(call)
    for name in ("weights", "alpha"):
        given = keyword(call, name)
        if given is not None:
            pieces[f"base_{name}"] = code_of(given.value)
    if isinstance(call.func, cst.Attribute):
        pieces["applications"] = code_of(call.func.value)


def _of_preprocessing(pieces: dict[str, str], modules: list[cst.Module], calls: list[cst.Call]) -> None:
    """`preprocess`: what is called on a tensor inside the model, a function or a layer. Scaling that is done in the
    data pipeline is no piece of the model."""
    in_pipeline = [
        call
        for module in modules
        for node in _walk(module)
        if isinstance(node, cst.Lambda | cst.FunctionDef)
        for call in calls_in(node)
    ]
    for call in calls:
        if call in in_pipeline:
            continue
        if called(call) == "preprocess_input":
            pieces["preprocess"] = code_of(call.func)
            return
        if called(call) == "Rescaling":
            pieces["preprocess"] = code_of(call)
            return


def _of_folders(pieces: dict[str, str], calls: list[cst.Call]) -> None:
    """Where the pictures lie: the first arguments of the first two calls that load a folder."""
    loading = [call for call in calls if called(call) in ROLES["load"] and call.args]
    for piece, call in zip(("directory", "validation_directory"), loading, strict=False):
        pieces[piece] = code_of(call.args[0].value)


def _helpers(
    first: Mapping[str, cst.Call | None], modules: list[cst.Module], calls: list[cst.Call]
) -> dict[str, Helper]:
    functions = [node for module in modules for node in _walk(module) if isinstance(node, cst.FunctionDef)]
    helpers: dict[str, Helper] = {}
    for role in ("fit", "compile"):
        inner = first[role]
        function = helper_of(inner, functions, calls_in) if inner is not None else None
        use = next((each for each in calls if function is not None and called(each) == function.name.value), None)
        if inner is not None and function is not None and use is not None:
            helpers[role] = Helper(function, use, inner)
    return helpers


def _of_fit(pieces: dict[str, str], call: cst.Call | None) -> None:
    """What is trained on what."""
    if call is None or not isinstance(call.func, cst.Attribute):
        return
    pieces["model"] = code_of(call.func.value)
    if call.args and call.args[0].keyword is None and not call.args[0].star:
        pieces["train"] = code_of(call.args[0].value)
    for name, key in (("validation_data", "validation"), ("epochs", "epochs"), ("x", "train")):
        argument = keyword(call, name)
        if argument is not None:
            pieces[key] = code_of(argument.value)


def _of_compile(pieces: dict[str, str], call: cst.Call | None) -> None:
    for name in ("optimizer", "loss", "metrics"):
        given = keyword(call, name) if call is not None else None
        if given is not None:
            pieces[name] = code_of(given.value)


def _shape(pieces: dict[str, str], base: cst.Call | None, inputs: cst.Call | None) -> None:
    for call, name in ((base, "input_shape"), (inputs, "shape")):
        given = keyword(call, name) if call is not None else None
        if given is not None:
            pieces.setdefault("shape", code_of(given.value))


def _imports(modules: list[cst.Module]) -> dict[str, str]:
    """How Keras, TensorFlow and NumPy are called in this notebook."""
    names: dict[str, str] = {}
    for full, bound in (pair for module in modules for node in _walk(module) for pair in _imported(node)):
        key = {"keras": "keras", "tensorflow": "tf", "numpy": "np", "tensorflow.keras": "keras"}.get(full)
        if key is not None:
            names.setdefault(key, bound)
    if "keras" not in names and "tf" in names:
        names["keras"] = f"{names['tf']}.keras"
    return names


def _imported(node: cst.CSTNode) -> Iterator[tuple[str, str]]:
    """What an import statement brings in: dotted name and the name it gets."""
    prefix = ""
    if isinstance(node, cst.ImportFrom) and node.module is not None:
        prefix = f"{code_of(node.module)}."
    elif not isinstance(node, cst.Import):
        return
    if isinstance(node.names, cst.ImportStar):
        return
    for alias in node.names:
        name = code_of(alias.name)
        if alias.asname is not None:
            yield prefix + name, code_of(alias.asname.name)
        elif "." not in name:
            yield prefix + name, name


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all below it, in the order of the text; not white space, which is most of a tree."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += [child for child in reversed(each.children) if not isinstance(child, _WHITE)]


_WHITE = (cst.BaseParenthesizableWhitespace, cst.TrailingWhitespace, cst.Comma, cst.EmptyLine, cst.Newline)


def _built_in_function(modules: list[cst.Module]) -> bool:
    for module in modules:
        for node in _walk(module):
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                inside = {called(call) for call in calls_in(node)}
                if "Dense" in inside and inside & {"Model", "Sequential"}:
                    return True
    return False
