"""The recorder's log as seen from outside, cell by cell, while it is being written.

The log lies where student code can write. A secret that would seal its lines cannot be kept from code in the same
process. But what has once been read by the driver can no longer be changed: it keeps its own copy, notes during which
cell each line arrived, and compares the file with the copy at the end.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from grader.execution.outbox import MAXIMUM_TIMELINE_BYTES

RECHECKED_BYTES = 4 << 20
"""Up to this size the whole log is compared after every cell; a larger one only at the end."""


@dataclass
class Witness:
    """Reads what is new in `OUTBOX/timeline.jsonl`, by descriptor, regular files only."""

    outbox: Path
    data: bytes = b""
    """All that was read, in the order it was first seen."""
    spans: list[tuple[int, int | None]] = field(default_factory=list)
    """`(end, prompt)`: bytes up to `end` arrived while that cell ran; None: between cells."""
    problems: list[str] = field(default_factory=list)
    """What should never happen to a log that is only appended to, in words."""

    def look(self, prompt: int | None, last: bool = False) -> None:
        """Read on. `prompt` is the number of the cell that has been running, None when none was."""
        try:
            now = self._read(0 if last or len(self.data) <= RECHECKED_BYTES else len(self.data))
        except FileNotFoundError:
            now = b""
        except OSError as problem:
            self._tell(f"it could not be read ({problem.strerror or problem})")
            return
        if now[: len(self.data)] != self.data:
            self._tell("lines that had been written before were changed or removed")
            return
        self.data = now
        self.spans.append((len(now), prompt))

    def prompt_at(self, offset: int) -> int | None:
        """Number of the cell that ran when the byte at `offset` arrived."""
        return next((prompt for end, prompt in self.spans if offset < end), None)

    def _read(self, start: int) -> bytes:
        descriptor = os.open(self.outbox / "timeline.jsonl", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            information = os.fstat(file.fileno())
            if not stat.S_ISREG(information.st_mode):
                raise OSError("not a regular file")
            if information.st_size < start:
                return b""
            file.seek(start)
            return self.data[:start] + file.read(MAXIMUM_TIMELINE_BYTES - start)

    def _tell(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)
