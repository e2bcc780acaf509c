"""What runs in Gradescope's container: `/autograder/{source,submission,results}`."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from grader.batch.command import BatchRequest, Say, grade_all
from grader.errors import InfrastructureError, SubmissionError
from grader.exports.gradescope import GradescopeView, gradescope_results
from grader.exports.results_read import read_results
from grader.gradescope.settings import Settings, read_settings
from grader.storage import write_text_atomically
from grader.submission.files import list_files, read_regular_file
from grader.submission.identity import display_name

LARGEST_FILE = 256 * 2**20
LARGEST_METADATA = 4 * 2**20
EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def prepare(root: Path, say: Say) -> None:
    """Grade an empty notebook: measures the reference, makes the demo pack, and shows that everything works.

    Raises:
        GraderError: something does not work here.
        InfrastructureError: the reference has no accuracy, so nobody's could be judged.
    """
    settings = read_settings(root / "source")
    with tempfile.TemporaryDirectory(prefix="prepare-") as scratch:
        folder = Path(scratch) / "class" / "nobody"
        folder.mkdir(parents=True)
        (folder / "empty.ipynb").write_text(EMPTY, encoding="utf-8")
        graded = grade_all(_request(settings, root, folder.parent, Path(scratch) / "out"), say)
    if graded.our_failures:
        raise InfrastructureError(
            expected="an empty notebook to be graded", received="a failure of ours", where="setup.sh",
            todo="The lines above say what failed. Test the zip in a container first (docs/gradescope.md).",
        )  # fmt: skip


def run(root: Path, say: Say) -> bool:
    """Grade what lies in `root/submission`. False when our side failed: then there is no results.json.

    Raises:
        GraderError: nothing can be graded here at all.
    """
    clock = time.monotonic()
    target = root / "results" / "results.json"
    target.unlink(missing_ok=True)
    settings = read_settings(root / "source")
    with tempfile.TemporaryDirectory(prefix="gradescope-") as scratch:
        folder = Path(scratch) / "class" / _name(root / "submission_metadata.json")
        notes = _stage(root / "submission", folder)
        out = Path(scratch) / "out"
        grade_all(_request(settings, root, folder.parent, out), say)
        results = read_results(out)
        view = GradescopeView(tests=settings.visibility, hidden_tests=settings.hidden_visibility)
        document = gradescope_results(results, results.submissions[0], view, round(time.monotonic() - clock))
    if document is None:
        return False
    if notes:
        document["output"] = "\n".join([document["output"], *notes])
    target.parent.mkdir(exist_ok=True)
    write_text_atomically(target, json.dumps(document, indent=1) + "\n")
    return True


def _request(settings: Settings, root: Path, submissions: Path, out: Path) -> BatchRequest:
    source = root / "source"
    pack = settings.pack if settings.pack == "demo" else str(source / settings.pack)
    return BatchRequest(
        submissions=submissions, rubric=str(source / settings.rubric), pack=pack, out=out, jobs=1,
        policy=settings.training, steps_per_call=2, sandbox=settings.sandbox, cell_seconds=None, notebook_seconds=None,
    )  # fmt: skip


def _stage(submission: Path, folder: Path) -> list[str]:
    """Copy what was handed in into a folder of one student's; links and special files stay behind."""
    listing = list_files(submission)
    folder.mkdir(parents=True)
    notes = list(listing.notes)
    for path in listing.files:
        try:
            content = read_regular_file(submission / path, LARGEST_FILE)
        except SubmissionError as problem:
            notes.append(f"{display_name(path.as_posix(), 120)} was left aside: {display_name(problem.received, 120)}.")
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        shutil.copystat(submission / path, folder / path)
    return notes


def _name(metadata: Path) -> str:
    """Whose it is, as Gradescope says; anything unexpected there is nobody's name."""
    try:
        document: Any = json.loads(read_regular_file(metadata, LARGEST_METADATA))
        name = document["users"][0]["name"]
    except (SubmissionError, ValueError, KeyError, IndexError, TypeError, RecursionError):
        return "submission"
    plain = display_name(name).replace("/", " ").strip(". ") if isinstance(name, str) else ""
    return plain or "submission"
