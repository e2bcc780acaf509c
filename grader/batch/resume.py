"""What of a batch is still to be run, and what is taken from before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from grader.batch.job import Conditions, read_again
from grader.batch.kept import KeptRuns
from grader.errors import GraderError
from grader.evidence.model import Reference
from grader.evidence.store import evidence_folder, load_evidence
from grader.submission.model import Submission


def still_to_run(
    submissions: Sequence[Submission], kept: KeptRuns, conditions: Conditions, reference: Reference | None, out: Path,
    say: Callable[[str], None],
) -> list[Submission]:  # fmt: skip
    """The submissions without a run from before that still holds; says how many have one.

    Where only the questions or the reference changed, the source is read again and nothing runs.
    """
    waiting: list[Submission] = []
    read = 0
    for submission in submissions:
        found = kept.find(submission)
        if found is not None and _wants_full(submission, conditions, out):
            found = None
        if found is not None and not found.current:
            try:
                kept.keep(submission, read_again(out, submission, conditions, reference))
                read += 1
            except (GraderError, OSError):
                found = None
        if found is None:
            waiting.append(submission)
    taken = len(submissions) - len(waiting)
    if taken:
        again = f"; {read} read again for changed questions or a new reference" if read else ""
        say(f"Taken from before: {taken} of {len(submissions)}, unchanged since they ran{again} (--fresh runs all)")
    return waiting


def _wants_full(submission: Submission, conditions: Conditions, out: Path) -> bool:
    """Whether a kept run that was shortened is not enough any more: the rubric may ask for another accuracy now."""
    if conditions.roads is None or conditions.roads.asked != "auto":
        return False
    try:
        evidence = load_evidence(evidence_folder(out, submission.id) / "evidence.json")
    except GraderError:
        return True
    return evidence.run.policy != "full" and conditions.roads.why_full(evidence) is not None
