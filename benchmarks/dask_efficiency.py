"""Two Dask workers on this machine against two threads of the local pool: what sending work away costs."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.dask_here import DaskHere
from benchmarks.small_class import small_class
from benchmarks.soak import command, in_peace
from benchmarks.table import Claim, judge, seconds, show

TARGET = 0.8
"""Of the local pool's speed."""


def main(arguments: Sequence[str]) -> int:
    """Run both by turns and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks dask")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--turns", type=int, default=2)
    asked = parser.parse_args(arguments)
    local, far = [], []
    with tempfile.TemporaryDirectory(prefix="dask-") as name:
        folder = Path(name)
        submissions, rubric = small_class(folder, asked.count)
        for turn in range(asked.turns):
            local.append(in_peace(command(submissions, rubric, folder / f"local-{turn}", None), folder / "local.log"))
            with DaskHere(folder, workers=2) as cluster:
                line = command(submissions, rubric, folder / f"far-{turn}", cluster)
                far.append(in_peace(line, folder / "far.log"))
    ratio = min(local) / min(far)
    show(
        f"{asked.count} small submissions, best of {asked.turns}", ["", "wall", "per submission"],
        [
            ["two threads", seconds(min(local)), seconds(min(local) / asked.count)],
            ["two Dask workers", seconds(min(far)), seconds(min(far) / asked.count)],
        ],
    )  # fmt: skip
    return judge([Claim("speed of two Dask workers", f"{ratio:.2f} of the local pool's", f"{TARGET}", ratio >= TARGET)])
