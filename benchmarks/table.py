"""Tables of ratios, on 80 columns, and what they were measured on."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from grader.execution.machine import usable_cores, usable_memory


@dataclass(frozen=True)
class Claim:
    """One line: what, the ratio or value seen, and what it should be."""

    what: str
    seen: str
    wanted: str
    holds: bool | None = None
    """None: told, not judged."""


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> None:
    """Print a table; the first column is text, the others are numbers."""
    widths = [max(len(str(row[column])) for row in [head, *rows]) for column in range(len(head))]
    print(f"\n{title}\n{'=' * len(title)}")
    for number, row in enumerate([head, *rows]):
        cells = [
            f"{row[0]:<{widths[0]}}",
            *(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  ".join(cells).rstrip())
        if not number:
            print("  ".join("-" * width for width in widths))
    for note in notes:
        print(f"* {note}")


def judge(claims: Sequence[Claim]) -> int:
    """Print each claim with what was seen; 1 if one does not hold."""
    print()
    for claim in claims:
        sign = {True: "holds", False: "DOES NOT HOLD", None: "seen"}[claim.holds]
        print(f"{sign}: {claim.what}: {claim.seen}" + (f" (wanted: {claim.wanted})" if claim.wanted else ""))
    return int(any(claim.holds is False for claim in claims))


def machine() -> str:
    """What the figures were seen on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("tensorflow", "keras"))
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (
        f"{usable_cores()} cores ({model}), {usable_memory() / 2**30:.0f} GB, {platform.system()}, "
        f"Python {sys.version.split()[0]}, {versions}{load}"
    )


def seconds(value: float) -> str:
    """`0.24 s`, `12.3 s`, `370 s`."""
    return f"{value:.0f} s" if value >= 100 else f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"


def ratio(ours: float, theirs: float) -> str:
    """`1/7.3` where ours is less, `1.4` where it is more."""
    return f"1/{theirs / ours:.1f}" if ours < theirs else f"{ours / theirs:.2f}"
