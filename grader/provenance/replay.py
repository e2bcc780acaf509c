"""A valid report, shown for what it is not: other work, another notebook, an earlier day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from grader.errors import UsageError
from grader.exports.results_json import ResultsDocument, SubmissionResult
from grader.provenance.claims import plain
from grader.provenance.files import read_file
from grader.provenance.keys import PublicKey
from grader.provenance.signed_report import current_statement
from grader.provenance.statement import Statement

MAXIMUM_RESULTS_BYTES = 256 << 20
MAXIMUM_NOTEBOOK_BYTES = 1 << 30
MOST_DIFFERENCES = 12


@dataclass(frozen=True)
class Comparison:
    """Reasons to call it a replay, and what else is worth knowing."""

    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def compare_notebook(statement: Statement, notebook: Path) -> Comparison:
    """Is the report about this very file?

    Raises:
        UsageError: the file cannot be read.
    """
    signed = statement.submission.notebook_sha256
    if signed is None:
        return Comparison(("The report is about a submission without a readable notebook.",))
    found = hashlib.sha256(read_file(notebook, MAXIMUM_NOTEBOOK_BYTES)).hexdigest()
    if found == signed:
        return Comparison(notes=(f"It is about this very notebook: {notebook.name}.",))
    return Comparison(
        (f"It is about another notebook: the report names SHA-256 {signed[:16]}…, the file has {found[:16]}….",)
    )


def compare_submission(statement: Statement, submission: str) -> Comparison:
    """Is the report about this submission?"""
    claimed = statement.submission
    if submission in (claimed.id, claimed.name):
        return Comparison()
    return Comparison((f"It is about the submission {claimed.id} ({claimed.name}), not {submission}.",))


def compare_results(statement: Statement, results: Path, trusted: PublicKey) -> Comparison:
    """Is the report the current one in this results folder (or beside this results.json)?

    Raises:
        UsageError: there are no results there.
    """
    folder = results.parent if results.name == "results.json" else results
    document = _results(folder / "results.json")
    id_ = statement.submission.id
    entry = next((entry for entry in document.submissions if entry.submission.id == id_), None)
    if entry is None:
        return Comparison((f"The results know no submission {id_}.",))
    differences = _differences_in_marks(statement, entry)
    current = current_statement(folder, entry.submission.id, trusted)
    if current is None:
        return Comparison(differences, ("The statement kept with the results is missing or not signed with this key.",))
    if current.digest == statement.digest:
        return Comparison(differences, ("It is the current report of these results.",))
    same = () if differences else ("The marks are the same in both.",)
    return Comparison((_order(statement, current), *differences), same)


def _order(statement: Statement, current: Statement) -> str:
    """Which of two statements about one submission is the older: the clock decides, and within a second the count."""
    this, other = (statement.created, statement.sequence), (current.created, current.sequence)
    if this < other:
        return (
            f"It is an older report: number {statement.sequence} of {statement.created}. "
            f"The current one is number {current.sequence} of {current.created}."
        )
    return (
        f"It is not the report kept with these results: it is number {statement.sequence} of {statement.created}, "
        f"they hold number {current.sequence} of {current.created}. Another folder may hold the results it belongs to."
    )


def _differences_in_marks(statement: Statement, entry: SubmissionResult) -> tuple[str, ...]:
    now = {criterion.id: criterion for criterion in entry.criteria}
    then = {mark.criterion: mark for mark in statement.marks}
    found = []
    for name in dict.fromkeys([*then, *now]):
        old, new = then.get(name), now.get(name)
        before = _points(old.points, old.maximum) if old is not None else "not judged"
        after = _points(new.points, new.maximum) if new is not None else "not judged"
        if before != after:
            found.append(f"{name}: the report says {before}, the results say {after}.")
    if plain(entry.submission.name) != statement.submission.name:
        found.append(f"The report names {statement.submission.name}, the results {entry.submission.name}.")
    return tuple(found[:MOST_DIFFERENCES])


def _points(points: float | None, maximum: float) -> str:
    return f"undecided of {maximum:g}" if points is None else f"{points:g} of {maximum:g}"


def differences(changed: Statement, signed: Statement) -> list[str]:
    """What was changed in a statement whose signature does not fit any more, field by field."""
    one, two = _flat(changed.model_dump(mode="json")), _flat(signed.model_dump(mode="json"))
    found = [
        f"{name}: the page says {one.get(name, 'nothing')}, signed was {two.get(name, 'nothing')}."
        for name in dict.fromkeys([*two, *one])
        if one.get(name) != two.get(name) and not name.startswith("page.")
    ]
    return found[:MOST_DIFFERENCES]


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = [(item.get("criterion", number), item) if isinstance(item, dict) else (number, item)
                 for number, item in enumerate(value)]  # fmt: skip
    else:
        return {name: value}
    flat: dict[str, Any] = {}
    for key, item in items:
        flat |= _flat(item, f"{name}.{key}" if name else str(key))
    return flat


def _results(path: Path) -> ResultsDocument:
    content = read_file(path, MAXIMUM_RESULTS_BYTES)
    try:
        return ResultsDocument.model_validate_json(content)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise UsageError(
            expected="results.json of this version", received=first["msg"], where=path,
            todo="Name the --out folder of a batch; `grader judge` writes its results.json anew.",
        ) from problem  # fmt: skip
