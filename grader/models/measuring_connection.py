"""One live measuring process: how it is started, asked, and ended, whatever it does."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grader
from grader.models.measuring_process import EXIT_OUT_OF_MEMORY

GRACE_SECONDS = 20.0
"""The process watches the time of its forks; this much later it is taken for stuck itself, and killed."""
MAXIMUM_ANSWER = 2**20


class Gone(Exception):  # noqa: N818 -- a state of the process, in words
    """The process, or the fork of it that served the request, gave no answer; the text says why."""

    def __init__(self, why: str, *, without_a_reason: bool = False, whole: bool = False) -> None:
        """Args:
        without_a_reason: it just ended. The model may have done that, or the system when short of memory.
        whole: the process itself and not a fork of it.
        """
        super().__init__(why)
        self.without_a_reason = without_a_reason
        self.whole = whole


class Connection:
    """One live process with threads that read what it writes."""

    def __init__(self, command: Sequence[str], scratch: Path | None) -> None:
        self.versions: dict[str, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="measuring-", dir=scratch)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._folder.name,
            env=clean_environment(self._folder.name),
            start_new_session=True,
        )
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._words: deque[str] = deque(maxlen=20)
        for target in (self._read_answers, self._read_words):
            threading.Thread(target=target, daemon=True).start()

    def ask(self, line: bytes, timeout: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout + GRACE_SECONDS
        writer = threading.Thread(target=self._write, args=(line,), daemon=True)
        writer.start()
        return self.receive(deadline - time.monotonic(), timeout)

    def receive(self, timeout: float, promised: float | None = None) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=max(timeout, 0.0))
        except queue.Empty:
            raise Gone(f"it took longer than {promised or timeout:g} s") from None
        if not line:
            raise self._ended()
        try:
            document = json.loads(line)
        except ValueError as error:
            raise Gone("the measuring process gave no readable answer", without_a_reason=True, whole=True) from error
        if not isinstance(document, dict):
            raise Gone("the measuring process gave no readable answer")
        return document

    def kill(self) -> None:
        """Kill it with everything it started, and wait."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._folder.cleanup()

    def last_words(self) -> str:
        """The end of what it wrote to standard error."""
        return " / ".join(self._words)[-1000:] or "none"

    def _ended(self) -> Gone:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return Gone("the measuring process closed its output", without_a_reason=True, whole=True)
        if code == EXIT_OUT_OF_MEMORY:
            return Gone("it needs more memory than is allowed")
        return Gone(f"the measuring process ended with code {code}", without_a_reason=True, whole=True)

    def _write(self, line: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _read_answers(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while line := self._process.stdout.readline(MAXIMUM_ANSWER):
                self._answers.put(line)
        self._answers.put(b"")

    def _read_words(self) -> None:
        assert self._process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            while line := self._process.stderr.readline(4096):
                self._words.append(line.decode("utf-8", "replace").strip())


def clean_environment(home: str) -> dict[str, str]:
    """The process's whole environment: nothing of ours leaks in, nothing of a student's folder is importable."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": home,
        "TMPDIR": home,
        "KERAS_HOME": home,
        "KERAS_BACKEND": "tensorflow",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": str(Path(grader.__file__).resolve().parent.parent),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # The process that forks must not have started a thread.
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "LANG": "C.UTF-8",
    }
