"""The kernel a notebook runs in: our own specification, whatever the notebook asks for."""

from __future__ import annotations

import sys

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from grader.execution.bubblewrap import Enclosure
from grader.execution.channels import BoundedClient
from grader.execution.kernel_command import connection_file, kernel_command
from grader.execution.limits import RunLimits
from grader.execution.provisioner import SandboxProvisioner
from grader.execution.warm_parent import WarmParent
from grader.execution.workspace import Workspace


class _OneKernelSpec(KernelSpecManager):
    """Answers every kernel name with ours: a notebook's `kernelspec` is a claim, not an order."""

    specification: KernelSpec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
        return self.specification


def kernel_manager(
    workspace: Workspace, limits: RunLimits, enclosure: Enclosure | None, warm: WarmParent | None = None
) -> AsyncKernelManager:
    """A manager for a watched kernel in a sandbox (None: without one), over `ipc` sockets in the workspace.

    It is forked from the warm parent where there is one that can, and started anew otherwise.
    """
    recorder, *arguments = kernel_command(workspace)
    command = [sys.executable, "-I", recorder, str(workspace.settings_file), *arguments]
    specifications = _OneKernelSpec()
    specifications.specification = KernelSpec(
        argv=command, display_name="Python (watched)", language="python", interrupt_mode="message"
    )
    manager = AsyncKernelManager(
        kernel_name="watched",
        kernel_spec_manager=specifications,
        transport="ipc",
        ip=str(workspace.sockets / "k"),
        connection_file=str(connection_file(workspace)),
        client_factory=BoundedClient,
    )
    provisioner = SandboxProvisioner(kernel_spec=specifications.specification, parent=manager)
    provisioner.enclose(workspace, limits, enclosure, warm)
    manager.provisioner = provisioner
    return manager
