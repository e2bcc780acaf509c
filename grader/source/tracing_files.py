"""Which file holds what, for `grader.source.tracing`: weights that were fetched, models and arrays that were saved."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from grader.models.published_weights import network_of
from grader.source.names import Names
from grader.source.outline import Base, Checkpoint, Model, Tensor, Value

ARRAY_FILES = {
    "numpy.save": 0, "numpy.load": 0, "joblib.dump": 1, "joblib.load": 0, "pickle.dump": 1, "pickle.load": 0,
}  # fmt: skip
"""Functions that keep arrays in files, and which of their arguments is the file."""


class Files:
    """Files by the names that the notebook gives them."""

    def __init__(self) -> None:
        self._downloads: dict[str, str] = {}
        self._models: dict[str, Model] = {}
        self._arrays: dict[str, Tensor] = {}

    def fetched(self, address: ast.expr, file: ast.expr, names: Names) -> None:
        """Take in `urlretrieve(address, file)`."""
        (_, url), (_, name) = names.constant(address), names.constant(file)
        if isinstance(url, str) and isinstance(name, str):
            self._downloads[name] = _last(url)

    def weights(self, written: ast.expr, names: Names) -> str:
        """The name of a weights file as it was published; `a file` where it cannot be read."""
        known, path = names.constant(written)
        if known and isinstance(path, str):
            return _last(self._downloads.get(path, path))
        made = names.call(written)
        function = (names.dotted(made.func) or "").rsplit(".", 1)[-1] if made is not None else ""
        if made is not None and function in ("get_file", "join"):
            parts = [names.constant(argument)[1] for argument in (*made.args, *(k.value for k in made.keywords))]
            named = [_last(part) for part in parts if isinstance(part, str)]
            return next((name for name in reversed(named) if name.endswith((".h5", ".hdf5", ".keras"))), "a file")
        return "a file"

    def array(self, node: ast.Call, dotted: str, names: Names, inside: Sequence[Value]) -> Tensor | None:
        """An array that is kept in a file, or taken out of one: `np.save(file, array)`, `joblib.load(file)`."""
        place = ARRAY_FILES[dotted]
        written = node.args[place] if len(node.args) > place else None
        if isinstance(written, ast.Call) and names.dotted(written.func) == "open" and written.args:
            written = written.args[0]
        known, path = names.constant(written)
        if not known or not isinstance(path, str):
            return None
        file = _plain(path).removesuffix(".npy")
        given = inside[1 - place] if len(inside) == 2 else None
        if not dotted.endswith(".load") and isinstance(given, Tensor) and given.data:
            self._arrays[file] = given
        return self._arrays.get(file) if dotted.endswith(".load") else None

    def saved(self, model: Model, file: ast.expr, names: Names) -> None:
        """Take in `model.save(file)`."""
        known, path = names.constant(file)
        if known and isinstance(path, str):
            self.kept(model, path)

    def kept(self, model: Model, file: str) -> None:
        """Take in that a file holds the model, as after `model.fit(…, callbacks=[ModelCheckpoint(file)])`."""
        self._models[_plain(file)] = model

    def loaded(self, file: ast.expr, names: Names) -> Model | None:
        """What `load_model(file)` gives: the model that the notebook saved there, in the state it has since."""
        known, path = names.constant(file)
        return self._models.get(_plain(path)) if known and isinstance(path, str) else None


def checkpoint(node: ast.Call, names: Names) -> Checkpoint | None:
    """What `ModelCheckpoint(file, …)` is; None where the file's name cannot be read."""
    written = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "filepath"), None)
    known, path = names.constant(written)
    return Checkpoint(path) if known and isinstance(path, str) else None


def published(model: Model, file: str) -> Base | None:
    """The pre-trained network that a model of the notebook's own layers becomes by weights that were published."""
    network = network_of(file)
    if network is None or model.base_step() is not None:
        return None
    top = "notop" not in file and "no_top" not in file
    return Base(network, {"include_top": top, "weights": file, "pooling": None}, model.place)


def _last(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _plain(path: str) -> str:
    return path.removeprefix("./").removeprefix("/content/").rstrip("/")
