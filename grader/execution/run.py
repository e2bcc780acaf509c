"""Run one notebook from top to bottom with nbclient, watched, in a sandbox, within limits."""

from __future__ import annotations

import asyncio
import math
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

import nbformat
import zmq
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from grader.errors import InfrastructureError
from grader.evidence.model import RunStatus
from grader.execution.kernel import kernel_environment, kernel_manager
from grader.execution.limits import RunLimits
from grader.execution.output_caps import MAXIMUM_TRACEBACK, OutputCaps
from grader.execution.provisioner import SandboxProvisioner
from grader.execution.sandbox import Sandbox
from grader.execution.sealing import seal
from grader.execution.workspace import Workspace

TIMEOUT_NAME = "CellTimeout"


@dataclass(frozen=True)
class CellOutcome:
    """How one code cell went. `position` counts all cells from 1, `code_cell` the executed ones."""

    position: int
    code_cell: int
    ok: bool
    seconds: float
    error_name: str = ""
    error_value: str = ""
    traceback: str = ""


@dataclass
class RunOutcome:
    """How the notebook went as nbclient saw it."""

    status: RunStatus = "completed"
    explanation: str = ""
    cells: list[CellOutcome] = field(default_factory=list)
    seconds: float = 0.0


class DeafKernel(Exception):  # noqa: N818 - a state of the kernel
    """A cell's time was up, it was interrupted, and the kernel still does not answer."""


class _WatchedClient(NotebookClient):
    """Keeps stored output small: a flood ends as a note, not as a lost batch."""

    caps: OutputCaps

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        return super().process_message(msg, cell, cell_index) if self.caps.admits(msg) else None

    async def answers_within(self, seconds: float) -> bool:
        """Whether the kernel's main thread answers a question of ours."""
        # `kernel_info` is answered by another thread than the one that runs cells.
        question = self.kc.execute("", silent=True, store_history=False)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = await self.kc.shell_channel.get_msg(timeout=left)
            except Empty:
                return False
            if message["parent_header"].get("msg_id") == question:
                return True
        return False


@dataclass
class _Ending:
    """Lets whoever sees a reason end the notebook now."""

    deadline: asyncio.Timeout
    reason: str = ""

    def now(self, reason: str) -> None:
        """The first reason stands."""
        if not self.reason:
            self.reason = reason
            self.deadline.reschedule(asyncio.get_running_loop().time())


def run_notebook(
    notebook: nbformat.NotebookNode, workspace: Workspace, sandbox: Sandbox, limits: RunLimits,
    on_cell: Callable[[int, int], None] = lambda _done, _of: None,
) -> RunOutcome:  # fmt: skip
    """Execute every code cell in order, going on after failures.

    Args:
        notebook: A copy that may be written into; stored outputs have been dropped.
        on_cell: Called with (cells done, cells in all) after each code cell.

    Raises:
        InfrastructureError: the kernel could not be started, which is never the student's fault.
    """
    return asyncio.run(_run(notebook, workspace, sandbox, limits, on_cell))


async def _run(
    notebook: nbformat.NotebookNode, workspace: Workspace, sandbox: Sandbox, limits: RunLimits,
    on_cell: Callable[[int, int], None],
) -> RunOutcome:  # fmt: skip
    outcome = RunOutcome()
    started = time.monotonic()
    manager = kernel_manager(workspace, sandbox, limits)
    numbers = _code_cell_numbers(notebook)
    client = _WatchedClient(
        notebook, km=manager, allow_errors=True, timeout=math.ceil(limits.cell_seconds),
        startup_timeout=math.ceil(limits.start_seconds),
        interrupt_on_timeout=True, shutdown_kernel="immediate",
        error_on_timeout={"ename": TIMEOUT_NAME, "evalue": f"stopped after {limits.cell_seconds:g} s", "traceback": []},
        resources={"metadata": {"path": str(workspace.work)}},
    )  # fmt: skip
    client.caps = OutputCaps(limits)
    clock: dict[int, float] = {}

    def begin(cell: Any, cell_index: int) -> None:  # noqa: ARG001
        clock[cell_index] = time.monotonic()
        client.caps.start_of_cell()

    async def end(cell: Any, cell_index: int, execute_reply: dict[str, Any]) -> None:
        position = cell_index + 1
        content = execute_reply.get("content") or {}
        outcome.cells.append(
            _cell_outcome(position, numbers[position], content, time.monotonic() - clock[cell_index], cell)
        )
        on_cell(len(outcome.cells), len(numbers))
        if content.get("ename") == TIMEOUT_NAME and not await client.answers_within(limits.interrupt_seconds):
            raise DeafKernel

    client.on_cell_execute = begin
    client.on_cell_executed = end
    ending: _Ending | None = None
    try:
        await _start(client, workspace, limits)
        async with asyncio.timeout(limits.notebook_seconds) as deadline:
            ending = _Ending(deadline)
            _bound(client, limits, ending)
            await _execute_all(client)
    except InfrastructureError:
        raise
    except DeafKernel:
        outcome.status = "timed_out"
        outcome.explanation = (
            f"A cell ran longer than {limits.cell_seconds:g} s and went on although it was interrupted."
        )
    except Exception as problem:  # noqa: BLE001 - student code can make nbclient raise what it likes
        _ended_early(outcome, limits, ending, problem)
    finally:
        await _stop(client, manager)
        seal(workspace.outbox)
    watchdog = manager.provisioner.watchdog if isinstance(manager.provisioner, SandboxProvisioner) else None
    if outcome.status in ("kernel_died", "timed_out") and watchdog is not None and watchdog.reason is not None:
        outcome.status, outcome.explanation = "kernel_died", f"It was ended: {watchdog.reason}"
    if outcome.status == "completed" and any(not cell.ok for cell in outcome.cells):
        outcome.status = "cells_failed"
    outcome.seconds = time.monotonic() - started
    return outcome


