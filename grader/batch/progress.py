"""Progress of a batch for a person: what is done, what runs, and about how long it will take."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from grader.console import console_line


class BatchProgress:
    """A live bar on a terminal, plain lines elsewhere (CI logs, files). Safe to call from several threads.

    The estimate is the mean time per finished submission, divided by those running side by side; it is shown
    once one submission is done.
    """

    def __init__(self, total: int, jobs: int) -> None:
        self._total = total
        self._jobs = max(1, min(jobs, total))
        self._done = 0
        self._started = time.monotonic()
        self._running: dict[str, str] = {}
        self._lock = threading.Lock()
        console = Console(stderr=True)
        self._live: Progress | None = None
        if console.is_terminal:
            self._live = Progress(
                SpinnerColumn(), BarColumn(bar_width=20), TextColumn("{task.completed:.0f}/{task.total:.0f}"),
                # No markup: a folder named `[/x]` would otherwise end the whole batch with an error.
                TextColumn("{task.description}", markup=False), console=console, transient=True,
            )  # fmt: skip
            self._task = self._live.add_task("starting", total=max(total, 1))

    def __enter__(self) -> BatchProgress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def cell(self, name: str, done: int, of: int) -> None:
        """One more cell of a running submission is done."""
        with self._lock:
            self._running[name] = f"{console_line(name, 40)} cell {done}/{of}"
            if self._live is not None:
                shown = ", ".join(list(self._running.values())[:2])
                self._live.update(self._task, description=f"{self._left()} {shown}"[:60])

    def finished(self, name: str, outcome: str) -> None:
        """A submission is done; `outcome` is a few words such as `14 of 17, needs review`."""
        with self._lock:
            self._done += 1
            self._running.pop(name, None)
            line = f"[{self._done}/{self._total}] {console_line(name, 80)}: {console_line(outcome, 200)}"
            if self._live is not None:
                self._live.update(self._task, completed=self._done, description=self._left())
                self._live.console.print(line, highlight=False, markup=False)
            else:
                print(f"{line}  {self._left()}".rstrip(), file=sys.stderr, flush=True)  # noqa: T201

    def _left(self) -> str:
        remaining = self._total - self._done
        if not self._done or not remaining:
            return ""
        seconds = (time.monotonic() - self._started) / self._done * remaining
        return f"about {spoken_time(seconds)} left"


def spoken_time(seconds: float) -> str:
    """`45 s`, `3 min`, `1 h 20 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
