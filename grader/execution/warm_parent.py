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
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.execution.bubblewrap import KERNEL_SETTINGS, Enclosure, ParentEnclosure
from grader.execution.forked_kernel import ForkedKernel, NoFork
from grader.execution.kernel_command import RECORDER, kernel_command, parent_environment
from grader.execution.syscalls import seccomp_filter
from grader.execution.workspace import Workspace

PROGRAM = Path(__file__).parent / "warm"
MESSAGE_BYTES = 1 << 17
START_SECONDS = 180.0
FORK_SECONDS = 60.0
"""Setting up a view takes 0.05 s; this is for a machine that is short of memory."""
CREDENTIALS = struct.Struct("3i")


class WarmParent:
    """One sandboxed process that has imported TensorFlow and forks kernels for the submissions of a batch.

    Safe to share between threads. `start` it in a thread that outlives all kernels: the parent ends with it.
    """

    def __init__(self, batch: Path, readable: tuple[Path, ...] = ()) -> None:
        """`batch` is the folder in which all workspaces lie; `readable` is shown read-only to every kernel."""
        self._batch = batch
        self._readable = (RECORDER, *readable)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the parent
        self._ready = False
        self.problem: str | None = None
        """Why it cannot fork, once that is known."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin to import; returns at once. Does not raise: what went wrong is in `problem` after `wait`."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        enclosure = ParentEnclosure(batch=self._batch, readable=self._readable, program=PROGRAM)
        command = [*enclosure.command(), sys.executable, "-I", str(PROGRAM), str(theirs.fileno())]
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command, pass_fds=(theirs.fileno(),), env=parent_environment(), stdin=subprocess.DEVNULL,
                    stdout=self._log, stderr=self._log,
                )  # fmt: skip
            program = seccomp_filter()
            self._socket = ours
            ours.send(_text({"filter": None if program is None else base64.b64encode(program).decode("ascii")}))
        except OSError as problem:
            self.problem = f"the warm parent could not be started ({problem})"

    def wait(self) -> str | None:
        """Wait until it can fork; None, or the reason in words why it cannot."""
        with self._lock:
            if self._process is None and self.problem is None:
                self.problem = "the warm parent was not started"
            if not self._ready and self.problem is None:
                self.problem = self._answer()
                self._ready = self.problem is None
            if self._ready and self._process is not None and self._process.poll() is not None:
                self.problem = f"the warm parent ended {self._last_words()}"
            return self.problem

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
        room = room_for(enclosure, workspace, environment, threads, self._batch, self._readable)
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
            self._ready = False
            self.problem = "the warm parent was ended"
            self._log.close()

    def _answer(self) -> str | None:
        assert self._socket is not None
        self._socket.settimeout(START_SECONDS)
        try:
            answer = json.loads(self._socket.recv(MESSAGE_BYTES) or b"{}")
        except (OSError, ValueError) as problem:
            return f"the warm parent did not start ({problem}) {self._last_words()}"
        if answer.get("ready"):
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


def room_for(
    enclosure: Enclosure, workspace: Workspace, environment: dict[str, str], threads: int, batch: Path,
    readable: tuple[Path, ...],
) -> dict[str, Any]:  # fmt: skip
    """What a fork has to make of itself: the same as this enclosure would show and allow.

    Raises:
        NoFork: the enclosure asks for something that a fork cannot have.
    """
    folder = workspace.folder
    elsewhere = [path for path in enclosure.readable if not path.is_relative_to(folder) and path not in readable]
    if enclosure.scratch != folder or folder.parent != batch or elsewhere:
        raise NoFork(f"the warm parent does not see {', '.join(map(str, elsewhere or [folder]))}")
    own = [path for path in (*enclosure.writable, *enclosure.readable) if path.is_relative_to(folder)]
    if any(path.parent != folder for path in (*own, *(source for source, _ in enclosure.copies))):
        raise NoFork("only what lies in the workspace itself can be shown to a fork")
    seeds = enclosure.seeds()
    command = kernel_command(workspace)
    return {
        "root": str(batch),
        "name": folder.name,
        "seeds": {source.name: shown.name for source, shown, _ in seeds},
        "copies": [[str(shown), str(target)] for _, shown, target in seeds],
        "writable": [path.name for path in enclosure.writable],
        "readable": [path.name for path in own if path not in enclosure.writable],
        "links": {Path(name).name: target for target, name in enclosure.links},
        "hidden": [str(PROGRAM)],
        "kernel_settings": list(KERNEL_SETTINGS),
        "scratch_bytes": enclosure.limits.scratch_bytes,
        "shared_memory_bytes": enclosure.limits.shared_memory_bytes,
        "limits": enclosure.resource_limits(),
        "folders": list(enclosure.folders),
        "directory": enclosure.directory,
        "user": enclosure.user,
        "environment": environment,
        "threads": threads,
        "settings": str(workspace.settings_file),
        "program": command[0],
        "arguments": command[1:],
    }


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
