"""`grader ci`: grade, and leave behind what CI services read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from grader.ci.classroom import classroom_result, in_one_line
from grader.ci.code_quality import code_quality
from grader.ci.notebook_lines import NotebookLines, notebook_lines
from grader.ci.summary import summary
from grader.ci.threshold import Minimum, Outcome, outcome, worst
from grader.ci.workflow_commands import workflow_commands
from grader.errors import UsageError
from grader.exports.junit import junit_xml
from grader.exports.results_json import ResultsDocument, SubmissionResult
from grader.exports.results_read import read_results
from grader.report.wording import number
from grader.storage import write_text_atomically
from grader.submission.discover import discover_all
from grader.submission.model import Submission


@dataclass(frozen=True)
class CiResult:
    """What a job ends with. `commands` are workflow commands for the log."""

    outcomes: tuple[tuple[SubmissionResult, Outcome], ...]
    commands: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """Of the whole job."""
        return worst(one for _, one in self.outcomes)


def deliver_to_ci(
    out: Path, notebooks: Mapping[str, Path], minimum: Minimum, root: Path, environment: Mapping[str, str] = os.environ
) -> CiResult:
    """Write, from the results in `out`: `junit.xml`, `gl-code-quality-report.json`, `summary.md`, and for one
    submission `classroom.json`; append to the files that GitHub names in the environment.

    Args:
        out: folder with a `results.json`.
        notebooks: submission id → its notebook.
        minimum: what has to be reached.
        root: the repository; places in files are relative to it.
        environment: for `GITHUB_STEP_SUMMARY` and `GITHUB_OUTPUT`.
    """
    results = read_results(out)
    outcomes = tuple((entry, outcome(entry, minimum)) for entry in results.submissions)
    quality: list[dict[str, Any]] = []
    commands: list[str] = []
    for entry in results.submissions:
        path = notebooks.get(entry.submission.id)
        lines = NotebookLines() if path is None else notebook_lines(path)
        file = None if path is None else inside(path, root)
        commands += workflow_commands(entry, file, lines)
        if file is not None:
            quality += code_quality(entry, file, lines)
    text = summary(results, outcomes, minimum)
    write_text_atomically(out / "junit.xml", junit_xml(results))
    write_text_atomically(out / "gl-code-quality-report.json", json.dumps(quality, indent=1) + "\n")
    write_text_atomically(out / "summary.md", text)
    _append(environment.get("GITHUB_STEP_SUMMARY"), text)
    job = CiResult(outcomes, tuple(commands))
    _append(environment.get("GITHUB_OUTPUT"), _step_outputs(out, results, job))
    return job


def inside(path: Path, root: Path) -> PurePosixPath | None:
    """`path` relative to the repository, or None when it lies elsewhere."""
    try:
        return PurePosixPath(path.resolve().relative_to(root.resolve()).as_posix())
    except ValueError:
        return None


def matrix(paths: Sequence[Path], scratch: Path) -> str:
    """The submissions at `paths` as one line of JSON for `strategy.matrix`: `{"include": [{"id", "submission"}]}`.

    Raises:
        UsageError: there are none, or one cannot be named by a path (it lies in a zip).
    """
    rows = []
    for found in discover_all(paths, scratch):
        place = found.folder or found.notebook
        if place is None or place.is_relative_to(scratch):
            raise UsageError(
                expected="submissions that lie in folders", received="one in an archive, or without a notebook",
                where=found.name, todo="Unpack it first.",
            )  # fmt: skip
        rows.append({"id": found.id, "submission": os.path.relpath(place)})
    if not rows:
        raise UsageError(expected="notebooks, or folders with notebooks", received="none", where=paths[0])
    return json.dumps({"include": rows})


def notebooks_of(submissions: Sequence[Submission]) -> dict[str, Path]:
    """Submission id → its notebook, for those that have one."""
    return {one.id: one.notebook for one in submissions if one.notebook is not None}


def _step_outputs(out: Path, results: ResultsDocument, job: CiResult) -> str:
    """`outcome`, and for one submission `points`, `maximum` and `result` (for GitHub Classroom's reporter)."""
    rows = [f"outcome={job.outcome.name.lower()}"]
    if len(results.submissions) == 1:
        entry = results.submissions[0]
        result = classroom_result(entry)
        write_text_atomically(out / "classroom.json", json.dumps(result, indent=1) + "\n")
        rows += [f"points={number(entry.total.points)}", f"maximum={number(entry.total.maximum)}"]
        rows.append(f"result={in_one_line(result)}")
    return "".join(f"{row}\n" for row in rows)


def _append(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
