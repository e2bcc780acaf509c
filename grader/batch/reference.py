"""What the reference solution reaches, by the same road, under the same policy and pack."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from grader.assets.locate import data_home
from grader.assets.verify import require_sound
from grader.batch.deciding import file_digest, run_digest
from grader.batch.engine import TRIES
from grader.batch.job import Conditions, grade_submission
from grader.errors import UsageError
from grader.evidence.model import Evidence, Reference, Replay
from grader.execution.sandbox import Sandbox
from grader.observation.observe import Measure
from grader.provenance.canonical import digest as canonical_digest
from grader.provenance.entries import read_entry, write_entry
from grader.provenance.key_store import signing_key
from grader.provenance.keys import SigningKey
from grader.rubric.model import Rubric
from grader.submission.model import Submission


def reference_notebook(rubric: Rubric) -> Path:
    """The reference notebook a rubric names.

    Raises:
        UsageError: there is no such file.
    """
    if rubric.lab.reference is None:
        raise UsageError(
            expected="a rubric that names its reference notebook", received="one without lab.reference",
            where=rubric.path, todo="A student's kit can check, not grade: use the course's own rubric.",
        )  # fmt: skip
    path = (rubric.path.parent / rubric.lab.reference).resolve()
    if not path.is_file():
        raise UsageError(
            expected="the reference notebook named by lab.reference", received="no such file", where=path,
            todo=f"Correct `reference` in {rubric.path.name}, or put the notebook there.",
        )  # fmt: skip
    return path


def reference_digest(notebook: Path, conditions: Conditions) -> str:
    """Digest of everything that decides the reference's accuracy."""
    # The sandbox it ran in does not make a model better.
    run = run_digest(dataclasses.replace(conditions, sandbox=Sandbox("none")), None)
    return canonical_digest([file_digest(notebook), run])


def cached_reference(digest: str, key: SigningKey) -> Reference | None:
    """A result measured earlier from the very same inputs and signed with this key; anything else counts as none."""
    content = read_entry(reference_file(digest), _purpose(digest), key)
    try:
        return None if content is None else Reference.model_validate(content)
    except ValidationError:
        return None


def keep_reference(reference: Reference, key: SigningKey) -> None:
    """Keep a result for batches with the same inputs, signed: every mark for accuracy hangs on it."""
    path = reference_file(reference.digest)
    write_entry(path, reference.model_dump(mode="json"), _purpose(reference.digest), key)


def measure_reference(
    rubric: Rubric, conditions: Conditions, measure: Measure, out: Path, key: SigningKey | None = None
) -> Reference:
    """Run the reference (or recall it) and return its held-out accuracy.

    The evidence of a fresh run is kept in `out/reference`. Where our side fails it is tried again: the whole class is
    compared with it. A reference that fails is reported, not raised: the accuracy criterion then goes to a person.
    """
    key = key or signing_key()
    notebook = reference_notebook(rubric)
    digest = reference_digest(notebook, conditions)
    known = cached_reference(digest, key)
    if known is not None:
        return known
    submission = Submission(id="reference", name="Reference solution", notebook=notebook)
    for _ in range(TRIES):
        evidence = grade_submission(submission, conditions, None, measure, out / "reference")
        if evidence.our_failure is None:
            break
    measured = evidence.decisive()
    road: Literal["full", "replay"] = "replay" if isinstance(measured, Replay) else "full"
    if measured is None or measured.accuracy is None:
        reason = evidence.our_failure or (measured.problem if measured else None) or evidence.run.explanation
        if evidence.replay is not None and evidence.run.policy == "capped":
            reason = evidence.replay.problem or reason
        first = next((error for error in evidence.run.errors), None)
        if first is not None:
            reason = f"{first.name} in code cell {first.place.code_cell}: {first.value}"[:500]
        elif evidence.run.policy == "capped" and evidence.replay is None and measured is not None:
            reason = reason or "its training was cut short"
        nothing = Reference(
            accuracy=None, examples=None, digest=digest, problem=reason or "no model was trained", road=road
        )
        if _is_as_it_is(evidence):
            keep_reference(nothing, key)
        return nothing
    reference = Reference(accuracy=measured.accuracy, examples=measured.examples, digest=digest, road=road)
    require_sound(conditions.pack)  # what is kept outlives this batch
    keep_reference(reference, key)
    return reference


def _is_as_it_is(evidence: Evidence) -> bool:
    """Whether having no accuracy is all there is to know, as under `capped`, and no failure that may pass."""
    problems = (evidence.our_failure, evidence.measurement and evidence.measurement.problem,
                evidence.replay and evidence.replay.problem)  # fmt: skip
    return evidence.run.status == "completed" and evidence.measurement is not None and not any(problems)


def reference_file(digest: str) -> Path:
    """Where the result for these inputs is kept."""
    return data_home() / "references" / f"{digest}.json"


def _purpose(digest: str) -> str:
    return f"reference 1 {digest}"
