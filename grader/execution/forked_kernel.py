"""A kernel that was forked, held as if it were a process of ours."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Callable

from grader.execution.process_tree import ProcessTree


class NoFork(Exception):  # noqa: N818 - a state of the machine, in words
    """A kernel cannot be forked; the text says why. The ordinary start is used instead."""


class ForkedKernel:
    """What `subprocess.Popen` is to a child: enough of it for a Jupyter provisioner.

    Not a child of ours, so its number is kept from being used again in two ways: its parent reaps it only when told,
    and signals go to a descriptor (pidfd_open(2)), not to a number.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, release: Callable[[], None]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._release = release
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """None while it lives. Its exit code is nobody's business but its parent's: 1 stands for every end."""
        if self.returncode is None and self._ended(0):
            self.returncode = 1
            os.close(self._descriptor)
            self._release()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end, at most `timeout` seconds."""
        if self.returncode is None:
            self._ended(timeout)
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Signal the process that waits for the kernel. Cells are interrupted by message, not by signal."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.Signals(number))

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it; with it goes everything in its namespaces."""
        self.send_signal(signal.SIGKILL)

    def end(self) -> None:
        """End everything in its namespaces, and wait until it is gone."""
        ProcessTree(self.pid).kill()
        self.kill()
        self.wait(20.0)

    def _ended(self, timeout: float | None) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(None if timeout is None else timeout * 1000))
