"""How a kernel comes to life and ends: a Jupyter kernel provisioner that puts it into a sandbox and watches it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from grader.execution.bubblewrap import Enclosure
from grader.execution.limits import RunLimits
from grader.execution.process_tree import ProcessTree
from grader.execution.watchdog import Watchdog
from grader.execution.workspace import Workspace


class SandboxProvisioner(LocalProvisioner):
    """Starts the kernel's command inside an enclosure, and ends it together with everything it started.

    Given to the kernel manager as an object: what it needs (a workspace, limits) does not fit into a kernel
    specification, and no installation should be able to replace it by another one of the same name.
    """

    workspace: Workspace
    limits: RunLimits
    enclosure: Enclosure | None
    watchdog: Watchdog | None = None

    def enclose(self, workspace: Workspace, limits: RunLimits, enclosure: Enclosure | None) -> None:
        """Say where the kernel will run; before it is started."""
        self.workspace = workspace
        self.limits = limits
        self.enclosure = enclosure

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Put the sandbox's command before the kernel's."""
        prepared = await super().pre_launch(**kwargs)
        if self.enclosure is not None:
            if self.enclosure.user is not None:
                hand_over(self.workspace, self.enclosure.user)
            prepared["cmd"] = [*self.enclosure.command(), *prepared["cmd"]]
        return prepared

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start, and watch from the first moment on."""
        information = await super().launch_kernel(cmd, **kwargs)
        assert self.pid is not None
        self.watchdog = Watchdog(
            ProcessTree(self.pid), self.workspace, self.limits, enclosed=self.enclosure is not None
        )
        self.watchdog.start()
        return information

    async def kill(self, restart: bool = False) -> None:
        """End everything at once. Asking hostile code to leave gains nothing."""
        if self.pid is not None and self.process is not None:
            await asyncio.to_thread(ProcessTree(self.pid).kill)
        await super().kill(restart)

    async def wait(self) -> int | None:
        """Wait for the end, and for the watchdog's last word."""
        code = await super().wait()
        if self.watchdog is not None:
            await asyncio.to_thread(self.watchdog.stop)
        return code


def hand_over(workspace: Workspace, user: int) -> None:
    """Give what the kernel may write, or copies from, to the user it will run as. Only root can."""
    for top in (workspace.work, workspace.home, workspace.outbox, workspace.sockets):
        os.chown(top, user, user)
        for folder, folders, files in os.walk(top):
            for name in (*folders, *files):
                os.chown(Path(folder, name), user, user, follow_symlinks=False)
