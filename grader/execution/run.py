"""Run one notebook from top to bottom with nbclient, watched, in a sandbox, within limits."""

from __future__ import annotations

import asyncio
import functools
import math
import queue
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import nbformat
import zmq
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from grader.errors import InfrastructureError
from grader.evidence.model import RunStatus
from grader.execution.cgroup import group_for
from grader.execution.ending import DeafKernel, Ending, ended_as_it_said, ended_by_limits, ended_early
from grader.execution.kernel import kernel_manager
from grader.execution.kernel_command import kernel_environment
from grader.execution.limits import RunLimits
from grader.execution.output_caps import MAXIMUM_TRACEBACK, OutputCaps
from grader.execution.provisioner import SandboxProvisioner
from grader.execution.sandbox import Sandbox
from grader.execution.sealing import seal
from grader.execution.warm_parent import WarmParent
from grader.execution.watched_client import WatchedClient
from grader.execution.witness import Witness
from grader.execution.workspace import Workspace
from grader.watching.phases import phase

TIMEOUT_NAME = "CellTimeout"
ASKING_SECONDS = 20.0
"""A notebook that used up its time may still be asked a question this long after its end."""


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
    prompt: int | None = None
    """The prompt number in the kernel's reply, which should be `code_cell`."""
    began: float = 0.0
    ended: float = 0.0
    """On the system's monotonic clock, in seconds, as seen by the driver."""
    error_shown: bool = False
    """An error message of this cell arrived, whatever the reply says."""


@dataclass
class RunOutcome:
    """How the notebook went as nbclient saw it."""

    status: RunStatus = "completed"
    explanation: str = ""
    cells: list[CellOutcome] = field(default_factory=list)
    seconds: float = 0.0
    kernel: str = ""
    """How the kernel came to life, in words."""
    witness: Witness | None = None
    """The recorder's log as it was seen from outside."""


Ask: TypeAlias = Callable[[str, float], Awaitable[bool]]
"""Run code silently in the living kernel, for at most so many seconds; whether it says that it is done."""

AtEnd: TypeAlias = Callable[[RunOutcome, Ask], Awaitable[None]]
"""Called once the notebook has reached its end and its log has been read, before the kernel is killed."""


@phase("run")
def run_notebook(
    notebook: nbformat.NotebookNode, workspace: Workspace, sandbox: Sandbox, limits: RunLimits,
    on_cell: Callable[[int, int], None] = lambda _done, _of: None, at_end: AtEnd | None = None,
    warm: WarmParent | None = None,
) -> RunOutcome:  # fmt: skip
    """Execute every code cell in order, going on after failures.

    Args:
        notebook: A copy that may be written into; stored outputs have been dropped.
        on_cell: Called with (cells done, cells in all) after each code cell.
        warm: Forks the kernel, if it can.
        at_end: May ask the kernel something once all cells have run; not called when it died or time was up.

    Raises:
        InfrastructureError: the kernel could not be started, which is never the student's fault.
    """
    with nullcontext() if sandbox.name == "none" else group_for(limits) as group:
        return asyncio.run(_run(notebook, workspace, sandbox, limits, on_cell, at_end, warm, group))


