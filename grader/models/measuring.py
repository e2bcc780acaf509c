"""Client of the measuring process: sends models, gets measurements, and survives whatever a model does to it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grader
from grader.errors import EvidenceError, InfrastructureError
from grader.evidence.model import Measurement
from grader.evidence.replay import Replay
from grader.models.admission import admit
from grader.models.generations import Generation, generation_of
from grader.models.inert import inert
from grader.models.measure_request import MeasureRequest, WeightRef
from grader.models.measuring_process import DEFAULT_MEMORY, EXIT_OUT_OF_MEMORY
from grader.replay.recipe import ReplayRequest

__all__ = ["MeasureRequest", "MeasuringProcess", "WeightRef"]

START_SECONDS = 180.0
"""Importing TensorFlow takes 4 to 7 s on a warm machine, and far longer on a cold, busy one."""
TIMEOUT_SECONDS = 120.0
REPLAY_SECONDS = 300.0
GRACE_SECONDS = 20.0
"""The process watches the time of its forks; this much later it is taken for stuck itself, and killed."""
MAXIMUM_ANSWER = 2**20


class MeasuringProcess:
    """A warm process that measures models one after another. Safe to share between threads.

    Use as a context manager::

        with MeasuringProcess() as process:
            measurement = process.measure(request)
    """

    def __init__(
        self,
        *,
        command_prefix: Sequence[str] = (),
        scratch: Path | None = None,
        memory: int = DEFAULT_MEMORY,
        start_timeout: float = START_SECONDS,
        framework: Generation = "keras3",
    ) -> None:
        """Nothing starts before the first measurement.

        Args:
            command_prefix: a sandbox's command, put before the process's own, such as `("bwrap", ..., "--")`.
            scratch: folder in which the process may have a folder of its own; the system's temporary one by default.
            memory: most bytes of resident memory; a model that needs more is not measured.
            start_timeout: seconds that starting may take.
            framework: which Keras builds the models. A process for Keras 3 hands those of Keras 2 to one of its own
                kind, which it starts when the first one comes.
        """
        self._framework = framework
        self._older: MeasuringProcess | None = None
        self._for_older: dict[str, Any] = {
            "command_prefix": command_prefix, "scratch": scratch, "memory": memory, "start_timeout": start_timeout,
        }  # fmt: skip
        self._command = [*command_prefix, sys.executable, "-m", "grader.models.measuring_process"]
        self._command += ["--memory", str(memory), "--framework", framework]
        self._scratch = scratch
        self._start_timeout = start_timeout
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> dict[str, str]:
        """Start now, so that the first measurement does not wait.

        Returns:
            The versions of Python, TensorFlow and Keras that measure.

        Raises:
            InfrastructureError: it does not start.
        """
        with self._lock:
            return self._started().versions

    def measure(self, request: MeasureRequest, timeout: float = TIMEOUT_SECONDS) -> Measurement:
        """Rebuild and measure one model.

        Args:
            request: what to measure.
            timeout: seconds after which its fork is killed and the model counts as not measurable.

        Returns:
            The measurement. When the model ends its fork of the process, exceeds its time or memory, `rebuilt` is False
            and `problem` says so; the next call finds the process as warm as before.

        Raises:
            InfrastructureError: our side failed: the process does not start, or the held-out images are missing.
        """
        began = time.monotonic()
        try:
            admit(request.config)
        except EvidenceError as error:
            return Measurement(rebuilt=False, problem=str(error))
        if self._framework == "keras3" and generation_of(request.config) == "tf_keras":
            return self._for_keras_2().measure(request, timeout=timeout)
        # Only what was admitted is sent: `compile_config` was not looked at and may hold anything.
        line = request.model_copy(update={"config": inert(request.config)}).model_dump_json().encode() + b"\n"
        try:
            answer = self._answer(line, timeout)
        except _Gone as gone:
            seconds = round(time.monotonic() - began, 3)
            return Measurement(rebuilt=False, problem=f"the model could not be measured: {gone}", seconds=seconds)
        if "measurement" in answer:
            return Measurement.model_validate(answer["measurement"])
        raise InfrastructureError(
            expected="a measurement", received=str(answer.get("error"))[:500], where="measuring process"
        )

    def warm_up(self) -> None:
        """Start the process now, so that the first measurement need not wait for it. A failure shows there."""
        with self._lock, contextlib.suppress(InfrastructureError):
            self._started()

    def replay(self, request: ReplayRequest, timeout: float = REPLAY_SECONDS) -> Replay:
        """Train a head again on features and measure it.

        Args:
            request: the head, its training, and where the features are.
            timeout: seconds after which the process is killed and the replay counts as impossible.

        Raises:
            InfrastructureError: our side failed.
        """
        began = time.monotonic()
        line = b'{"replay": ' + request.model_dump_json().encode() + b"}\n"
        try:
            answer = self._answer(line, timeout)
        except _Gone as gone:
            seconds = round(time.monotonic() - began, 3)
            return Replay(applies=False, problem=f"the head could not be trained again: {gone}", seconds=seconds)
        if "replay" in answer:
            return Replay.model_validate(answer["replay"])
        raise InfrastructureError(
            expected="a replay", received=str(answer.get("error"))[:500], where="measuring process"
        )

    def _answer(self, line: bytes, timeout: float) -> dict[str, Any]:
        with self._lock:
            running = self._started()
            try:
                answer = running.ask(f"{timeout:g} ".encode() + line, timeout)
            except _Gone:
                running.kill()
                self._running = None
                raise
            if "gone" in answer:
                raise _Gone(str(answer["gone"])[:500])
            return answer

    def _for_keras_2(self) -> MeasuringProcess:
        with self._lock:
            if self._older is None:
                self._older = MeasuringProcess(framework="tf_keras", **self._for_older)
            return self._older

    def close(self) -> None:
        """End the process. A later call of `measure` starts a new one."""
        with self._lock:
            if self._older is not None:
                self._older.close()
            if self._running is not None:
                self._running.kill()
                self._running = None

    def _started(self) -> _Running:
        if self._running is None:
            running = _Running(self._command, self._scratch)
            try:
                running.versions = running.receive(self._start_timeout)["ready"]
            except (_Gone, KeyError) as error:
                running.kill()
                raise InfrastructureError(
                    expected="the measuring process to start",
                    received=f"{error}; its last words: {running.last_words()}",
                    where=" ".join(self._command[:3]),
                    todo="Try `python -m grader.models.measuring_process` by hand.",
                ) from error
            self._running = running
        return self._running


class _Gone(Exception):  # noqa: N818 -- a state of the process, in words
    """The process gave no answer; the text says why."""


class _Running:
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
            raise _Gone(f"it took longer than {promised or timeout:g} s") from None
        if not line:
            raise _Gone(self._why_it_ended())
        try:
            document = json.loads(line)
        except ValueError as error:
            raise _Gone("the measuring process gave no readable answer") from error
        if not isinstance(document, dict):
            raise _Gone("the measuring process gave no readable answer")
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

    def _why_it_ended(self) -> str:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "the measuring process closed its output"
        if code == EXIT_OUT_OF_MEMORY:
            return "it needs more memory than is allowed"
        return f"the measuring process ended with code {code}"

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
