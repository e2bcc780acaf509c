"""Our end of the kernel's sockets. Whoever is at the other end may send anything, of any size, without end."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session
from traitlets import Type

MESSAGE_BYTES = 16 << 20
"""A larger message is not received: ZeroMQ closes the connection, and we open it again."""
WAITING_MESSAGES = 128
"""What may wait to be read. More is dropped where it is sent; this bounds our memory to about two gigabytes."""
LOOK_SECONDS = 0.5
"""Seconds between two looks at the connection while nothing comes."""
ANSWER_SECONDS = 1.0
"""How long a starting kernel has to answer before it is asked again; Jupyter's own client takes the same time."""
ECHO_SECONDS = 0.1
"""How long to listen on `iopub` for what belongs to an answer. One that came before we were connected is lost."""


class BoundedChannel(AsyncZMQSocketChannel):
    """Hands on well-formed messages only, gives other tasks their turn, and says when there are too many."""

    most = 1_000_000
    received = 0
    flooded: Callable[[str], None] | None = None

    def __init__(self, socket: zmq.asyncio.Socket, session: Session, loop: Any = None) -> None:
        super().__init__(socket, session, loop)
        self._address = socket.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
        self._monitor: Any = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:  # type: ignore[override]
        """The next message.

        Raises:
            Empty: none came within `timeout` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            # A socket that always has something to read would otherwise never let a time-out come to its turn.
            await asyncio.sleep(0)
            left = LOOK_SECONDS if deadline is None else max(deadline - time.monotonic(), 0.0)
            if not await self.socket.poll(int(min(left, LOOK_SECONDS) * 1000)):
                await self._mend()
                if deadline is not None and time.monotonic() >= deadline:
                    raise Empty
                continue
            parts = await self.socket.recv_multipart()
            self.received += 1
            if self.received > self.most and self.flooded is not None:
                self.flooded(f"It sent more than {self.most} messages.")
                await asyncio.Event().wait()
            message = self._understood(parts)
            if message is not None:
                return message

    async def _mend(self) -> None:
        """Connect again after a disconnection: ZeroMQ itself does not when a message was too large."""
        lost = False
        while await self._monitor.poll(0):
            await self._monitor.recv_multipart()
            lost = True
        if lost:
            with contextlib.suppress(zmq.ZMQError):
                self.socket.disconnect(self._address)
            self.socket.connect(self._address)

    def close(self) -> None:
        """Close both sockets."""
        if self._monitor is not None:
            self.socket.disable_monitor()
            self._monitor = None
        super().close()

    stop = close

    def _understood(self, parts: list[bytes]) -> dict[str, Any] | None:
        try:
            _, signed = self.session.feed_identities(parts)
            message = self.session.deserialize(signed)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
            return None
        wanted = ("header", "parent_header", "metadata", "content")
        return message if all(isinstance(message.get(name), dict) for name in wanted) else None


def _ends(message: dict[str, Any], asked: set[str]) -> bool:
    """Whether a message on `iopub` says that the kernel is done with one of these questions."""
    return message["content"].get("execution_state") == "idle" and message["parent_header"].get("msg_id") in asked


class BoundedClient(AsyncKernelClient):
    """A client whose channels are bounded."""

    shell_channel_class = Type(BoundedChannel)
    iopub_channel_class = Type(BoundedChannel)
    control_channel_class = Type(BoundedChannel)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return as soon as the kernel answers on both channels.

        Jupyter's own waits for 0.2 s of silence instead, a quarter of what a small notebook takes. Here the kernel says
        on `iopub` that it is done with a question of ours: that channel works, and cells lose no first outputs.

        Raises:
            RuntimeError: it died, or said nothing for `timeout` seconds.
        """
        until = math.inf if timeout is None else time.monotonic() + timeout
        asked: set[str] = set()
        while True:
            asked.add(self.kernel_info())
            with contextlib.suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=ANSWER_SECONDS)
                if reply.get("msg_type") == "kernel_info_reply":
                    while not _ends(await self.iopub_channel.get_msg(timeout=ECHO_SECONDS), asked):
                        pass
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self.is_alive():
                raise RuntimeError("Expected a kernel that answers. Received: it ended before it did.")
            if time.monotonic() >= until:
                raise RuntimeError(f"Expected a kernel that answers within {timeout:g} s. Received no answer.")

    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.MAXMSGSIZE, MESSAGE_BYTES)
        context.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
        return context
