"""How long and how much: limits on one notebook's run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RunLimits:
    """Times in seconds, sizes in characters."""

    cell_seconds: float = 1800.0
    notebook_seconds: float = 3600.0
    start_seconds: float = 120.0
    output_characters_per_cell: int = 200_000
    threads: int = 2
