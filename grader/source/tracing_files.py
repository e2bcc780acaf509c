"""Which file holds what, for `grader.source.tracing`: weights that were fetched, models and arrays that were saved."""

from __future__ import annotations

import ast

from grader.models.published_weights import network_of
from grader.source.names import Names
from grader.source.outline import Base, Model, Tensor, Value


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

    def array(self, name: str, file: ast.expr, names: Names, given: Value) -> Tensor | None:
        """`np.save(file, array)` and `np.load(file)`; `given` is the array that is saved."""
        if isinstance(file, ast.Call) and names.dotted(file.func) == "open" and file.args:
            file = file.args[0]
        known, path = names.constant(file)
        if not known or not isinstance(path, str):
            return None
        if name == "load":
            return self._arrays.get(_plain(path).removesuffix(".npy"))
        if isinstance(given, Tensor) and given.data:
            self._arrays[_plain(path).removesuffix(".npy")] = given
        return None

    def saved(self, model: Model, file: ast.expr, names: Names) -> None:
        """Take in `model.save(file)`."""
        known, path = names.constant(file)
        if known and isinstance(path, str):
            self._models[_plain(path)] = model

    def loaded(self, file: ast.expr, names: Names) -> Model | None:
        """What `load_model(file)` gives: the model that the notebook saved there, in the state it has since."""
        known, path = names.constant(file)
        return self._models.get(_plain(path)) if known and isinstance(path, str) else None


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
