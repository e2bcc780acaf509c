"""Mark 300 stored submissions again: after a change of the rubric, and after none."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cost import cost_of, grader
from benchmarks.places import ROOT, environment
from benchmarks.stored import stored_class
from benchmarks.table import Claim, judge, seconds, show

TARGET = 5.0


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks remark")
    parser.add_argument("--count", type=int, default=300)
    count = parser.parse_args(arguments).count
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = stored_class(folder, count)
        env = environment() | {"PYTHONPATH": f"{_no_tensorflow(folder)}:{ROOT}"}
        first = cost_of(grader("judge", made.out), env=env)
        changed = cost_of(grader("judge", made.out, "--rubric", changed_rubric(folder)), env=env)
        same = cost_of(grader("judge", made.out, "--rubric", folder / "changed.toml"), env=env)
    rows = [
        [what, seconds(cost.wall), seconds(cost.machine), f"{1000 * cost.wall / count:.1f} ms"]
        for what, cost in (("first time", first), ("rubric changed", changed), ("nothing changed", same))
    ]
    show(f"Marking {count} again", ["", "wall", "machine", "each"], rows, ["importing TensorFlow was an error"])
    return judge([Claim("after a change of the rubric", seconds(changed.wall), "under 5 s", changed.wall < TARGET)])


def changed_rubric(folder: Path) -> Path:
    """The lab's rubric with other points, in that folder."""
    text = (ROOT / "rubrics/lab06.toml").read_text(encoding="utf-8")
    changed = text.replace("points = 3", "points = 4").replace('"../', f'"{ROOT}/')
    (folder / "changed.toml").write_text(changed, encoding="utf-8")
    return folder / "changed.toml"


def _no_tensorflow(folder: Path) -> Path:
    poison = folder / "poison"
    poison.mkdir()
    for name in ("tensorflow", "keras"):
        (poison / f"{name}.py").write_text("raise ImportError('marking again needs no TensorFlow')", encoding="utf-8")
    return poison
