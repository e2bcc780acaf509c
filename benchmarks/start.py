"""How long `grader --help` takes: the median of many, against a Python that does nothing."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence

from benchmarks.cost import cost_of, grader
from benchmarks.places import environment
from benchmarks.table import Claim, judge, seconds, show

TIMES = 15
TARGET = 0.3


def main(_: Sequence[str]) -> int:
    """Run and print."""
    env = environment()
    commands = {
        "grader --help": grader("--help"), "grader batch --help": grader("batch", "--help"),
        "python -c pass": [sys.executable, "-c", "pass"],
    }  # fmt: skip
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _number in range(TIMES):
        for name, command in commands.items():
            found[name].append(cost_of(command, env=env).wall)
    rows = [[name, seconds(statistics.median(times)), seconds(min(times))] for name, times in found.items()]
    show("Answering --help", ["", "median", "least"], rows, [f"{TIMES} times each, in turn"])
    median = statistics.median(found["grader --help"])
    return judge([Claim("grader --help", seconds(median), f"under {TARGET} s", median < TARGET)])
