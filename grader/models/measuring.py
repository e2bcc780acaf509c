"""Client of the measuring process: sends models, gets measurements, and survives whatever a model does to it."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.errors import EvidenceError, InfrastructureError
from grader.evidence.model import Measurement
from grader.evidence.replay import Replay
from grader.models.admission import admit
from grader.models.generations import Generation, generation_of
from grader.models.inert import inert
from grader.models.measure_request import MeasureRequest, WeightRef
from grader.models.measuring_connection import Connection, Gone
from grader.models.measuring_process import DEFAULT_MEMORY
from grader.replay.recipe import ReplayRequest

__all__ = ["MeasureRequest", "MeasuringProcess", "WeightRef"]

START_SECONDS = 180.0
"""Importing TensorFlow takes 4 to 7 s on a warm machine, and far longer on a cold, busy one."""
TIMEOUT_SECONDS = 120.0
REPLAY_SECONDS = 300.0

FORKS = sys.platform == "linux"
"""Whether each model is in a fork of its own, so that the process itself ends for reasons of ours only."""


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
        self._running: Connection | None = None

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
        except Gone as gone:
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
        except Gone as gone:
            seconds = round(time.monotonic() - began, 3)
            return Replay(applies=False, problem=f"the head could not be trained again: {gone}", seconds=seconds)
        if "replay" in answer:
            return Replay.model_validate(answer["replay"])
        raise InfrastructureError(
            expected="a replay", received=str(answer.get("error"))[:500], where="measuring process"
        )

    def _answer(self, line: bytes, timeout: float) -> dict[str, Any]:
        """Ask, and once more when what served the request ended without a reason: what a model does to it, it does
        again, and what the system did to it happens once."""
        for last in (False, True):
            try:
                return self._asked(line, timeout)
            except Gone as gone:
                if not gone.without_a_reason:
                    raise
                if last and gone.whole and FORKS:
                    raise InfrastructureError(
                        expected="a measuring process that lives", received=f"{gone}, twice", where="measuring process",
                        todo="Is there enough memory?",
                    ) from gone  # fmt: skip
                if last:
                    raise
        raise AssertionError("unreachable")

    def _asked(self, line: bytes, timeout: float) -> dict[str, Any]:
        with self._lock:
            running = self._started()
            try:
                answer = running.ask(f"{timeout:g} ".encode() + line, timeout)
            except Gone:
                running.kill()
                self._running = None
                raise
            if "gone" in answer:
                raise Gone(str(answer["gone"])[:500], without_a_reason=answer.get("without_a_reason") is True)
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

    def _started(self) -> Connection:
        if self._running is None:
            running = Connection(self._command, self._scratch)
            try:
                running.versions = running.receive(self._start_timeout)["ready"]
            except (Gone, KeyError) as error:
                running.kill()
                raise InfrastructureError(
                    expected="the measuring process to start",
                    received=f"{error}; its last words: {running.last_words()}",
                    where=" ".join(self._command[:3]),
                    todo="Try `python -m grader.models.measuring_process` by hand.",
                ) from error
            self._running = running
        return self._running
