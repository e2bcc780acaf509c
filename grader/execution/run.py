"""Run one notebook from top to bottom with nbclient, watched, in a sandbox, within limits."""

from __future__ import annotations

import asyncio
import math
import subprocess
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import zmq
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from grader.errors import InfrastructureError
from grader.evidence.model import RunStatus
from grader.execution.cgroup import group_for
from grader.execution.ending import DeafKernel, Ending, ended_by_limits, ended_early
from grader.execution.kernel import kernel_environment, kernel_manager
from grader.execution.limits import RunLimits
from grader.execution.output_caps import MAXIMUM_TRACEBACK, OutputCaps
from grader.execution.provisioner import SandboxProvisioner
from grader.execution.sandbox import Sandbox
from grader.execution.sealing import seal
from grader.execution.watched_client import WatchedClient
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
    with nullcontext() if sandbox.name == "none" else group_for(limits) as group:
        return asyncio.run(_run(notebook, workspace, sandbox, limits, on_cell, group))


async def _run(
    notebook: nbformat.NotebookNode, workspace: Workspace, sandbox: Sandbox, limits: RunLimits,
    on_cell: Callable[[int, int], None], group: Path | None,
) -> RunOutcome:  # fmt: skip
    outcome = RunOutcome()
    started = time.monotonic()
    manager = kernel_manager(workspace, limits, sandbox.enclose(workspace, limits, group))
    numbers = _code_cell_numbers(notebook)
    client = WatchedClient(
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
    ending: Ending | None = None
    try:
        await _start(client, workspace, limits)
        async with asyncio.timeout(limits.notebook_seconds) as deadline:
            ending = Ending(deadline)
            _bound(client, limits, ending)
            await _execute_all(client)
    except InfrastructureError:
        raise
    except Exception as problem:  # noqa: BLE001 - student code can make nbclient raise what it likes
        outcome.status, outcome.explanation = ended_early(problem, ending, limits)
    finally:
        await _stop(client, manager)
        seal(workspace.outbox)
    if outcome.status in ("kernel_died", "timed_out"):
        provisioner = manager.provisioner
        watchdog = provisioner.watchdog if isinstance(provisioner, SandboxProvisioner) else None
        explanation = ended_by_limits(watchdog, group, limits)
        if explanation is not None:
            outcome.status, outcome.explanation = "kernel_died", explanation
    if outcome.status == "completed" and any(not cell.ok for cell in outcome.cells):
        outcome.status = "cells_failed"
    outcome.seconds = time.monotonic() - started
    return outcome


def _bound(client: NotebookClient, limits: RunLimits, ending: Ending) -> None:
    assert client.kc is not None
    for channel in (client.kc.iopub_channel, client.kc.shell_channel):
        channel.most = limits.messages
        channel.flooded = ending.now


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
