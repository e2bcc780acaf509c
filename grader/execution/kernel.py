"""The kernel a notebook runs in: our own specification, whatever the notebook asks for."""

from __future__ import annotations

import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from grader.execution.bubblewrap import Enclosure
from grader.execution.channels import BoundedClient
from grader.execution.limits import RunLimits
from grader.execution.provisioner import SandboxProvisioner
from grader.execution.workspace import Workspace

RECORDER = Path(__file__).parent / "recorder"


class _OneKernelSpec(KernelSpecManager):
    """Answers every kernel name with ours: a notebook's `kernelspec` is a claim, not an order."""

    specification: KernelSpec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        return self.specification


def kernel_manager(workspace: Workspace, limits: RunLimits, enclosure: Enclosure | None) -> AsyncKernelManager:
    """A manager for a fresh watched kernel in a sandbox (None: without one), over `ipc` sockets in the workspace."""
    command = [
        sys.executable, "-I", str(RECORDER), str(workspace.settings_file), "-f", "{connection_file}",
        "--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=40",
    ]  # fmt: skip
    specifications = _OneKernelSpec()
    specifications.specification = KernelSpec(
        argv=command, display_name="Python (watched)", language="python", interrupt_mode="message"
    )
    manager = AsyncKernelManager(
        kernel_name="watched",
        kernel_spec_manager=specifications,
        transport="ipc",
        ip=str(workspace.sockets / "k"),
        connection_file=str(workspace.sockets / "kernel.json"),
        client_factory=BoundedClient,
    )
    provisioner = SandboxProvisioner(kernel_spec=specifications.specification, parent=manager)
    provisioner.enclose(workspace, limits, enclosure)
    manager.provisioner = provisioner
    return manager


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
    }
