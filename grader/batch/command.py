"""The whole road for one command: read, run, observe, judge, report, deliver."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from grader.assets.locate import find_pack
from grader.assets.pack import AssetPack
from grader.assets.verify import require_sound
from grader.batch.deliver import BatchRecord, Graded, deliver, save_record
from grader.batch.engine import TRIES
from grader.batch.job import Conditions
from grader.batch.kept import KeptRuns
from grader.batch.marking_server import begin_early
from grader.batch.order import longest_first
from grader.batch.places import disk_that_takes, only_one, own_scratch, results_folder
from grader.batch.policy import first_reference, with_roads
from grader.batch.progress import BatchProgress
from grader.batch.resume import still_to_run
from grader.batch.run import run_batch
from grader.batch.shares import Shares
from grader.batch.site import Site, site_of
from grader.batch.station import Equipment, Station, equipment, make_folders
from grader.batch.told import began
from grader.errors import UsageError
from grader.evidence.model import Cell, Evidence
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox, choose_sandbox
from grader.gradebook.book import open_gradebook
from grader.observation.observe import pack_facts
from grader.provenance.key_store import signing_key
from grader.provenance.keys import SigningKey
from grader.rubric.load import load_rubric
from grader.rubric.model import Rubric
from grader.submission.discover import discover_all
from grader.submission.model import Submission
from grader.submission.notebook import cells_of, read_notebook
from grader.watching.events import TakenFromBefore
from grader.watching.watch import Watch, WatchRequest, watching

Say = Callable[[str], None]


@dataclass(frozen=True)
class BatchRequest:
    """What a person asked for on the command line."""

    submissions: Path | tuple[Path, ...]
    """A folder, a notebook or a zip; or several of them."""
    rubric: str
    pack: str | None
    out: Path
    jobs: int | None
    """None: as many as fit this machine."""
    policy: str
    steps_per_call: int
    sandbox: str
    cell_seconds: float | None
    notebook_seconds: float | None
    kernel_start: str = "auto"
    fresh: bool = False
    """Run everything again, whatever is kept from before."""
    assignment: str | None = None
    """Which assignment, where a folder is laid out as nbgrader does (submitted/STUDENT/ASSIGNMENT)."""
    key: Path | None = None
    """File with the signing key; None: the data folder's own, made on first use."""
    tries: int = TRIES
    """How often a submission is begun on which our side fails."""
    scheduler: str | None = None
    """Address of a Dask scheduler; None: this machine grades."""
    shared: str | None = None
    """Folder or fsspec URL that the coordinator and all workers see; only with a scheduler."""
    watch: WatchRequest = field(default_factory=WatchRequest)
    gradebook: str | None = None
    """URL of the gradebook's database; None: a file in `out`, or the one used before for it."""


def grade_all(request: BatchRequest, say: Say) -> Graded:
    """Grade everything and write it out, watched by whoever the request names.

    Raises:
        GraderError: nothing can be graded at all (rubric, pack, sandbox, arguments). One bad submission never raises.
    """
    with watching(request.watch, request.out, say) as watch:
        return _grade_all(request, say, watch)


def _grade_all(request: BatchRequest, say: Say, watch: Watch) -> Graded:
    started = datetime.now(UTC)
    clock = time.monotonic()
    _require_apart(request)
    rubric = load_rubric(request.rubric)
    sandbox = choose_sandbox(request.sandbox)
    key = signing_key(request.key)
    pack = find_pack(request.pack or rubric.lab.assets, say)
    require_sound(pack)
    results_folder(request.out)
    with disk_that_takes(request.out), open_gradebook(request.out, rubric.lab.id, request.gradebook):
        pass  # hours before it is written to: now is the time to say that it cannot be opened
    with (
        only_one(request.out),
        disk_that_takes(request.out),
        own_scratch() as scratch,
        site_of(request.jobs, request.scheduler, request.shared, sandbox, say) as site,
    ):
        make_folders(scratch)
        submissions = _submissions(request, scratch / "unpacked")
        begin_early(len(submissions))
        parts = site.shares(len(submissions))
        conditions = conditions_of(request, rubric, pack, sandbox, parts, scratch)
        count = f"{len(submissions)} submission{'' if len(submissions) == 1 else 's'}"
        say(f"{count}, rubric {rubric.lab.id}, pack {pack.name}, training {request.policy}")
        facts = pack_facts(pack)
        watch.see(began("batch", rubric, facts, request.policy, sandbox.name, len(submissions)))
        if pack.notice:
            say(f"Note: {pack.notice}")
        cache = site.features(key, scratch)
        with equipment(conditions, request.kernel_start, scratch, cache) as live:
            conditions = with_roads(live.conditions, rubric, live.replayer, live.measuring.measure, request.out, key)
            names = _run_all(rubric, submissions, conditions, live, site, request, parts, key, scratch, say, watch)
    require_sound(pack)  # a file changed in between would have touched marks
    record = BatchRecord(
        rubric=str(rubric.path), submissions=tuple(sorted(names)), policy=request.policy, sandbox=sandbox.name,
        steps_per_call=request.steps_per_call if request.policy == "capped" else None,
        pack=facts, started=started,
        seconds=round(time.monotonic() - clock, 1),
    )  # fmt: skip
    with disk_that_takes(request.out):
        save_record(request.out, record)
        return deliver(request.out, rubric, record, key, request.gradebook, watch)


