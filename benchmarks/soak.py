"""A class graded twice: in peace, and while something is killed every few seconds. Both must be the same, row by row.

    python -m benchmarks soak [--submissions N] [--every SECONDS] [--cluster]

The disturbed batch is started again with the same command whenever it ended, as a person or a service would. Its
results lie on a small disk that gets full, its gradebook in PostgreSQL, and its clock jumps. With `--cluster`, two Dask
workers with one thread each do the work; workers and scheduler are killed, and the line to the scheduler is cut, too.
What this machine cannot do (mount a disk, PostgreSQL, a C compiler for the clock) is said and left out.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.dask_here import DaskHere
from benchmarks.faults import FAULTS, NEEDS, Scene
from benchmarks.jumping_clock import JumpingClock
from benchmarks.line import Line
from benchmarks.postgres_here import PostgresHere
from benchmarks.small_class import small_class
from benchmarks.small_disk import SmallDisk
from grader.gradebook.book import FILE, WHERE, Location
from grader.gradebook.database import connect, parse_url, sqlite_url
from grader.gradebook.tables import Book, Marking

ENDED_IN_GOOD_ORDER = 0
MOST_STARTS = 500


@dataclass
class Disturbed:
    """What was done to a batch."""

    faults: Counter[str] = field(default_factory=Counter)
    starts: int = 0
    seconds: float = 0.0
    taken: list[str] = field(default_factory=list)


@dataclass
class Stands:
    """What a batch stands on, as far as it can be disturbed here."""

    cluster: DaskHere | None = None
    line: Line | None = None
    disk: SmallDisk | None = None
    clock: JumpingClock | None = None
    database: PostgresHere | None = None

    def scene(self, running: subprocess.Popen[bytes]) -> Scene:
        """Of this very moment: what ended may have been started again since."""
        scheduler, workers = (None, None) if self.cluster is None else (self.cluster.scheduler, self.cluster.workers)
        return Scene(running, scheduler, workers, self.line, self.disk, self.clock, self.database)

    def mend(self) -> None:
        """Start again what ended beside the batch."""
        if self.cluster is not None:
            self.cluster.mend()

    def environment(self) -> dict[str, str]:
        """Of the batch."""
        return {**os.environ, **({} if self.clock is None else self.clock.environment)}


def command(
    submissions: Path, rubric: Path | str, out: Path, scheduler: str | None, training: str = "full",
    pack: str | None = None, gradebook: str | None = None,
) -> list[str]:  # fmt: skip
    """The same for every start. `scheduler`: its address."""
    line = [
        sys.executable, "-m", "grader", "batch", str(submissions), "--rubric", str(rubric), "--out", str(out),
        "--training", training, *([] if pack is None else ["--assets", pack]),
        *([] if gradebook is None else ["--gradebook", gradebook]),
    ]  # fmt: skip
    if scheduler is None:
        return [*line, "--jobs", "2"]
    return [*line, "--scheduler", scheduler, "--shared", str(out.parent / "shared")]


def start(line: list[str], log: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a batch as from a terminal: Ctrl-C ends it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            line, stdout=output, stderr=output, env=environment,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip


def in_peace(line: list[str], log: Path) -> float:
    """Seconds it took."""
    began = time.monotonic()
    code = start(line, log).wait()
    if code != ENDED_IN_GOOD_ORDER:
        raise SystemExit(f"Expected an undisturbed batch to end with 0. Received {code}. See {log}.")
    return time.monotonic() - began


def disturbed(
    line: list[str], log: Path, out: Path, stands: Stands, every: float, seed: int, most: int | None
) -> Disturbed:  # fmt: skip
    """Start it until it ends by itself, and do something to it every so many seconds.

    A fault that finds nothing to happen to (no kernel just now, no connection to the database) waits for its chance. A
    start is left in peace for as many seconds as between faults; longer after starts that got nothing done, so that a
    machine that is slow to start comes to an end, too.
    """
    told = Disturbed()
    chance = random.Random(seed)
    next_kinds = itertools.cycle(
        kind for kind in FAULTS if kind not in NEEDS or getattr(stands, NEEDS[kind]) is not None
    )
    waiting: list[str] = []
    begun = 0
    peace = every
    began = time.monotonic()
    due = began + every
    while told.starts < MOST_STARTS:
        done_before = _done(out)
        running = start(line, log, stands.environment())
        told.starts += 1
        in_peace_until = time.monotonic() + peace
        while (code := running.poll()) is None:
            time.sleep(0.1)
            stands.mend()
            now = time.monotonic()
            if now < in_peace_until:
                continue
            if now >= due and (most is None or begun < most):
                begun += 1
                due = now + every
                waiting.append(next(next_kinds))
            for kind in list(waiting):
                if FAULTS[kind](stands.scene(running), chance):
                    waiting.remove(kind)
                    told.faults[kind] += 1
                    print(f"  {time.monotonic() - began:6.0f} s  {kind}", flush=True)
        if code == ENDED_IN_GOOD_ORDER:
            told.seconds = time.monotonic() - began
            return told
        peace = every if _done(out) > done_before else 1.5 * peace
        time.sleep(0.5)
    raise SystemExit(f"Expected the batch to end within {MOST_STARTS} starts. It did not. See {log}.")


def _done(out: Path) -> int:
    """Submissions that need not run again."""
    return sum(1 for _ in out.glob("evidence/*/run.json"))


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
    place = Location.model_validate_json((out / WHERE).read_bytes())
    mine = select(Marking.submission, Marking.status, Marking.result).join(Book, Book.id == Marking.book_id)
    engine = connect(sqlite_url(out / FILE) if place.url is None else parse_url(place.url))
    with engine.connect() as connection:
        for submission, status, result in connection.execute(mine.where(Book.name == place.book)):
            found.setdefault(submission, []).append((status, result))
    engine.dispose()
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


def _stands(folder: Path, stack: contextlib.ExitStack, *, in_cluster: bool) -> Stands:
    """All that this machine can do; says what it cannot."""
    stands = Stands()
    if in_cluster:
        stands.cluster = stack.enter_context(DaskHere(folder, workers=2))
        stands.line = stack.enter_context(Line(stands.cluster.port))
    with _said("no full disk"):
        stands.disk = stack.enter_context(SmallDisk(folder / "small-disk"))
    with _said("no jumping clock"):
        stands.clock = JumpingClock(folder)
    with _said("no PostgreSQL"):
        stands.database = stack.enter_context(PostgresHere())
    return stands


@contextlib.contextmanager
def _said(without: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        print(f"{without}: {problem}", flush=True)


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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers and mounts are to end with us
    with _folder(asked.keep) as folder, contextlib.ExitStack() as stack:
        submissions, rubric = small_class(folder, asked.submissions)
        stands = _stands(folder, stack, in_cluster=asked.cluster)
        direct = None if stands.cluster is None else stands.cluster.address
        calm = in_peace(command(submissions, rubric, folder / "calm", direct), folder / "calm.log")
        print(f"{asked.submissions} submissions in peace: {calm:.0f} s", flush=True)
        room = folder if stands.disk is None else stands.disk.folder
        line = command(
            submissions, rubric, room / "stormy", None if stands.line is None else stands.line.address,
            gradebook=None if stands.database is None else stands.database.url,
        )  # fmt: skip
        told = disturbed(
            line, folder / "stormy.log", room / "stormy", stands, asked.every, asked.seed, asked.faults
        )  # fmt: skip
        print(f"disturbed: {told.seconds:.0f} s, {told.starts} starts, {told.faults.total()} faults "
              f"({', '.join(f'{kind} {count}' for kind, count in sorted(told.faults.items()))})")  # fmt: skip
        wrong = compare(folder / "calm", room / "stormy")
        aside = leftovers(room / "stormy")
        print(f"rows compared: {len(rows(folder / 'calm'))}; different, lost or twice: {len(wrong)}")
        print("\n".join(wrong[:20]))
        if aside:
            print(f"written aside and left behind (never read): {len(aside)}")
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
