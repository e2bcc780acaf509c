"""The same batch of 300 a second time: everything is taken from before, nothing runs."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cost import cost_of
from benchmarks.places import environment
from benchmarks.stored import stored_class
from benchmarks.table import Claim, judge, seconds, show

TARGET = 5.0


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks again")
    parser.add_argument("--count", type=int, default=300)
    count = parser.parse_args(arguments).count
    with tempfile.TemporaryDirectory() as name:
        made = stored_class(Path(name), count)
        runs = [cost_of(made.batch(), env=environment()) for _ in range(3)]
        assert all(f"Taken from before: {count} of {count}" in run.output for run in runs), runs[-1].output
    rows = [
        [what, seconds(run.wall), seconds(run.machine)]
        for what, run in zip(("reports not yet made", "unchanged", "unchanged"), runs, strict=True)
    ]
    show(f"The same batch of {count} again", ["", "wall", "machine"], rows)
    last = runs[-1].wall
    return judge([Claim(f"second run of {count}", seconds(last), "under 5 s", last < TARGET)])
