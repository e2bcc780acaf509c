"""The whole road for tests of attacks: a folder of submissions in, everything that people and programs read out."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.batch.deliver import BatchRecord, deliver, save_record
from grader.batch.engine import LocalEngine
from grader.batch.job import Conditions
from grader.batch.progress import BatchProgress
from grader.batch.run import run_batch
from grader.batch.station import Station
from grader.cli.table import print_result, print_summary
from grader.errors import SubmissionError
from grader.evidence.model import Evidence, Measurement
from grader.evidence.store import save_evidence, stored_evidence
from grader.execution.kernel_start import warm_parent
from grader.execution.limits import RunLimits
from grader.execution.outbox import Outbox
from grader.execution.run import CellOutcome, RunOutcome
from grader.execution.sandbox import Sandbox, bubblewrap_works
from grader.models.measure_request import MeasureRequest
from grader.observation.observe import observe, pack_facts, read, unread
from grader.rubric.load import load_rubric
from grader.rubric.model import Rubric
from grader.submission import Submission, cells_of, discover, read_notebook, submission_info
from tests.execution.notebooks import empty_pack

RUBRIC: Rubric = load_rubric(Path(__file__).parents[2] / "rubrics" / "lab06.toml")
CREATED = "2026-03-02T14:00:00+00:00"


@dataclass(frozen=True)
class Delivered:
    """What a batch leaves behind."""

    out: Path
    evidence: dict[str, Evidence]
    reports: dict[str, str]
    overview: str
    rows: list[list[str]]
    """Of grades.csv, with its head."""
    results: dict[str, dict[str, Any]]
    """Entries of results.json by submission id."""
    terminal: str
    """All that `batch` and `check` print, on both streams."""


def read_only(submissions: Sequence[Submission], out: Path, failing: str = "") -> Delivered:
    """Everything but the kernel: files are read and shown. With `failing`, the first code cell fails so."""
    pack = empty_pack(out / "pack")
    for submission in submissions:
        save_evidence(out, _read_one(submission, out, failing))
    return _deliver(submissions, out, pack_facts(pack), "")


def _read_one(submission: Submission, out: Path, failing: str) -> Evidence:
    pack = empty_pack(out / "pack")
    if submission.notebook is None:
        return unread(submission_info(submission), submission.problem or "", pack, CREATED)
    try:
        notebook = read_notebook(submission.notebook)
    except SubmissionError as problem:
        return unread(submission_info(submission), str(problem), pack, CREATED)
    reading = read(submission_info(submission, notebook), cells_of(notebook.notebook), RUBRIC.questions(), ())
    cells = [
        CellOutcome(cell.position, cell.code_cell, not failing, 0.1, failing, failing, failing)
        for cell in reading.cells
        if cell.code_cell is not None
    ]
    outcome = RunOutcome(status="cells_failed" if failing else "completed", cells=cells, explanation=failing)
    return observe(
        reading, outcome, Outbox(out, (), (), ()), pack, None, _never,
        policy="full", sandbox="none", created=CREATED,
    )  # fmt: skip


def run_all(
    submissions: Sequence[Submission], out: Path, *, jobs: int, limits: RunLimits, scratch: Path, start: str = "fresh"
) -> Delivered:
    """The real thing, with kernels, in the best sandbox there is here; no weights and no data are needed."""
    pack = empty_pack(out / "pack")
    sandbox = Sandbox("none" if bubblewrap_works() is not None else "bubblewrap")
    printed = io.StringIO()
    with (
        warm_parent(start, sandbox, pack, scratch) as warm,
        contextlib.redirect_stderr(printed),
        BatchProgress(len(submissions)) as progress,
    ):
        conditions = Conditions(
            pack=pack, policy="full", steps_per_call=2, limits=limits, sandbox=sandbox, questions=RUBRIC.questions(),
            scratch=scratch, warm=warm,
        )  # fmt: skip
        engine = LocalEngine(Station(conditions, None, _never), out, jobs, progress.cell)
        for seen in run_batch(submissions, engine, pack, out, progress=progress):
            progress.finished(seen.submission.name, seen.run.status)
    return _deliver(submissions, out, pack_facts(pack), printed.getvalue())


def found_in(folder: Path, scratch: Path) -> list[Submission]:
    """The submissions of a folder or a zip."""
    scratch.mkdir(parents=True, exist_ok=True)
    return discover(folder, scratch)


def _never(_: MeasureRequest) -> Measurement:
    return Measurement(rebuilt=False, problem="no model is measured in this test")


def _deliver(submissions: Sequence[Submission], out: Path, pack: Any, printed: str) -> Delivered:
    ids = tuple(sorted(submission.id for submission in submissions))
    record = BatchRecord(
        rubric=str(RUBRIC.path), submissions=ids, policy="full", sandbox="none", pack=pack,
        started=datetime(2026, 3, 2, 14, tzinfo=UTC), seconds=1.0,
    )  # fmt: skip
    save_record(out, record)
    graded = deliver(out, RUBRIC, record)
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        print_summary(graded, Path("out"))
        for result in graded.results:
            print_result(result)
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    entries = json.loads((out / "results.json").read_text(encoding="utf-8"))["submissions"]
    return Delivered(
        out=out,
        evidence={seen.submission.id: seen for seen in _stored(out, ids)},
        reports={id_: (out / "reports" / f"{id_}.html").read_text(encoding="utf-8") for id_ in ids},
        overview=(out / "index.html").read_text(encoding="utf-8"),
        rows=rows,
        results={entry["submission"]["id"]: entry for entry in entries},
        terminal=printed + shown.getvalue(),
    )


def _stored(out: Path, ids: Sequence[str]) -> Iterator[Evidence]:
    return stored_evidence(out, ids)
