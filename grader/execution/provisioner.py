"""How a kernel comes to life and ends: a Jupyter kernel provisioner that puts it into a sandbox and watches it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from grader.execution.bubblewrap import Enclosure
from grader.execution.forked_kernel import ForkedKernel, NoFork
from grader.execution.limits import RunLimits
from grader.execution.process_tree import ProcessTree
from grader.execution.warm_parent import WarmParent
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
    warm: WarmParent | None = None
    """Forks the kernel, where it can."""
    process: Any = None
    watchdog: Watchdog | None = None
    how_started: str = ""
    """In words, for the report."""
    lifeline: int | None = None
    """The end of a pipe that is kept here as long as a kernel started anew may live."""

    def enclose(
        self, workspace: Workspace, limits: RunLimits, enclosure: Enclosure | None, warm: WarmParent | None = None
    ) -> None:
        """Say where the kernel will run, and what may fork it; before it is started."""
        self.warm = warm
        self.workspace = workspace
        self.limits = limits
        self.enclosure = enclosure

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Give the workspace to the user who will work in it."""
        prepared = await super().pre_launch(**kwargs)
        if self.enclosure is not None and self.enclosure.user is not None:
            hand_over(self.workspace, self.enclosure.user)
        return prepared

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork or start, inside the enclosure, and watch from the first moment on."""
        forked = await asyncio.to_thread(self._forked, kwargs)
        if forked is not None:
            self.process, self.pid, self.pgid = forked, forked.pid, None
            information: KernelConnectionInfo = self.connection_info
        else:
            information = await self._started_anew(cmd, kwargs)
        assert self.pid is not None
        self.watchdog = Watchdog(
            ProcessTree(self.pid), self.workspace, self.limits, enclosed=self.enclosure is not None
        )
        self.watchdog.start()
        return information

    async def _started_anew(self, cmd: list[str], kwargs: dict[str, Any]) -> KernelConnectionInfo:
        if self.enclosure is None:
            return await super().launch_kernel(cmd, **kwargs)
        passed_on, self.lifeline = os.pipe()
        try:
            return await super().launch_kernel(
                [*self.enclosure.command(passed_on), *cmd], **kwargs, pass_fds=(passed_on,)
            )
        finally:
            os.close(passed_on)

    def _forked(self, given: dict[str, Any]) -> ForkedKernel | None:
        self.how_started = "started anew"
        if self.warm is None or self.enclosure is None:
            return None
        try:
            forked = self.warm.fork(
                self.enclosure, self.workspace, given["env"], self.limits.threads, given["stdout"].fileno()
            )
        except NoFork as problem:
            self.how_started = f"started anew: {problem}"
            return None
        self.how_started = "forked from a warm parent"
        return forked

    async def kill(self, restart: bool = False) -> None:
        """End everything at once. Asking hostile code to leave gains nothing."""
        if self.pid is not None and self.process is not None:
            await asyncio.to_thread(ProcessTree(self.pid).kill)
        self._let_go()
        await super().kill(restart)

    async def wait(self) -> int | None:
        """Wait for the end, and for the watchdog's last word."""
        if self.process is not None:
            # Jupyter's own wait looks every 0.1 s, which is a seventh of what a small notebook takes.
            await asyncio.to_thread(self.process.wait)
        code = await super().wait()
        if self.watchdog is not None:
            await asyncio.to_thread(self.watchdog.stop)
        self._let_go()
        return code

    async def cleanup(self, restart: bool = False) -> None:
        """What is left when the kernel has ended."""
        self._let_go()
        await super().cleanup(restart)

    def _let_go(self) -> None:
        if self.lifeline is not None:
            os.close(self.lifeline)
            self.lifeline = None


def hand_over(workspace: Workspace, user: int) -> None:
    """Give what the kernel may write, or copies from, to the user it will run as. Only root can."""
    for top in (workspace.work, workspace.home, workspace.outbox, workspace.sockets):
        os.chown(top, user, user)
        for folder, folders, files in os.walk(top):
            for name in (*folders, *files):
                os.chown(Path(folder, name), user, user, follow_symlinks=False)