def conditions_of(
    request: BatchRequest, rubric: Rubric, pack: AssetPack, sandbox: Sandbox, parts: Shares, scratch: Path
) -> Conditions:
    """Under which the submissions will run, their workspaces in `scratch/run`."""
    return Conditions(
        pack=pack, policy=request.policy, steps_per_call=request.steps_per_call, sandbox=sandbox,
        limits=RunLimits(
            cell_seconds=request.cell_seconds or rubric.limits.cell_seconds,
            notebook_seconds=request.notebook_seconds or rubric.limits.notebook_seconds,
            memory_bytes=parts.memory_bytes, threads=parts.threads,
        ),
        questions=rubric.questions(), scratch=scratch / "run", template=template_cells(rubric),
        framework=rubric.environment.framework,
    )  # fmt: skip


def _paths(request: BatchRequest) -> tuple[Path, ...]:
    given = request.submissions
    return (given,) if isinstance(given, Path) else given


def _require_apart(request: BatchRequest) -> None:
    """Results among the submissions would be taken for submissions the next time."""
    if any(path.resolve() == request.out.resolve() for path in _paths(request)):
        raise UsageError(
            expected="an --out folder of its own", received="the folder that holds the submissions", where=request.out,
            todo="Name another one, such as `--out results`.",
        )  # fmt: skip


def _submissions(request: BatchRequest, unpacked: Path) -> list[Submission]:
    """What was handed in; an --out folder that lies among it is no submission."""
    paths, out = _paths(request), request.out.resolve()
    found = discover_all(paths, unpacked, request.assignment)
    found = [one for one in found if one.folder is None or one.folder.resolve() != out]
    if not found:
        raise UsageError(
            expected="notebooks, folders with notebooks, or a zip of them", received="none",
            where=paths[0], todo="Name the folder that holds the students' notebooks.",
        )  # fmt: skip
    return found


def _run_all(
    rubric: Rubric, submissions: list[Submission], conditions: Conditions, live: Equipment, site: Site,
    request: BatchRequest, parts: Shares, key: SigningKey, scratch: Path, say: Say, watch: Watch,
) -> list[str]:  # fmt: skip
    """Run the reference, then every submission; returns the submissions' ids."""
    say("Reference solution: its accuracy is measured once and kept")
    reference = first_reference(rubric, conditions, live.measuring.measure, request.out, key)
    say(f"Reference solution: {_reached(reference.accuracy, reference.problem)}")
    kept = KeptRuns(request.out, conditions, reference, key)
    waiting = submissions if request.fresh else still_to_run(submissions, kept, conditions, reference, request.out, say)
    watch.see(TakenFromBefore(len(submissions) - len(waiting), len(waiting)))
    if not waiting:
        return [submission.id for submission in submissions]
    by_id = {submission.id: submission for submission in waiting}
    ordered = longest_first(waiting, kept.seconds, trains=conditions.policy == "full")
    say(f"Running {len(waiting)}, {parts.in_words()}")
    with BatchProgress(len(waiting), expected={one.name: seconds for one, seconds in ordered}) as progress:
        station = Station(conditions, reference, live.measuring.measure)
        engine = site.engine(station, rubric, request.kernel_start, request.out, scratch, progress.cell)
        running = run_batch(
            [submission for submission, _ in ordered], engine, conditions.pack, request.out,
            progress=progress, tries=request.tries, watch=watch,
        )  # fmt: skip
        with contextlib.closing(running):
            for evidence in running:
                kept.keep(by_id[evidence.submission.id], evidence)
                progress.finished(evidence.submission.name, _outcome(evidence))
    return [submission.id for submission in submissions]


def template_cells(rubric: Rubric) -> tuple[Cell, ...]:
    """The cells of the notebook that students start from; empty without one."""
    if rubric.lab.template is None:
        return ()
    path = (rubric.path.parent / rubric.lab.template).resolve()
    if not path.is_file():
        raise UsageError(
            expected="the template notebook named by lab.template", received="no such file", where=path,
            todo=f"Correct `template` in {rubric.path.name}, or remove it.",
        )  # fmt: skip
    return cells_of(read_notebook(path).notebook)


def _reached(accuracy: float | None, problem: str | None) -> str:
    return f"held-out accuracy {accuracy:.3f}" if accuracy is not None else f"no accuracy ({problem})"


def _outcome(evidence: Evidence) -> str:
    """A few words on how a run went, for the progress line."""
    if evidence.our_failure:
        return "our side failed"
    words = {
        "completed": "ran to the end", "cells_failed": "ran, some cells failed", "timed_out": "out of time",
        "kernel_died": "Python process ended early", "not_run": "not run", "unreadable": "could not be read",
    }[evidence.run.status]  # fmt: skip
    measured = evidence.decisive()
    if measured is None or measured.accuracy is None:
        return words
    road = ", head trained again" if evidence.decided_by_replay() is not None else ""
    return f"{words}, accuracy {measured.accuracy:.3f}{road}"
