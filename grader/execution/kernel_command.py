"""What a kernel is started with, whether its interpreter is new or was forked: command, files, environment."""

from __future__ import annotations

import sys
from pathlib import Path

from grader.execution.workspace import Workspace

RECORDER = Path(__file__).parent / "recorder"


def kernel_command(workspace: Workspace) -> list[str]:
    """The recorder's program, and what ipykernel is told on its command line."""
    return [
        str(RECORDER), "-f", str(connection_file(workspace)), "--HistoryManager.hist_file=:memory:",
        "--IPKernelApp.log_level=40",
    ]  # fmt: skip


def connection_file(workspace: Workspace) -> Path:
    """Where addresses and key of the kernel's sockets are written."""
    return workspace.sockets / "kernel.json"


def parent_environment() -> dict[str, str]:
    """The environment in which a warm parent imports; its forks get their own.

    One thread: what has started no thread can be forked. A fork sets the number that its kernel may use.
    """
    nowhere = Workspace(Path("/tmp/parent"))  # noqa: S108 - in the parent's own memory
    # ipykernel says so before a notebook can import matplotlib, which looks once.
    return kernel_environment(nowhere, 1) | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


def kernel_environment(workspace: Workspace, threads: int) -> dict[str, str]:
    """The whole environment of the kernel: nothing of the grader's own leaks in."""
    return {
        "PATH": f"{RECORDER / 'commands'}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LAB_SETTINGS": str(workspace.settings_file),
        "HOME": str(workspace.home),
        "TMPDIR": str(workspace.temporary),
        "KERAS_HOME": str(workspace.keras_home),
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": str(workspace.home / ".matplotlib"),
        "IPYTHONDIR": str(workspace.home / ".ipython"),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "CUDA_VISIBLE_DEVICES": "-1",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(threads),
        "PYTHONHASHSEED": "0",
        **({"TF_USE_LEGACY_KERAS": "1"} if workspace.framework == "tf_keras" else {}),
    }
