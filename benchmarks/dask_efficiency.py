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
    parser.add_argument("--notebooks", type=Path, help="a folder of real ones, not small ones without TensorFlow")
    parser.add_argument("--rubric", default="lab06", help="for those")
    parser.add_argument("--assets", help="asset pack for those")
    parser.add_argument("--training", default="auto", help="policy for those")
    asked = parser.parse_args(arguments)
    local, far = [], []
    with tempfile.TemporaryDirectory(prefix="dask-") as name:
        folder = Path(name)
        submissions, rubric, training, pack = _class(folder, asked)
        count = len(list(submissions.iterdir()))
        for turn in range(asked.turns):
            line = command(submissions, rubric, folder / f"local-{turn}", None, training, pack)
            local.append(in_peace(line, folder / "local.log"))
            with DaskHere(folder, workers=2) as cluster:
                line = command(submissions, rubric, folder / f"far-{turn}", cluster.address, training, pack)
                far.append(in_peace(line, folder / "far.log"))
            print(f"turn {turn + 1}: {seconds(local[-1])} here, {seconds(far[-1])} by Dask", flush=True)
    ratio = min(local) / min(far)
    kind = "small" if asked.notebooks is None else "real"
    show(
        f"{count} {kind} submissions, best of {asked.turns}", ["", "wall", "per submission"],
        [
            ["two threads", seconds(min(local)), seconds(min(local) / count)],
            ["two Dask workers", seconds(min(far)), seconds(min(far) / count)],
        ],
    )  # fmt: skip
    return judge([Claim("speed of two Dask workers", f"{ratio:.2f} of the local pool's", f"{TARGET}", ratio >= TARGET)])


def _class(folder: Path, asked: argparse.Namespace) -> tuple[Path, Path | str, str, str | None]:
    """Submissions, rubric, policy and asset pack."""
    if asked.notebooks is None:
        return *small_class(folder, asked.count), "full", None
    return asked.notebooks, asked.rubric, asked.training, asked.assets
