"""Notebooks that would notice that TensorFlow has been imported before them: they get a fresh interpreter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from grader.execution.forked_kernel import NoFork

READ_AT_IMPORT = (
    "KERAS_BACKEND", "KERAS_HOME", "TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS",
    "TF_DETERMINISTIC_OPS", "TF_GPU_ALLOCATOR", "MPLBACKEND", "MPLCONFIGDIR", "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
)  # fmt: skip
"""Variables that libraries of the lab look at once. A notebook that sets one before its imports means it."""
_MENTIONED = re.compile(rf"\b({'|'.join(READ_AT_IMPORT)})\b")

PER_KERNEL = frozenset({
    "LAB_SETTINGS", "HOME", "TMPDIR", "KERAS_HOME", "MPLCONFIGDIR", "IPYTHONDIR", "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "MPLBACKEND",
})  # fmt: skip
"""Variables that a fork can still change: nobody has looked at them, or a fork makes good for it (`warm`)."""

READ_BESIDE = frozenset({"matplotlibrc"})
"""Files that imports look for in the working folder."""


def needs_fresh_start(sources: Iterable[str], files: Iterable[Path], modules: frozenset[str]) -> str | None:
    """Why this notebook cannot be run in an interpreter that has imported `modules`; None if it can.

    Args:
        sources: The code of its cells.
        files: What was handed in beside it, relative to its folder.
        modules: Names of imported modules, without what follows a dot.
    """
    for source in sources:
        found = _MENTIONED.search(source)
        if found is not None:
            return f"it names {found[1]}, which is looked at when a library is imported"
    for file in files:
        name = file.parts[0]
        if name.removesuffix(".py") in modules or name in READ_BESIDE:
            return f"its own {name} stands in for a library"
    return None


def require_same_imports(wanted: Mapping[str, str], parent: Mapping[str, str]) -> None:
    """Compare the environment that a kernel should have with the one in which its parent imported.

    Raises:
        NoFork: they differ in something that may change what importing does.
    """
    for name in sorted({*wanted, *parent} - PER_KERNEL):
        if wanted.get(name) != parent.get(name):
            raise NoFork(f"{name} is looked at when a library is imported")
