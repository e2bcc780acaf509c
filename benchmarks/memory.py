"""Peak memory of the coordinating process: what a batch of 1,000 holds that one of 30 does not."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cost import grader, peak_of_grader
from benchmarks.overhead import import_only, prepared
from benchmarks.places import environment
from benchmarks.stored import OPTIONS, sandbox_name, stored_class
from benchmarks.table import Claim, judge, show

TARGET = 1.2


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks memory")
    parser.add_argument("--few", type=int, default=30)
    parser.add_argument("--many", type=int, default=1000)
    parser.add_argument("--kernels", action="store_true", help="run them all, with kernels that do nothing (long)")
    asked = parser.parse_args(arguments)
    names = ("marking again", "batch, taken from before", *(("batch, all run",) if asked.kernels else ()))
    peaks: dict[str, list[int]] = {name: [] for name in names}
    for count in (asked.few, asked.many):
        with tempfile.TemporaryDirectory() as name:
            made = stored_class(Path(name), count)
            peaks[names[0]].append(peak_of_grader(grader("judge", made.out)[3:], environment())[1])
            peaks[names[1]].append(peak_of_grader(made.batch()[3:], environment())[1])
        if asked.kernels:
            with tempfile.TemporaryDirectory() as name:
                prepared()
                import_only(Path(name) / "class", count, "pass")
                command = grader(
                    "batch", Path(name, "class"), *OPTIONS, "--out", Path(name, "out"), "--sandbox", sandbox_name()
                )
                peaks[names[2]].append(peak_of_grader(command[3:], environment())[1])
    rows = [
        [name, *(f"{peak / 2**20:.0f} MB" for peak in found), f"{found[1] / found[0]:.2f}"]
        for name, found in peaks.items()
    ]
    show(
        "Peak memory of the coordinating process", ["", f"{asked.few}", f"{asked.many}", "ratio"], rows,
        ["largest resident set of the process itself, by getrusage(2); its kernels and helpers do not count"],
    )  # fmt: skip
    return judge(
        [
            Claim(f"{name}, {asked.many} against {asked.few}", f"{found[1] / found[0]:.2f}", "at most 1.20",
                  found[1] / found[0] <= TARGET)
            for name, found in peaks.items()
        ]
    )  # fmt: skip
