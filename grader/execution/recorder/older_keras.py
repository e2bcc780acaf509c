"""Keras 2 under the names of its time: `import keras` means `tf_keras`, and moved modules and `lr=` still work.

Only in kernels that were started for it (`TF_USE_LEGACY_KERAS=1`, which makes `tf.keras` mean it as well).
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any

import wrapt

MOVED = {
    "keras.utils.np_utils": "tf_keras.utils",
    "keras.layers.experimental.preprocessing": "tf_keras.layers.experimental.preprocessing",
    "keras.engine.topology": "tf_keras.layers",
    "keras.engine": "tf_keras.models",
} | {
    f"keras.layers.{name}": "tf_keras.layers"
    for name in ("core", "convolutional", "pooling", "normalization", "merge", "advanced_activations", "recurrent",
                 "embeddings", "local", "noise", "wrappers")
}  # fmt: skip
"""Modules of 2019 and where their contents are today."""

PREFIXES = ("tensorflow.keras", "keras")
"""Names under which modules of Keras were imported."""

OPTIMIZERS = ("adadelta", "adagrad", "adam", "adamax", "adamw", "ftrl", "nadam", "rmsprop", "sgd")


def install() -> None:
    """Put the names in place, before any of them is imported."""
    sys.meta_path.insert(0, _Finder())
    wrapt.register_post_import_hook(_with_itself, "tf_keras.utils")
    wrapt.register_post_import_hook(_with_python, "tensorflow")
    for name in OPTIMIZERS:
        wrapt.register_post_import_hook(_take_old_arguments, f"tf_keras.src.optimizers.{name}")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers a name of Keras with the module of `tf_keras` itself, so that both are one object."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: types.ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        real = _real_name(fullname)
        return None if real is None else importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        real = importlib.import_module(_real_name(spec.name) or "")
        # Importing writes its own specification onto the module; `exec_module` gives it back.
        vars(real).setdefault("_lab_specification", real.__spec__)
        return real

    def exec_module(self, module: types.ModuleType) -> None:
        module.__spec__ = vars(module).pop("_lab_specification", module.__spec__)


def _real_name(fullname: str) -> str | None:
    for prefix in PREFIXES:
        if fullname == prefix or fullname.startswith(f"{prefix}."):
            plain = f"keras{fullname[len(prefix) :]}"
            moved = MOVED.get(plain)
            if prefix == "tensorflow.keras":
                # TensorFlow itself leads `tf.keras` to Keras 2; only what has moved since is ours to answer.
                return moved if plain != "keras.layers.experimental.preprocessing" else None
            return moved or f"tf_{plain}"
    return None


def _with_itself(utilities: Any) -> None:
    """`from keras.utils import np_utils`: what was in it is now in `utils`."""
    utilities.np_utils = utilities


class _Python(types.ModuleType):
    """`tf.python`, in which `keras` was what `tf.keras` is."""

    def __getattr__(self, name: str) -> Any:
        return (
            importlib.import_module("tf_keras") if name == "keras" else getattr(sys.modules["tensorflow.python"], name)
        )


def _with_python(tensorflow: Any) -> None:
    """Course material of 2020 compares types with those in `tf.python.keras`; TensorFlow hides `tf.python` today."""
    if not hasattr(tensorflow, "python"):
        tensorflow.python = _Python("tensorflow.python")


def _take_old_arguments(module: Any) -> None:
    """`lr=` is the learning rate, as it was; today's class would drop it and train with its default."""
    for name, optimizer in list(vars(module).items()):
        if isinstance(optimizer, type) and optimizer.__module__ == module.__name__ and "__init__" in vars(optimizer):
            _wrap(name, optimizer)


def _wrap(name: str, optimizer: Any) -> None:
    original = optimizer.__init__

    @functools.wraps(original)
    def with_old_arguments(self: Any, *args: Any, **kwargs: Any) -> None:
        if "lr" in kwargs:
            rate = kwargs.pop("lr")
            if not args:
                kwargs.setdefault("learning_rate", rate)
        if kwargs.pop("decay", None):
            print(f"{name}: `decay` of Keras 2.10 and older is left out.")  # noqa: T201 - into the notebook's own output
        original(self, *args, **kwargs)

    optimizer.__init__ = with_old_arguments
