"""What one student handed in, as found on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grader.evidence.model import Sender, SubmissionInfo
from grader.submission.identity import display_name

if TYPE_CHECKING:
    from grader.submission.notebook import ReadNotebook

NOTEBOOK_ENDINGS = (".ipynb", ".ipynb.json", ".ipynb.txt")
"""The second and third are what some browsers make of a downloaded notebook."""

MAX_SHOWN_FILES = 50
"""Names of extra files that evidence lists."""


@dataclass(frozen=True)
class Submission:
    """One submission. Paths are real ones on this machine; `id` and `name` are safe, paths are not."""

    id: str
    """Safe as a file name and unique within its batch."""
    name: str
    """For people; see `grader.submission.identity.display_name`."""
    notebook: Path | None = None
    """The notebook to run; None when there is a `problem`."""
    folder: Path | None = None
    """The student's own folder; None where notebooks of many students lie side by side."""
    files: tuple[Path, ...] = ()
    """Further regular files, relative to `folder`, in order."""
    reports: tuple[Path, ...] = ()
    """Written reports: full paths. Without a notebook that can be read, they are what is graded."""
    notes: tuple[str, ...] = ()
    """What was left aside and why, in words."""
    problem: str | None = None
    """Why nothing can be run, in words, with what to do."""
    out_of_reach: str | None = None
    """Why this machine cannot get at what was handed in, in words: our failure, and no `problem`."""
    sender: Sender | None = None
    """Who that is on the learning platform it was downloaded from."""


def is_notebook_name(name: str) -> bool:
    """Whether a file of that name is taken for a notebook."""
    return name.casefold().endswith(NOTEBOOK_ENDINGS)


def submission_info(submission: Submission, read: ReadNotebook | None = None) -> SubmissionInfo:
    """The part of the evidence that says who handed in what; `read` is the notebook if it could be read.

    File names are given in their form for people, so that the evidence can always be written as UTF-8.
    """
    shown = [display_name(path.as_posix(), 200) for path in submission.files[:MAX_SHOWN_FILES]]
    if len(submission.files) > MAX_SHOWN_FILES:
        shown.append(f"… and {len(submission.files) - MAX_SHOWN_FILES} more")
    return SubmissionInfo(
        id=submission.id,
        name=submission.name,
        files=tuple(shown),
        notebook=None if submission.notebook is None else display_name(submission.notebook.name, 200),
        notebook_sha256=None if read is None else read.sha256,
        repairs=submission.notes + (() if read is None else read.repairs),
        sender=submission.sender,
    )
