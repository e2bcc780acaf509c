"""Which methods of Keras, of those that take part in a training, were replaced by code of the notebook's own.

A model whose `train_step` is another, or a layer class whose `call` is, trains in another way than its configuration
says, and a clean process that builds it anew would not know. Told by where a function's code comes from: Keras', ours
and the system's lie in folders of their own. How it was replaced (a cell, a string, a module, a pickle) is the same.
"""

from __future__ import annotations

import inspect
import os.path
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from typing import Any

KERAS = ("keras.", "tf_keras.")
MOST = 20
# `compile` puts the loss it was given over a method of this name; a loss of one's own is told where fits are.
SET_BY_COMPILE = {"loss"}
MOST_OBJECTS = 2000


def replaced(parts: list[Any]) -> list[str]:
    """`Class.method` for each method that is not Keras' own, of these objects and of the classes they are made from.

    Classes of the notebook's own are left aside: their configuration says that they are.
    """
    found: dict[str, None] = {}
    seen: set[type] = set()
    for part in parts[:MOST_OBJECTS]:
        for kind in type(part).__mro__:
            if kind not in seen:
                seen.add(kind)
                found.update(dict.fromkeys(_of_class(kind)))
        if _is_kerass(type(part)):
            found.update(dict.fromkeys(_of_object(part)))
    return list(found)[:MOST]


def _of_class(kind: type) -> Iterator[str]:
    if _is_kerass(kind):
        for name, value in list(vars(kind).items()):
            if _is_foreign(value):
                yield f"{kind.__name__}.{name}"[:200]


def _of_object(part: Any) -> Iterator[str]:
    """Methods that were put in the place of those of its class, on this one object."""
    for name, value in list(getattr(part, "__dict__", {}).items()):
        if name not in SET_BY_COMPILE and callable(getattr(type(part), name, None)) and _is_foreign(value):
            yield f"{type(part).__name__}.{name}"[:200]


def _is_kerass(kind: type) -> bool:
    return str(getattr(kind, "__module__", "")).startswith(KERAS)


def _is_foreign(value: Any) -> bool:
    """Whether it is a function, or something around one, whose code lies in none of the known folders."""
    if isinstance(value, property):
        return any(_is_foreign(each) for each in (value.fget, value.fset) if each is not None)
    function = getattr(value, "__func__", value)
    try:
        function = inspect.unwrap(function)
    except ValueError:
        return True
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code is not None and not os.path.abspath(code.co_filename).startswith(_known_folders())  # noqa: PTH100


@cache
def _known_folders() -> tuple[str, ...]:
    """Of installed packages, the standard library and the recorder."""
    paths = sysconfig.get_paths()
    known = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    known.add(os.path.dirname(__file__))  # noqa: PTH120
    known |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    known |= {folder for name in ("keras", "tf_keras", "tensorflow") for folder in _folders_of(name)}
    return tuple(os.path.abspath(path) + os.sep for path in known)  # noqa: PTH100


def _folders_of(name: str) -> list[str]:
    return [str(path) for path in getattr(sys.modules.get(name), "__path__", ())]
