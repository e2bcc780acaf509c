"""A Dask scheduler and workers on this machine, as an instructor would start them by hand."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil


class DaskHere:
    """Scheduler and workers as processes of their own, each worker under a nanny that starts it again."""

    def __init__(self, folder: Path, workers: int) -> None:
        """`folder`: for what they print."""
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port: int = found.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self._count = workers
        self._log: IO[bytes] = (folder / "dask.log").open("ab")
        self.scheduler = self._start_scheduler()
        self.workers = self._start_workers()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in (self.workers, self.scheduler):
            with contextlib.suppress(psutil.Error):
                for one in [*process.children(recursive=True), process]:
                    with contextlib.suppress(psutil.Error):
                        one.kill()
        self._log.close()

    def mend(self) -> None:
        """Start again what ended, as systemd or Kubernetes would."""
        if not _lives(self.scheduler):
            self.scheduler = self._start_scheduler()
        if not _lives(self.workers):
            self.workers = self._start_workers()

    def _start_scheduler(self) -> psutil.Popen:
        return self._start("dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port))

    def _start_workers(self) -> psutil.Popen:
        return self._start("dask_worker", self.address, "--nworkers", str(self._count), "--nthreads", "1")

    def _start(self, program: str, *arguments: str) -> psutil.Popen:
        line = [sys.executable, "-m", f"distributed.cli.{program}", *arguments, "--no-dashboard"]
        started = psutil.Popen(line, stdout=self._log, stderr=subprocess.STDOUT)
        time.sleep(0.2)
        return started


def _lives(process: psutil.Popen) -> bool:
    return process.poll() is None
