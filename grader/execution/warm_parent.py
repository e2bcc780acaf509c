"""Our side of the warm parent: start it in its sandbox, ask it for kernels, end it with all of them."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.errors import InfrastructureError
from grader.execution.bubblewrap import Enclosure, ParentEnclosure
from grader.execution.forked_kernel import ForkedKernel, NoFork
from grader.execution.fresh_start import needs_fresh_start, require_same_imports
from grader.execution.kernel_command import RECORDER, kernel_environment, parent_environment
from grader.execution.limits import RunLimits
from grader.execution.room import PROGRAM, room_for
from grader.execution.sandbox import Sandbox
from grader.execution.syscalls import seccomp_filter
from grader.execution.workspace import Workspace

MESSAGE_BYTES = 1 << 17
START_SECONDS = 180.0
FORK_SECONDS = 60.0
"""Setting up a view takes 0.05 s; this is for a machine that is short of memory."""
MOST_REVIVALS = 3
"""A parent that ends again and again has a reason; kernels are then started anew."""
CREDENTIALS = struct.Struct("3i")


class WarmParent:
    """One sandboxed process that has imported TensorFlow and forks kernels for the submissions of a batch.

    Safe to share between threads. It starts when it is first needed.
    """

    def __init__(self, batch: Path, readable: tuple[Path, ...] = (), *, trial: bool = False) -> None:
        """Nothing is started yet.

        Args:
            batch: The folder in which all workspaces lie.
            readable: Shown read-only to every kernel.
            trial: Import nothing, and let forks end where kernels would begin: to see whether forking works here.
        """
        self._batch = batch
        self._readable = (RECORDER, *readable)
        self._trial = trial
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the parent
        self._ended = threading.Event()
        self._modules: frozenset[str] = frozenset()
        self._problem: str | None = None
        self._revived = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def wait(self) -> str | None:
        """Wait until it can fork; None, or the reason in words why it cannot."""
        with self._lock:
            if self._process is None and self._problem is None:
                self._start()
            if self._process is not None and self._problem is None and self._process.poll() is not None:
                self._problem = f"the warm parent ended {self._last_words()}"
            return self._problem

    def unsuited(self, sources: Iterable[str], files: Iterable[Path]) -> str | None:
        """Why a notebook needs an interpreter in which nothing was imported yet; None if it does not.

        Args:
            sources: Its code.
            files: What was handed in beside it, relative to its folder.
        """
        self._revive()
        problem = self.wait()
        return problem or needs_fresh_start(sources, files, self._modules)

    def _revive(self) -> None:
        """Start anew what was killed, a few times: the kernels it forked are lost, the next ones need not be slow."""
        with self._lock:
            gone = self._process is not None and self._process.poll() is not None
            if not gone or self._revived >= MOST_REVIVALS or not self._modules:
                return
            self._revived += 1
            if self._socket is not None:
                self._socket.close()
            self._ended.set()
            self._ended = threading.Event()
            self._process = self._socket = self._problem = None

    def _start(self) -> None:
        ended = self._ended
        started = threading.Event()

        def keep() -> None:
            # Linux ends the parent with the thread that started it (PR_SET_PDEATHSIG), so one is kept for it.
            try:
                self._launch()
            except OSError as problem:
                self._problem = f"the warm parent could not be started ({problem})"
            started.set()
            ended.wait()

        threading.Thread(target=keep, daemon=True, name="warm parent").start()
        started.wait()
        if self._problem is None:
            self._problem = self._answer()

    def _launch(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        enclosure = ParentEnclosure(batch=self._batch, readable=self._readable, program=PROGRAM)
        command = [*enclosure.command(), sys.executable, "-I", str(PROGRAM), str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                command, pass_fds=(theirs.fileno(),), env=parent_environment(), stdin=subprocess.DEVNULL,
                stdout=self._log, stderr=self._log,
            )  # fmt: skip
        self._socket = ours
        program = seccomp_filter()
        encoded = None if program is None else base64.b64encode(program).decode("ascii")
        ours.send(_text({"filter": encoded, "preload": not self._trial}))

    def fork(
        self, enclosure: Enclosure, workspace: Workspace, environment: dict[str, str], threads: int, log: int
    ) -> ForkedKernel:
        """A kernel for this workspace, in namespaces of its own. `log` is a descriptor for what it prints.

        Raises:
            NoFork: says why; nothing is left over, and the ordinary start is free to be used.
        """
        problem = self.wait()
        if problem is not None:
            raise NoFork(problem)
        require_same_imports(environment, parent_environment())
        room = room_for(enclosure, workspace, environment, threads, self._batch, self._readable)
        room["trial"] = self._trial
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        control.settimeout(FORK_SECONDS)
        with control, theirs:
            try:
                with self._lock:
                    assert self._socket is not None
                    socket.send_fds(self._socket, [_text({"room": room})], [theirs.fileno(), log])
                theirs.close()
                pid, inner = _attendant(control)
                kernel = ForkedKernel(pid, lambda: self._release(inner))
            except (OSError, ValueError, KeyError) as problem:
                raise NoFork(f"the warm parent gave no fork ({problem}) {self._last_words()}") from problem
            try:
                if enclosure.cgroup is not None:
                    (enclosure.cgroup / "cgroup.procs").write_text(str(pid), encoding="ascii")
                control.send(b"go")
                answer = json.loads(control.recv(MESSAGE_BYTES) or b"{}")
            except (OSError, ValueError) as problem:
                answer = {"error": str(problem)}
            if "kernel" not in answer:
                kernel.end()
                raise NoFork(f"a fork could not be isolated ({answer.get('error', 'it ended')})")
            return kernel

    def try_out(self, limits: RunLimits) -> str | None:
        """Fork once and let the fork end; None, or the reason in words why that does not work."""
        folder = Path(tempfile.mkdtemp(prefix="w-", dir=self._batch))
        workspace = Workspace(folder)
        for path in (workspace.work, workspace.home, workspace.outbox, workspace.sockets):
            path.mkdir()
        workspace.settings_file.touch()
        try:
            enclosure = Sandbox("bubblewrap").enclose(workspace, limits)
            assert enclosure is not None
            with workspace.kernel_log.open("wb") as log:
                self.fork(enclosure, workspace, kernel_environment(workspace, 1), 1, log.fileno()).end()
        except (NoFork, InfrastructureError) as problem:
            return str(problem)
        return None

    def close(self) -> None:
        """End it, and with it all kernels that are left."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            if self._process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout=5)
                self._process.kill()
                self._process.wait()
            self._process = self._socket = None
            self._problem = "the warm parent was ended"
            self._ended.set()
            self._log.close()

    def _answer(self) -> str | None:
        assert self._socket is not None
        self._socket.settimeout(START_SECONDS)
        try:
            answer = json.loads(self._socket.recv(MESSAGE_BYTES) or b"{}")
        except (OSError, ValueError) as problem:
            return f"the warm parent did not start ({problem}) {self._last_words()}"
        if "modules" in answer:
            self._modules = frozenset(answer["modules"])
            return None
        return f"the warm parent cannot fork: {answer.get('error', 'it ended')} {self._last_words()}".strip()

    def _release(self, inner: int) -> None:
        with contextlib.suppress(OSError), self._lock:
            if self._socket is not None:
                self._socket.send(_text({"release": inner}))

    def _last_words(self, characters: int = 300) -> str:
        with contextlib.suppress(OSError, ValueError):
            size = self._log.seek(0, os.SEEK_END)
            self._log.seek(max(0, size - characters))
            return self._log.read().decode("utf-8", "replace").strip()
        return ""


def _attendant(control: socket.socket) -> tuple[int, int]:
    """The number of the process that waits for a kernel: as we see it (the system tells), and as its parent does."""
    message, extra, _, _ = control.recvmsg(MESSAGE_BYTES, socket.CMSG_SPACE(CREDENTIALS.size))
    answer = json.loads(message or b"{}")
    if "error" in answer:
        raise ValueError(answer["error"])
    pid = next(
        CREDENTIALS.unpack(data)[0]
        for level, kind, data in extra
        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS
    )
    return int(pid), int(answer["attendant"])


def _text(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode("ascii")
