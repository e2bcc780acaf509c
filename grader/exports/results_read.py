"""Read `results.json` back: what every export starts from."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from grader.errors import EvidenceError, UsageError
from grader.exports.results_json import ResultsDocument, SubmissionResult

LARGEST_FILE = 512 * 2**20
"""Bytes. A class of 300 with 20 criteria is about 10 MB."""


def read_results(path: Path) -> ResultsDocument:
    """The results in `path`: the file itself, or the `--out` folder that holds it.

    Raises:
        EvidenceError: missing, too large, damaged, or of another version.
    """
    file = path / "results.json" if path.is_dir() else path
    todo = "Name the --out folder of an earlier `grader batch`."
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except OSError as problem:
        reason = problem.strerror or "an error"
        raise EvidenceError(expected="a results.json", received=reason, where=file, todo=todo) from problem
    if len(content) > LARGEST_FILE:
        raise EvidenceError(
            expected=f"at most {LARGEST_FILE // 2**20} MiB of results", received="more", where=file, todo=todo
        )
    try:
        return ResultsDocument.model_validate_json(content)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        at = f" at “{where[:200]}”" if where else ""
        raise EvidenceError(
            expected="results written by this version of the grader", received=f"{first['msg'][:200]}{at}", where=file,
            todo="`grader judge DIR` writes them anew.",
        ) from problem  # fmt: skip


def one_submission(results: ResultsDocument, name: str | None) -> SubmissionResult:
    """The submission with that id or name; without one, the only one there is.

    Raises:
        UsageError: none or several fit.
    """
    fitting = [
        entry for entry in results.submissions if name is None or name in (entry.submission.id, entry.submission.name)
    ]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(entry.submission.id for entry in results.submissions[:20])
    received = f"{len(fitting)} that fit" if name is None else f"{len(fitting)} named {name!r}"
    raise UsageError(
        expected="one submission", received=received,
        todo=f"Say which with --submission: {known}.",
    )  # fmt: skip
