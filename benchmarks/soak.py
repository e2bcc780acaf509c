"""A class graded twice: in peace, and while something is killed every few seconds. Both must be the same, row by row.

    python -m benchmarks soak [--submissions N] [--every SECONDS] [--cluster]

The disturbed batch is started again with the same command whenever it ended, as a person or a service would. With
`--cluster`, two Dask workers with one thread each do the work, and workers and scheduler are killed, too.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.dask_here import DaskHere
from benchmarks.faults import FAULTS, Scene
from benchmarks.small_class import small_class

ENDED_IN_GOOD_ORDER = 0
MOST_STARTS = 500


@dataclass
class Disturbed:
    """What was done to a batch."""

    faults: Counter[str] = field(default_factory=Counter)
    starts: int = 0
    seconds: float = 0.0
    taken: list[str] = field(default_factory=list)


def command(
    submissions: Path, rubric: Path | str, out: Path, cluster: DaskHere | None, training: str = "full",
    pack: str | None = None,
) -> list[str]:  # fmt: skip
    """The same for every start."""
    line = [
        sys.executable, "-m", "grader", "batch", str(submissions), "--rubric", str(rubric), "--out", str(out),
        "--training", training, *([] if pack is None else ["--assets", pack]),
    ]  # fmt: skip
    if cluster is None:
        return [*line, "--jobs", "2"]
    return [*line, "--scheduler", cluster.address, "--shared", str(out.parent / "shared")]


def start(line: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a batch as from a terminal: Ctrl-C ends it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            line, stdout=output, stderr=output, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        )


def in_peace(line: list[str], log: Path) -> float:
    """Seconds it took."""
    began = time.monotonic()
    code = start(line, log).wait()
    if code != ENDED_IN_GOOD_ORDER:
        raise SystemExit(f"Expected an undisturbed batch to end with 0. Received {code}. See {log}.")
    return time.monotonic() - began


def disturbed(
    line: list[str],
    log: Path,
    cluster: DaskHere | None,
    every: float,
    seed: int,
    most: int | None,
    kinds: Sequence[str] = tuple(FAULTS),
) -> Disturbed:
    """Start it until it ends by itself, and do something to it every so many seconds."""
    told = Disturbed()
    chance = random.Random(seed)
    next_kinds = itertools.cycle(name for name in kinds if cluster is not None or name not in ("worker", "scheduler"))
    began = time.monotonic()
    due = began + every
    while told.starts < MOST_STARTS:
        running = start(line, log)
        told.starts += 1
        while (code := running.poll()) is None:
            time.sleep(0.1)
            if time.monotonic() < due or (most is not None and told.faults.total() >= most):
                continue
            scene = Scene(running) if cluster is None else Scene(running, cluster.scheduler, cluster.workers)
            kind = next(next_kinds)
            if FAULTS[kind](scene, chance):
                told.faults[kind] += 1
                print(f"  {time.monotonic() - began:6.0f} s  {kind}", flush=True)
                due = time.monotonic() + every
            if cluster is not None:
                cluster.mend()
        if code == ENDED_IN_GOOD_ORDER:
            told.seconds = time.monotonic() - began
            return told
        time.sleep(0.5)
    raise SystemExit(f"Expected the batch to end within {MOST_STARTS} starts. It did not. See {log}.")


def rows(out: Path) -> dict[str, list[dict[str, Any]]]:
    """Of each submission, what was decided: from results.json, all that two undisturbed runs have in common."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in json.loads((out / "results.json").read_bytes())["submissions"]:
        kept = {name: value for name, value in entry.items() if name not in ("report", "evidence", "facts")}
        found.setdefault(entry["submission"]["id"], []).append(kept)
    return found


def decided(out: Path) -> dict[str, list[tuple[str, Any]]]:
    """Of each submission, every decision in the gradebook: its status and the result without times."""
    found: dict[str, list[tuple[str, Any]]] = {}
    with contextlib.closing(sqlite3.connect(out / "gradebook.sqlite3")) as book:
        for submission, status, result in book.execute("select submission, status, result from markings"):
            found.setdefault(submission, []).append((status, json.loads(result)))
    return found


def leftovers(out: Path) -> list[str]:
    """Files that were written aside and never took their place."""
    return sorted(str(path.relative_to(out)) for path in out.rglob(".aside-*"))


def compare(calm: Path, stormy: Path) -> list[str]:
    """What is not the same, in words; empty when nothing was lost and nothing counted twice."""
    wrong = [f"results.json: {what}" for what in _differences(rows(calm), rows(stormy))]
    return wrong + [f"gradebook: {what}" for what in _differences(decided(calm), decided(stormy))]


def _differences(wanted: Mapping[str, list[Any]], found: Mapping[str, list[Any]]) -> list[str]:
    wrong = [f"{name} is lost" for name in sorted(wanted.keys() - found.keys())]
    wrong += [f"{name} should not be there" for name in sorted(found.keys() - wanted.keys())]
    wrong += [f"{name} is there {len(entries)} times" for name, entries in found.items() if len(entries) != 1]
    both = sorted(wanted.keys() & found.keys())
    return wrong + [
        f"{name} differs: {found[name]} instead of {wanted[name]}"[:1500]
        for name in both
        if found[name] != wanted[name]
    ]


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        shutil.rmtree(keep, ignore_errors=True)
        keep.mkdir(parents=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        yield Path(name)


def main(arguments: list[str]) -> int:
    """0 when both are the same."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak", description=__doc__)
    parser.add_argument("--submissions", type=int, default=1_000)
    parser.add_argument("--every", type=float, default=20.0, help="seconds between faults")
    parser.add_argument("--faults", type=int, help="at most so many")
    parser.add_argument("--cluster", action="store_true", help="two Dask workers instead of two threads")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for everything, kept afterwards (emptied before)")
    asked = parser.parse_args(arguments)
    with _folder(asked.keep) as folder, contextlib.ExitStack() as stack:
        submissions, rubric = small_class(folder, asked.submissions)
        cluster = stack.enter_context(DaskHere(folder, workers=2)) if asked.cluster else None
        calm = in_peace(command(submissions, rubric, folder / "calm", cluster), folder / "calm.log")
        print(f"{asked.submissions} submissions in peace: {calm:.0f} s", flush=True)
        told = disturbed(
            command(submissions, rubric, folder / "stormy", cluster), folder / "stormy.log", cluster, asked.every,
            asked.seed, asked.faults,
        )  # fmt: skip
        print(f"disturbed: {told.seconds:.0f} s, {told.starts} starts, {told.faults.total()} faults "
              f"({', '.join(f'{kind} {count}' for kind, count in sorted(told.faults.items()))})")  # fmt: skip
        wrong = compare(folder / "calm", folder / "stormy")
        aside = leftovers(folder / "stormy")
        print(f"rows compared: {len(rows(folder / 'calm'))}; different, lost or twice: {len(wrong)}")
        print("\n".join(wrong[:20]))
        if aside:
            print(f"written aside and left behind (never read): {len(aside)}")
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