async def _run(
    notebook: nbformat.NotebookNode, workspace: Workspace, sandbox: Sandbox, limits: RunLimits,
    on_cell: Callable[[int, int], None], at_end: AtEnd | None, warm: WarmParent | None, group: Path | None,
) -> RunOutcome:  # fmt: skip
    witness = Witness(workspace.outbox)
    outcome = RunOutcome(witness=witness)
    started = time.monotonic()
    manager = kernel_manager(workspace, limits, sandbox.enclose(workspace, limits, group), warm)
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
        witness.look(None)
        clock[cell_index] = time.monotonic()
        client.caps.start_of_cell()

    async def end(cell: Any, cell_index: int, execute_reply: dict[str, Any]) -> None:
        position = cell_index + 1
        content = execute_reply.get("content") or {}
        witness.look(numbers[position])
        outcome.cells.append(
            _cell_outcome(position, numbers[position], content, (clock[cell_index], time.monotonic()), cell)
        )
        on_cell(len(outcome.cells), len(numbers))
        if content.get("ename") == TIMEOUT_NAME and not await client.answers_within(limits.interrupt_seconds):
            raise DeafKernel

    client.on_cell_execute = begin
    client.on_cell_executed = end
    ending: Ending | None = None
    try:
        await _start(client, workspace, limits)
        outcome.kernel = _how_started(manager)
        async with asyncio.timeout(limits.notebook_seconds) as deadline:
            ending = Ending(deadline)
            _bound(client, limits, ending)
            await _execute_all(client)
        witness.look(None, last=True)
        if at_end is not None:
            left = limits.notebook_seconds - (time.monotonic() - started)
            await at_end(outcome, functools.partial(_ask, client, max(left, ASKING_SECONDS)))
    except InfrastructureError:
        raise
    except Exception as problem:  # noqa: BLE001 - student code can make nbclient raise what it likes
        outcome.status, outcome.explanation = ended_early(problem, ending, limits)
    finally:
        await _stop(client, manager)
        seal(workspace.outbox)
    if outcome.status == "kernel_died" and warm is not None and (gone := warm.wait()) is not None:
        raise InfrastructureError(
            expected="a warm parent that outlives the kernels it forked", received=gone,
            todo="Grade this submission again, with `--kernel-start fresh` if it happens again.",
        )  # fmt: skip
    if outcome.status in ("kernel_died", "timed_out"):
        witness.look(_running_cell(clock, outcome, numbers), last=True)
        provisioner = manager.provisioner
        watchdog = provisioner.watchdog if isinstance(provisioner, SandboxProvisioner) else None
        explanation = ended_by_limits(watchdog, group, limits)
        if explanation is None and outcome.status == "kernel_died":
            said = [f"{cell.error_name} {cell.error_value}" for cell in outcome.cells[-5:] if not cell.ok]
            explanation = ended_as_it_said(" ".join([workspace.last_words(), *said]), limits)
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


def _how_started(manager: AsyncKernelManager) -> str:
    return manager.provisioner.how_started if isinstance(manager.provisioner, SandboxProvisioner) else ""


async def _execute_all(client: NotebookClient) -> None:
    client.reset_execution_trackers()
    for index, cell in enumerate(client.nb.cells):
        await client.async_execute_cell(cell, index)


async def _ask(client: NotebookClient, most: float, code: str, seconds: float) -> bool:
    assert client.kc is not None
    deadline = time.monotonic() + min(seconds, most)
    message = await ensure_async(client.kc.execute(code, silent=True, store_history=False, allow_stdin=False))
    while (left := deadline - time.monotonic()) > 0:
        try:
            reply = await ensure_async(client.kc.shell_channel.get_msg(timeout=left))
        except queue.Empty:
            return False
        if (reply.get("parent_header") or {}).get("msg_id") == message:
            return bool((reply.get("content") or {}).get("status") == "ok")
    return False


def _running_cell(clock: dict[int, float], outcome: RunOutcome, numbers: dict[int, int]) -> int | None:
    """Number of the cell that had begun and never came back, if any."""
    done = {cell.position for cell in outcome.cells}
    begun = [index + 1 for index in clock if index + 1 not in done]
    return numbers[begun[-1]] if begun else None


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


def _cell_outcome(
    position: int, number: int, content: dict[str, Any], clock: tuple[float, float], cell: Any
) -> CellOutcome:
    failed = content.get("status") == "error"
    traceback = ""
    lines = [out for out in cell.get("outputs", []) if out.get("output_type") == "error"]
    count = content.get("execution_count")
    if failed:
        traceback = "\n".join(lines[-1].get("traceback", []))[-MAXIMUM_TRACEBACK:] if lines else ""
    return CellOutcome(
        position=position, code_cell=number, ok=not failed, seconds=round(clock[1] - clock[0], 3),
        error_name=str(content.get("ename", ""))[:200] if failed else "",
        error_value=str(content.get("evalue", ""))[:2000] if failed else "", traceback=traceback,
        prompt=count if isinstance(count, int) else None, began=clock[0], ended=clock[1], error_shown=bool(lines),
    )  # fmt: skip
