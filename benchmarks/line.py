"""A line of TCP that can be cut: it stands between a client and a server on this machine."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

_CHUNK = 1 << 16


class Line:
    """Forwards every connection to a port, both ways, until it is cut."""

    def __init__(self, port: int) -> None:
        """`port`: of the server on this machine."""
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._down_until = 0.0
        threading.Thread(target=self._accept, daemon=True, name="line").start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listening.close()
        self.cut(0.0)

    def cut(self, seconds: float) -> int:
        """End all connections, and every new one for so many seconds; returns how many ended now."""
        with self._lock:
            self._down_until = time.monotonic() + seconds
            ends, self._open = self._open, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        return len(ends) // 2

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the end
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True, name="line").start()

    def _serve(self, near: socket.socket) -> None:
        with near:
            if time.monotonic() < self._down_until:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._port), timeout=5)
            except OSError:
                return  # as if the server had refused us itself
            with far:
                far.settimeout(None)
                with self._lock:
                    self._open |= {near, far}
                back = threading.Thread(target=self._carry, args=(far, near), daemon=True, name="line")
                back.start()
                self._carry(near, far)
                back.join()
                with self._lock:
                    self._open -= {near, far}

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(_CHUNK):
                target.sendall(chunk)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
