"""Packages that are not installed here, but that notebooks import: made when they are asked for."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Callable, Collection, Sequence


def offer(names: Collection[str], fill: Callable[[types.ModuleType], None]) -> None:
    """Let these modules be imported; `fill` puts into each what it holds. The real package wins."""
    sys.meta_path.append(_Finder(frozenset(names), fill))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last on the path, so that everything installed is found before."""

    def __init__(self, names: frozenset[str], fill: Callable[[types.ModuleType], None]) -> None:
        self._names = names
        self._packages = {name.rpartition(".")[0] for name in names}
        self._fill = fill

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: types.ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=fullname in self._packages)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:  # noqa: ARG002
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        self._fill(module)
