"""Answer each request in a fork of the measuring process: what one model does reaches no other.

The process itself has imported TensorFlow and runs no operation, so that forks are whole, and every one of them begins
as the first did: no graph, no memory, no patched class of a model before. It decodes no picture either: held-out
images are decoded by a fork that does nothing else, and shared read-only.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from grader.models.heldout import HeldOutImages, Key, NotDecodedError

Answer = Callable[[bytes, HeldOutImages], dict[str, Any]]

MAXIMUM_ANSWER = 2**20
ROUNDS = 3
"""Forks for one request: it may need images that are not decoded yet, once, and should then be content."""


class Forks:
    """Answers requests. `answer` and `limit` run in forks only."""

    def __init__(self, answer: Answer, limit: Callable[[], None], folder: Path) -> None:
        """`folder` is one of the process's own; decoded images lie there without a name."""
        self._answer = answer
        self._limit = limit
        self._folder = folder
        self._heldout = HeldOutImages(decodes=False)

    def __call__(self, line: bytes, seconds: float) -> dict[str, Any]:
        """The answer, or `{"gone": why}` when the fork ended without one."""
        deadline = time.monotonic() + seconds
        answer: dict[str, Any] = {}
        for _ in range(ROUNDS):
            answer = self._forked(lambda: self._asked(line), deadline, seconds)
            if "needs" not in answer:
                return answer
            needs = self._kept(Key.of(answer["needs"]), deadline, seconds)
            if needs is not None:
                return needs
        return {"gone": "it asked for images again and again"}

    def _asked(self, line: bytes) -> dict[str, Any]:
        try:
            return self._answer(line, self._heldout)
        except NotDecodedError as missing:
            return {"needs": missing.key.plain()}

    def _kept(self, key: Key, deadline: float, seconds: float) -> dict[str, Any] | None:
        """Have a set decoded and keep it; an answer where that fails."""
        path = self._folder / "decoded"

        def decode() -> dict[str, Any]:
            images, labels = HeldOutImages().load(key.folder, key.classes, key.height, key.width)
            images.tofile(path)
            return {"labels": labels.tolist()}

        answer = self._forked(decode, deadline, seconds)
        if "labels" not in answer:
            return answer
        labels = np.asarray(answer["labels"], np.int64)
        images = np.memmap(path, np.float32, "r", shape=(len(labels), key.height, key.width, 3))
        self._heldout.keep(key, images, labels)
        path.unlink()
        return None

    def _forked(self, work: Callable[[], dict[str, Any]], deadline: float, seconds: float) -> dict[str, Any]:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _work(work, writing, self._limit)
        os.close(writing)
        try:
            data = _read(reading, deadline)
        finally:
            os.close(reading)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        if data is None:
            return {"gone": f"it took longer than {seconds:g} s"}
        try:
            answer = json.loads(data)
        except ValueError:
            return {"ended": os.waitstatus_to_exitcode(status)}
        return answer if isinstance(answer, dict) else {"ended": 0}


def _work(work: Callable[[], dict[str, Any]], writing: int, limit: Callable[[], None]) -> NoReturn:
    """In the fork: nothing of the process's own channels is left open, whatever a model manages to run."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        keep = {1, 2, writing}
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, not files
            if int(name) not in keep and int(name) > 2:
                with contextlib.suppress(OSError):
                    os.close(int(name))
        limit()
        try:
            answer = work()
        except Exception as error:  # noqa: BLE001 - told to the other side, whatever it is
            answer = {"error": f"{type(error).__name__}: {error}"[:2000]}
        data = json.dumps(answer).encode("ascii")
        while data:
            data = data[os.write(writing, data) :]
        sys.stderr.flush()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a fork never goes back to serve
        os._exit(1)


def _read(descriptor: int, deadline: float) -> bytes | None:
    """All that comes until the end; None when time is up."""
    data = b""
    while len(data) <= MAXIMUM_ANSWER:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return None
        part = os.read(descriptor, 1 << 16)
        if not part:
            break
        data += part
    return data
