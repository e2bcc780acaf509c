"""What of a batch is still to be run, and what is taken from before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from grader.batch.job import Conditions, read_again
from grader.batch.kept import KeptRuns
from grader.errors import GraderError
from grader.evidence.model import Reference
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
