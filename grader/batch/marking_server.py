"""The process from which marking processes are forked: it imports what they need, once, while other work goes on.

Not this process itself: it may have threads, and a database open.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from multiprocessing.context import BaseContext

from grader.execution.machine import usable_cores

MANY = 60
"""From so many submissions on, starting more processes (half a second each) saves time."""

_IMPORTED = ["grader.batch.marking"]


def marking_processes(count: int) -> int:
    """How many processes mark so many submissions; 1 stands for this one."""
    return max(1, min(usable_cores(), count // (MANY // 2))) if count >= MANY else 1


def marking_context() -> BaseContext:
    """How marking processes are started: forked from the server, which starts with this; a new interpreter for each
    where a system cannot fork, or where the folder for temporary files has too long a name for the server's socket."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver  # not there on every system

        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_IMPORTED)
        with contextlib.suppress(OSError):
            forkserver.ensure_running()
            return context
    return multiprocessing.get_context("spawn")


def begin_early(count: int) -> None:
    """Let it start to import, if a class of this size is marked by several processes. Does not wait."""
    if marking_processes(count) > 1:
        marking_context()


def watch_parent() -> None:
    """Let this process end with the one that hands out its work: killed, that could not say that there is no more."""
    threading.Thread(target=_end_with_parent, daemon=True, name="parent").start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
