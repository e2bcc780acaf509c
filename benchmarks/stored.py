"""A class of any size as a finished batch left it: real evidence of the samples, multiplied, each another one."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from benchmarks.cost import cost_of, grader
from benchmarks.places import ROOT, cache, environment
from grader.assets.locate import find_pack
from grader.batch.command import BatchRequest, conditions_of
from grader.batch.deliver import BatchRecord, load_record, save_record
from grader.batch.job import Conditions
from grader.batch.kept import KeptRuns
from grader.batch.reference import cached_reference, reference_digest, reference_notebook
from grader.batch.shares import shares
from grader.cli.batch import batch
from grader.evidence.model import Cell, Evidence, Reference
from grader.evidence.store import evidence_folder, load_evidence, save_evidence
from grader.execution.sandbox import bubblewrap_works, choose_sandbox
from grader.observation.observe import pack_facts, read
from grader.provenance.key_store import signing_key
from grader.rubric.load import load_rubric
from grader.submission.discover import discover
from grader.submission.model import submission_info
from grader.submission.notebook import cells_of, read_notebook

OPTIONS = ("--training", "capped", "--assets", "demo", "--rubric", "lab06")


@dataclass(frozen=True)
class StoredClass:
    """Where the notebooks and the results of a batch over them lie."""

    submissions: Path
    out: Path

    def batch(self) -> list[str]:
        """The command that graded them."""
        return grader("batch", self.submissions, *OPTIONS, "--out", self.out, "--sandbox", sandbox_name())


def sandbox_name() -> str:
    """The best that there is here."""
    return "bubblewrap" if bubblewrap_works() is None else "none"


def samples_seen() -> list[tuple[Path, Evidence]]:
    """Each sample notebook that could be read, with what the grader saw of it; run once and kept."""
    out = cache() / "samples"
    command = grader("batch", ROOT / "submissions", *OPTIONS, "--out", out, "--sandbox", sandbox_name())
    print("running the samples, unless kept from before …", flush=True)
    cost_of(command, env=environment(), cwd=ROOT)
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        for submission in discover(ROOT / "submissions", Path(scratch)):
            evidence = load_evidence(evidence_folder(out, submission.id) / "evidence.json")
            if submission.notebook is not None and evidence.run.status != "unreadable":
                found.append((submission.notebook, evidence))
    return found


def stored_class(folder: Path, count: int) -> StoredClass:
    """Make a class of `count` submissions and what a batch over them would have left, entries and seals included."""
    os.environ.update(environment())
    samples = samples_seen()
    made = StoredClass(folder / "class", folder / "out")
    made.submissions.mkdir(parents=True)
    made.out.mkdir()
    print(f"making a class of {count} …", flush=True)
    for number in range(count):
        _write_variant(samples[number % len(samples)][0], made.submissions / f"s{number:04}.ipynb", number)
    with tempfile.TemporaryDirectory() as scratch:
        conditions, reference, kept = _kept_runs(made, count, Path(scratch))
        found = discover(made.submissions, Path(scratch))
        for number, submission in enumerate(found):
            assert submission.notebook is not None
            notebook = read_notebook(submission.notebook)
            info = submission_info(submission, notebook)
            reading = read(info, cells_of(notebook.notebook), conditions.questions, conditions.template)
            seen = samples[number % len(samples)][1]
            evidence = seen.model_copy(
                update={
                    "submission": info, "cells": _as_run(reading.cells, seen.cells), "statements": reading.statements,
                    "answers": reading.answers, "reference": reference,
                }
            )  # fmt: skip
            save_evidence(made.out, evidence)
            kept.find(submission)
            kept.keep(submission, evidence)
    record = load_record(cache() / "samples").model_dump() | {
        "submissions": tuple(submission.id for submission in found), "pack": pack_facts(conditions.pack),
        "started": datetime.now(UTC),
    }  # fmt: skip
    save_record(made.out, BatchRecord.model_validate(record))
    return made


def kept_class(folder: Path) -> StoredClass:
    """A class that `stored_class` made before, as if this very program had run it: what each run was made from is
    signed anew where the program has changed since."""
    os.environ.update(environment())
    samples_seen()
    made = StoredClass(folder / "class", folder / "out")
    count = len(load_record(made.out).submissions)
    print(f"taking a stored class of {count} …", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        _, _, kept = _kept_runs(made, count, Path(scratch))
        for submission in discover(made.submissions, Path(scratch)):
            found = kept.find(submission)
            if found is None or not found.current:
                stored = evidence_folder(made.out, submission.id) / "evidence.json"
                kept.keep(submission, load_evidence(stored))
    return made


def _kept_runs(made: StoredClass, count: int, scratch: Path) -> tuple[Conditions, Reference, KeptRuns]:
    """As a batch over that class finds them."""
    rubric, pack, key = load_rubric("lab06"), find_pack("demo"), signing_key()
    request = BatchRequest(
        submissions=made.submissions, rubric="lab06", pack="demo", out=made.out, jobs=None, policy="capped",
        steps_per_call=_default("steps"), sandbox=sandbox_name(), cell_seconds=None, notebook_seconds=None,
    )  # fmt: skip
    parts = shares(None, count)
    conditions = conditions_of(request, rubric, pack, choose_sandbox(request.sandbox), parts, scratch)
    reference = cached_reference(reference_digest(reference_notebook(rubric), conditions), key)
    if reference is None:
        raise SystemExit("Expected the reference's result from the run of the samples. Received none.")
    return conditions, reference, KeptRuns(made.out, conditions, reference, key)


def _default(option: str) -> int:
    """What the command takes when the option is not given."""
    return next(int(str(parameter.default)) for parameter in batch.params if parameter.name == option)


def _write_variant(source: Path, target: Path, number: int) -> None:
    """Another student's notebook: a comment of theirs in every cell, so that nothing can be shared by its text."""
    notebook = nbformat.from_dict(read_notebook(source).notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source += f"\n# {number}"
    nbformat.write(notebook, target)


def _as_run(read_cells: tuple[Cell, ...], ran: tuple[Cell, ...]) -> tuple[Cell, ...]:
    how = {cell.position: cell for cell in ran}
    return tuple(
        cell.model_copy(update={"status": how[cell.position].status, "seconds": how[cell.position].seconds})
        if cell.position in how
        else cell
        for cell in read_cells
    )