def _bound(client: NotebookClient, limits: RunLimits, ending: _Ending) -> None:
    for channel in (client.kc.iopub_channel, client.kc.shell_channel):
        channel.most = limits.messages
        channel.flooded = ending.now


def _ended_early(outcome: RunOutcome, limits: RunLimits, ending: _Ending | None, problem: Exception) -> None:
    """Say why the notebook did not reach its end. nbclient reports its own cancellation as a dead kernel."""
    outcome.status = "kernel_died"
    if ending is not None and ending.reason:
        outcome.explanation = f"It was ended: {ending.reason}"
    elif ending is not None and ending.deadline.expired():
        outcome.status = "timed_out"
        outcome.explanation = f"The notebook's time of {limits.notebook_seconds:.0f} s was up."
    elif isinstance(problem, DeadKernelError):
        outcome.explanation = "The Python process ended before the notebook did."
    else:
        outcome.explanation = f"The conversation with the Python process broke off ({type(problem).__name__})."


async def _start(client: NotebookClient, workspace: Workspace, limits: RunLimits) -> None:
    try:
        with workspace.kernel_log.open("wb") as log:
            await client.async_start_new_kernel(
                env=kernel_environment(workspace, limits.threads), stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        await client.async_start_new_kernel_client()
    except (RuntimeError, OSError, zmq.ZMQError, DeadKernelError) as problem:
        raise InfrastructureError(
            expected="a Python kernel that starts", received=f"{problem} {workspace.last_words()}"[:1500],
            todo="Run `grader doctor` to see what this machine can isolate.",
        ) from problem  # fmt: skip


async def _execute_all(client: NotebookClient) -> None:
    client.reset_execution_trackers()
    for index, cell in enumerate(client.nb.cells):
        await client.async_execute_cell(cell, index)


async def _stop(client: NotebookClient, manager: AsyncKernelManager) -> None:
    if client.kc is not None:
        client.kc.stop_channels()
    if manager.has_kernel and manager.provisioner is not None:
        await manager.provisioner.kill()
        await manager.provisioner.wait()
    await ensure_async(manager.cleanup_resources())


def _code_cell_numbers(notebook: nbformat.NotebookNode) -> dict[int, int]:
    """Position → prompt number: blank cells do not raise IPython's execution count."""
    positions = [i for i, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code" and cell.source.strip()]
    return {position: number for number, position in enumerate(positions, 1)}


def _cell_outcome(position: int, number: int, content: dict[str, Any], seconds: float, cell: Any) -> CellOutcome:
    failed = content.get("status") == "error"
    traceback = ""
    if failed:
        lines = [out for out in cell.get("outputs", []) if out.get("output_type") == "error"]
        traceback = "\n".join(lines[-1].get("traceback", []))[-MAXIMUM_TRACEBACK:] if lines else ""
    return CellOutcome(
        position=position, code_cell=number, ok=not failed, seconds=round(seconds, 3),
        error_name=str(content.get("ename", ""))[:200] if failed else "",
        error_value=str(content.get("evalue", ""))[:2000] if failed else "", traceback=traceback,
    )  # fmt: skip
