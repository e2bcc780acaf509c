"""Watches what a submission uses, and ends it as a whole when that is too much."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from grader.execution.limits import RunLimits, size_in_words
from grader.execution.process_tree import ProcessTree
from grader.execution.workspace import Workspace

INTERVAL = 0.25
"""Seconds between two looks: two cores can fill about a gigabyte in that time."""
DISK_EVERY = 4
"""Looks between two looks at the disk."""
SUMS = 3
"""How often memory is added up, one time after the other, before it is called too much."""


class Watchdog:
    """A thread for one kernel. `reason` says why it ended the submission, if it did."""

    def __init__(self, tree: ProcessTree, workspace: Workspace, limits: RunLimits, *, enclosed: bool) -> None:
        self.reason: str | None = None
        self._tree = tree
        self._workspace = workspace
        self._limits = limits
        self._in_memory = (workspace.folder, Path("/tmp"), Path("/dev/shm")) if enclosed else ()  # noqa: S108
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="watchdog")

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; `reason` no longer changes after this."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        looks = 0
        while not self._stopped.wait(INTERVAL):
            looks += 1
            reason = self._exceeded(disk=looks % DISK_EVERY == 0)
            if reason is not None:
                self.reason = reason
                self._tree.kill()
                return

    def _exceeded(self, *, disk: bool) -> str | None:
        usage = self._tree.usage()
        # The kernel refuses more where it can; this is for where it cannot (root without a user of its own).
        if usage.tasks > self._limits.processes + 8:
            return f"It started more than {self._limits.processes} processes and threads."
        files, stored = self._kept_in_memory()
        if usage.memory + stored > self._limits.memory_bytes:
            stored = max(stored, 0)
            # All looks must agree: processes are read one after the other, and while some are forked a page may be
            # counted as the parent's alone, and as a child's as well.
            sums = (self._tree.proportional_memory() + stored for _ in range(SUMS))
            if all(used > self._limits.memory_bytes for used in sums):
                return f"It used more than {size_in_words(self._limits.memory_bytes)} of memory."
        if files > self._limits.scratch_files:
            return f"It made more than {self._limits.scratch_files} files."
        return self._disk_exceeded() if disk else None

    def _kept_in_memory(self) -> tuple[int, int]:
        """Files and bytes in the sandbox's own folders, which live in memory and belong to no process."""
        files = stored = 0
        if not self._in_memory:
            return 0, 0
        for process in self._tree.members():
            try:
                for folder in self._in_memory:
                    # Through the process, since the folders are mounted for it alone.
                    system = os.statvfs(f"/proc/{process.pid}/root{folder}")
                    files += system.f_files - system.f_ffree
                    stored += (system.f_blocks - system.f_bfree) * system.f_frsize
            except OSError:
                files = stored = 0
                continue
            return files, stored
        return 0, 0

    def _disk_exceeded(self) -> str | None:
        size = files = 0
        for folder in (self._workspace.outbox, self._workspace.sockets):
            more_files, more = _weigh(folder, self._limits.outbox_files)
            files, size = files + more_files, size + more
        with contextlib.suppress(OSError):
            size += self._workspace.kernel_log.stat().st_size
        if files > self._limits.outbox_files:
            return f"It left more than {self._limits.outbox_files} files where results are kept."
        if size > self._limits.outbox_bytes:
            return f"It left more than {size_in_words(self._limits.outbox_bytes)} where results are kept."
        return None


def _weigh(folder: Path, most: int) -> tuple[int, int]:
    """Files and bytes on disk below a folder, without following links; stops counting at `most` files."""
    files = size = 0
    pending = [str(folder)]
    while pending and files <= most:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    files += 1
                    if files > most:
                        break
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue
    return files, size
