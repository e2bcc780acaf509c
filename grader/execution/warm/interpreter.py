"""The interpreter of a warm parent, and how a fork of it becomes one that nobody used before."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

MODULES = (
    "numpy", "matplotlib.pyplot", "PIL.Image", "h5py", "keras", "tensorflow", "threadpoolctl", "ipykernel.kernelapp",
    "ipykernel.zmqshell", "ipykernel.debugger", "IPython.core.completer", "IPython.core.completerlib",
    "IPython.extensions.storemagic", "sqlite3", "tornado.locks", "tornado.queues", "tornado.platform.asyncio",
)  # fmt: skip


class NotForkable(Exception):  # noqa: N818 - a state of the interpreter, in words
    """Something was imported that a fork would break."""


def preload() -> None:
    """Import what notebooks of such labs import.

    Raises:
        NotForkable: an import started a thread or ran an operation.
    """
    for name in MODULES:
        importlib.import_module(name)
    _clean()
    gc.collect()
    # Collections would otherwise write to every page that forks share.
    gc.freeze()


def _clean() -> None:
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise NotForkable(f"importing started {threads - 1} threads")
    context = sys.modules["tensorflow.python.eager.context"]
    if vars(context).get("_context") is not None:
        raise NotForkable("importing made TensorFlow ready to run operations")


def renew(environment: dict[str, str], arguments: list[str], threads: int) -> None:
    """Forget what belonged to the parent: environment, random numbers, folders that were looked up, arguments."""
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = arguments
    tempfile.tempdir = None
    vars(tempfile)["_name_sequence"] = None
    # Python's own generator is seeded anew by every fork, TensorFlow's are made when they are first used.
    sys.modules["numpy"].random.seed()
    _renew_keras(environment)
    _renew_matplotlib()
    sys.modules["threadpoolctl"].threadpool_limits(limits=threads)
    for name in [name for name in sys.modules if name.split(".")[0] == "_lab_warm"]:
        del sys.modules[name]


def _renew_keras(environment: dict[str, str]) -> None:
    configuration: Any = sys.modules["keras.src.backend.config"]
    if Path(configuration.keras_home()) != Path(os.environ["KERAS_HOME"]):
        vars(configuration)["_KERAS_DIR"] = environment["KERAS_HOME"]
    if Path(configuration.keras_home()) != Path(environment["KERAS_HOME"]):
        raise NotForkable("this Keras keeps its home somewhere else")


def _renew_matplotlib() -> None:
    """Its folders are looked up once and remembered in a closure (`matplotlib._logged_cached`)."""
    matplotlib: Any = sys.modules["matplotlib"]
    for function in (matplotlib.get_configdir, matplotlib.get_cachedir):
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if name == "called":
                cell.cell_contents = False
