"""When a kernel is ready: it answers a question, and is heard on `iopub`. Real sockets, no Python behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import zmq
import zmq.asyncio
from jupyter_client.session import Session

from grader.execution.channels import BoundedClient

KEY = b"lab"


@asynccontextmanager
async def kernel(folder: Path, said: Callable[[int], list[str]]) -> AsyncIterator[tuple[BoundedClient, list[str]]]:
    """A client, and the questions it asked; after the n-th one the kernel says these states on `iopub`."""
    context, session, asked = zmq.asyncio.Context(), Session(key=KEY), list[str]()
    shell, iopub = context.socket(zmq.ROUTER), context.socket(zmq.XPUB)
    shell.bind(f"ipc://{folder}/k-1")
    iopub.bind(f"ipc://{folder}/k-2")

    async def answer() -> None:
        await iopub.recv()  # somebody listens
        while True:
            names, signed = session.feed_identities(await shell.recv_multipart())
            question = session.deserialize(signed)
            asked.append(question["header"]["msg_id"])
            content = {"protocol_version": "5.4", "status": "ok"}
            await shell.send_multipart(session.serialize(session.msg("kernel_info_reply", content, question), names))
            for state in said(len(asked)):
                message = session.msg("status", {"execution_state": state}, question)
                await iopub.send_multipart(session.serialize(message, b"status"))

    client = BoundedClient(transport="ipc", ip=f"{folder}/k", shell_port=1, iopub_port=2, session=Session(key=KEY))
    client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
    answering = asyncio.create_task(answer())
    try:
        yield client, asked
    finally:
        answering.cancel()
        client.stop_channels()
        for socket in (shell, iopub):
            socket.close(0)


def test_a_kernel_is_ready_once_it_is_heard_on_both_channels(tmp_path: Path) -> None:
    async def wait() -> int:
        async with kernel(tmp_path, lambda _: ["busy", "idle"]) as (client, asked):
            await client.wait_for_ready(timeout=60)
            return len(asked)

    assert asyncio.run(wait()) >= 1


def test_it_is_asked_again_when_what_it_said_first_was_lost(tmp_path: Path) -> None:
    async def wait() -> int:
        async with kernel(tmp_path, lambda count: ["busy", "idle"] if count > 2 else ["busy"]) as (client, asked):
            await client.wait_for_ready(timeout=60)
            return len(asked)

    assert asyncio.run(wait()) >= 3


def test_a_kernel_that_never_says_that_it_is_done_is_given_up(tmp_path: Path) -> None:
    async def wait() -> None:
        async with kernel(tmp_path, lambda _: ["busy"]) as (client, _):
            await client.wait_for_ready(timeout=0.5)

    with pytest.raises(RuntimeError, match=r"answers within 0\.5 s"):
        asyncio.run(wait())
