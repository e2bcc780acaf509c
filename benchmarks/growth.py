"""How cost and memory grow with the class: marking again, and a second unchanged run, at 100, 1,000 and 10,000."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cost import Cost, grader, peak_of_grader
from benchmarks.places import environment
from benchmarks.remark import changed_rubric
from benchmarks.stored import kept_class, stored_class
from benchmarks.table import Claim, judge, seconds, show
from grader.batch.deliver import load_record

COUNTS = (100, 1_000, 10_000)
MINUTE = 60.0
FLAT = 2.0
"""Memory may grow so many times while the class grows a hundred times: a row of each submission is kept."""
LINEAR = 1.2


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks growth")
    parser.add_argument("--counts", type=int, nargs="+", default=list(COUNTS))
    parser.add_argument(
        "--stored", type=Path, help="a folder with `class` and `out` as made before: that size is not made again"
    )
    asked = parser.parse_args(arguments)
    counts = sorted(asked.counts)
    size = 0 if asked.stored is None else len(load_record(asked.stored / "out").submissions)
    found = {count: _measured(count, asked.stored if count == size else None) for count in counts}
    rows = [
        [what, *(_each(found[count][what][0], count) for count in counts)]
        + [f"{found[count][what][1] / 2**20:.0f} MB" for count in counts]
        for what in found[counts[0]]
    ]
    show(
        "How the cost of a class grows", ["", *(f"{count:,}" for count in counts), *(f"{count:,}" for count in counts)],
        rows, ["milliseconds of machine time (by the clock) for each submission, and peak memory of the coordinator"],
    )  # fmt: skip
    least, most = counts[0], counts[-1]
    claims = []
    for what, (cost, peak) in found[most].items():
        each = cost.machine / most / (found[least][what][0].machine / least)
        grown = peak / found[least][what][1]
        claims += [
            Claim(f"{what}, machine time each, {most:,} against {least:,}", f"{each:.2f}", f"at most {LINEAR}",
                  each <= LINEAR),
            Claim(f"{what}, memory, {most:,} against {least:,}", f"{grown:.2f}", f"at most {FLAT}", grown <= FLAT),
        ]  # fmt: skip
    marking = found[most]["rubric changed"][0].wall
    reached = marking < MINUTE if most >= COUNTS[-1] else None
    return judge([*claims, Claim(f"{most:,} marked again", seconds(marking), "10,000 under 60 s", reached)])


def _measured(count: int, stored: Path | None) -> dict[str, tuple[Cost, int]]:
    """Cost and peak memory of each command on a class of that size, which may be `stored` already."""
    with tempfile.TemporaryDirectory() as name:
        folder, env = Path(name), environment()
        made = stored_class(folder, count) if stored is None else kept_class(stored)
        again = grader("judge", made.out, "--rubric", changed_rubric(folder))[3:]
        peak_of_grader(grader("judge", made.out)[3:], env)
        seen = {"rubric changed": peak_of_grader(again, env), "nothing changed": peak_of_grader(again, env)}
        peak_of_grader(made.batch()[3:], env)
        seen["same batch again"] = peak_of_grader(made.batch()[3:], env)
        return seen


def _each(cost: Cost, count: int) -> str:
    return f"{1000 * cost.machine / count:.1f} ({1000 * cost.wall / count:.1f})"
