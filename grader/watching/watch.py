"""Everybody who watches one command, told together; none of them can hold it up."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from grader.errors import UsageError
from grader.storage import write_text_atomically
from grader.watching.events import BatchEnded, Ending, Event, Watcher
from grader.watching.log import JsonLog
from grader.watching.summary import Summary

SUMMARY = "summary.json"
"""In the results folder."""


@dataclass(frozen=True)
class WatchRequest:
    """Who is to watch. `telemetry`: None as the standard variables say."""

    log: Path | None = None
    telemetry: bool | None = None


class Watch:
    """Tells all watchers, in order. One that fails is not told again; the work goes on."""

    def __init__(self, watchers: list[Watcher], say: Callable[[str], None]) -> None:
        self._watchers = watchers
        self._say = say

    def see(self, event: Event) -> None:
        """Something happened. Not safe to call from several threads."""
        for watcher in list(self._watchers):
            try:
                watcher.see(event)
            except Exception as problem:  # noqa: BLE001 - marks do not depend on who watches
                self._watchers.remove(watcher)
                kind = type(watcher).__name__
                self._say(f"Note: {kind} stopped watching ({type(problem).__name__}: {problem}); grading goes on")


NOBODY = Watch([], lambda _line: None)
"""For those who do not ask to be watched."""


@contextlib.contextmanager
def watching(request: WatchRequest, out: Path, say: Callable[[str], None]) -> Iterator[Watch]:
    """Watch until the end, and write `summary.json` in the results folder then, however the command ends.

    Raises:
        UsageError: the log cannot be opened, or the extra `otel` is missing. Said before anything runs.
    """
    from grader.watching.telemetry import over_http, wanted

    clock = time.monotonic()
    summary = Summary(datetime.now(UTC))
    with contextlib.ExitStack() as closing:
        watchers: list[Watcher] = [summary]
        if request.log is not None:
            watchers.append(JsonLog(closing.enter_context(_opened(request.log))))
        if wanted(request.telemetry, os.environ):
            telemetry = over_http()
            closing.callback(telemetry.close)
            watchers.append(telemetry)
        watch = Watch(watchers, say)
        how: Ending = "failed"
        try:
            yield watch
            how = "finished"
        except KeyboardInterrupt:
            how = "interrupted"
            raise
        finally:
            watch.see(BatchEnded(how, time.monotonic() - clock))
            _write(out, summary, say)


def _opened(path: Path) -> IO[str]:
    """A log is added to: a batch that goes on after an interrupt goes on in the same file, on a line of its own where
    a full disk or a power cut left half of one."""
    try:
        log = path.open("a", encoding="ascii")
        half = _breaks_off(path)
    except OSError as problem:
        raise UsageError(
            expected="a log file that can be written", received=problem.strerror or "an error", where=path,
            todo="Name a file in a folder that is there, with --log.",
        ) from problem  # fmt: skip
    if half:
        log.write("\n")
    return log


def _breaks_off(path: Path) -> bool:
    """Whether the file's last line has no end. What is no file (a pipe, a terminal) is not asked."""
    if not path.is_file() or path.stat().st_size == 0:
        return False
    with path.open("rb") as log:
        log.seek(-1, os.SEEK_END)
        return log.read(1) != b"\n"


def _write(out: Path, summary: Summary, say: Callable[[str], None]) -> None:
    document = summary.document()
    if document is None:
        return
    try:
        write_text_atomically(out / SUMMARY, document.model_dump_json(indent=2) + "\n")
    except OSError as problem:  # what the marks rest on was written before, or its own error is on the way
        say(f"Note: {out / SUMMARY} could not be written ({problem.strerror})")
