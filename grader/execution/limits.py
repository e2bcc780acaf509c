"""How long and how much: limits on one notebook's run."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from grader.execution.machine import usable_memory

GIGABYTE = 1 << 30
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class RunLimits:
    """Times in seconds, sizes in bytes unless a name says otherwise. Everything is per submission.

    The defaults leave room for a full training of the lab (measured: under 2 GB, about 90 threads) and still let two
    notebooks run side by side on a laptop of 16 GB.
    """

    cell_seconds: float = 1800.0
    notebook_seconds: float = 3600.0
    start_seconds: float = 120.0
    interrupt_seconds: float = 10.0
    """After a cell's time is up and it was interrupted: how long the kernel may take to answer again."""
    threads: int = 2

    memory_bytes: int = 6 * GIGABYTE
    """Of all processes of the submission together (watched), and of each one's own data (RLIMIT_DATA)."""
    processes: int = 512
    """Processes and threads."""
    open_files: int = 1024
    file_bytes: int = 2 * GIGABYTE
    """Of one file, holes included."""
    scratch_bytes: int = 2 * GIGABYTE
    """Of the working folder, home and temporary files together; they live in memory."""
    scratch_files: int = 200_000
    shared_memory_bytes: int = 256 * MEGABYTE
    outbox_bytes: int = 2 * GIGABYTE
    outbox_files: int = 2000

    output_characters_per_cell: int = 200_000
    """Of text that is kept; what is above it is dropped."""
    media_characters_per_cell: int = 8_000_000
    """Of pictures and other rich output that is kept, as encoded in messages."""
    output_characters: int = 40_000_000
    """Of all that is kept of one notebook."""
    messages: int = 200_000
    """A notebook that sends more is ended."""

    @property
    def cpu_seconds(self) -> int:
        """Processor time of one process: all cores busy for the notebook's whole time, and some more."""
        return math.ceil(self.notebook_seconds * (os.cpu_count() or 1)) + 60

    def in_words(self) -> str:
        """`6 GB memory, 512 processes`."""
        return f"{size_in_words(self.memory_bytes)} memory, {self.processes} processes"


def memory_share(jobs: int) -> int:
    """Bytes of memory for each of `jobs` notebooks side by side: four fifths of the machine, never below the default.

    One that works with larger pictures than the lab asks for may need far more than the lab does (seen: 320 x 320
    pixels in batches of 64), and a machine that has it should not end it.
    """
    return max(RunLimits.memory_bytes, int(usable_memory() * 0.8) // max(jobs, 1))


def size_in_words(size: int) -> str:
    """`6 GB`, `256 MB`, `4 KB`: binary units as people say them."""
    for unit, name in ((GIGABYTE, "GB"), (MEGABYTE, "MB"), (1024, "KB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
