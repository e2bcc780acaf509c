"""Progress of a batch for a person: what is done, what runs, and about how long it will take."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from grader.console import console_line

BAR = 20
SHOWN_RUNNING = 6
LONGEST_NAME = 28
SILENCE = 60.0
"""Seconds without a line in a log after which one says what runs: a CI log should show that the batch lives."""


@dataclass
class _Running:
    name: str
    began: float
    cells: str = ""


class BatchProgress:
    """A live bar on a terminal, plain lines elsewhere (CI logs, files). Safe to call from several threads.

    The estimate goes by work, not by count: what is done took so long, and so much is expected to be left. It is shown
    once as many are done as run side by side: what ends first is often what failed early, and says little of the rest.
    """

    def __init__(
        self, total: int, *, expected: Mapping[str, float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`expected`: a submission's name → its expected work, in any unit; without it all count the same."""
        self._total = total
        self._expected = dict(expected or {})
        self._done = 0
        self._work_done = 0.0
        self._work = sum(self._expected.values()) or float(total)
        self._clock = clock
        self._started = self._last_line = clock()
        self._running: dict[str, _Running] = {}
        self._side_by_side = 1
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._console = Console(stderr=True)
        self._live: Live | None = None
        if self._console.is_terminal:
            self._live = Live(get_renderable=self._picture, console=self._console, transient=True, refresh_per_second=2)

    def __enter__(self) -> BatchProgress:
        if self._live is not None:
            self._live.start()
        elif self._total:
            threading.Thread(target=self._break_silence, daemon=True, name="progress").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._live is not None:
            self._live.stop()

    def cell(self, name: str, done: int, of: int) -> None:
        """A submission runs; `done` of its cells have."""
        with self._lock:
            running = self._running.setdefault(name, _Running(console_line(name, LONGEST_NAME), self._clock()))
            running.cells = f"cell {done}/{of}" if of else ""
            self._side_by_side = max(self._side_by_side, len(self._running))

    def again(self, name: str, why: str) -> None:
        """Our side failed on a submission, which will be tried again."""
        with self._lock:
            self._running.pop(name, None)
            line = f"{console_line(name, LONGEST_NAME)}: our side failed, tried again later ({console_line(why, 160)})"
            if self._live is not None:
                self._live.console.print(line, highlight=False, markup=False)
            else:
                self._log(line)

    def finished(self, name: str, outcome: str) -> None:
        """A submission is done; `outcome` is a few words such as `ran to the end, accuracy 0.953`."""
        with self._lock:
            self._done += 1
            self._work_done += self._expected.get(name, 1.0)
            self._running.pop(name, None)
            line = f"[{self._done}/{self._total}] {console_line(name, LONGEST_NAME)}: {console_line(outcome, 200)}"
            if self._live is not None:
                self._live.console.print(line, highlight=False, markup=False)
            else:
                self._log(f"{line}{self._behind(', ')}")

    def _log(self, line: str) -> None:
        self._last_line = self._clock()
        print(line, file=sys.stderr, flush=True)  # noqa: T201

    def _break_silence(self) -> None:
        while not self._ended.wait(SILENCE / 4):
            with self._lock:
                if self._clock() - self._last_line >= SILENCE:
                    names = ", ".join(f"{one.name} {one.cells}".rstrip() for one in list(self._running.values())[:2])
                    self._log(f"[{self._done}/{self._total}] running: {names or 'starting'}{self._behind(', ')}")

    def _behind(self, comma: str) -> str:
        left = self.left()
        return f"{comma}{left}" if left else ""

    def _picture(self) -> Text:
        """The lines of the live display, none wider than 80 columns."""
        with self._lock:
            full = round(BAR * self._done / self._total) if self._total else BAR
            picture = Text("━" * full, style="green")
            picture.append("━" * (BAR - full), style="bright_black")
            picture.append(
                f" {self._done}/{self._total} done, {len(self._running)} running{self._behind(', ')}", "bold"
            )
            running = list(self._running.values())
            for one in running[:SHOWN_RUNNING]:
                since = spoken_time(self._clock() - one.began)
                picture.append(f"\n  {one.name:<{LONGEST_NAME}}  {one.cells:<12}  {since}", style="not bold")
            if len(running) > SHOWN_RUNNING:
                picture.append(f"\n  and {len(running) - SHOWN_RUNNING} more", style="not bold")
        picture.no_wrap = True
        picture.overflow = "ellipsis"
        return picture

    def left(self) -> str:
        """`about 14 min left`; empty while nothing is known, and at the end."""
        if self._done < self._side_by_side or self._done >= self._total or self._work_done <= 0:
            return ""
        now = self._clock()
        seconds = (now - self._started) * (self._work - self._work_done) / max(self._work_done, 1e-9)
        return f"about {spoken_time(seconds)} left"


def spoken_time(seconds: float) -> str:
    """`45 s`, `3 min`, `1 h 20 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
