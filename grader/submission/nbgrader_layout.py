"""nbgrader's folders, `submitted/STUDENT/ASSIGNMENT/…ipynb`: a course can switch without moving a file."""

from __future__ import annotations

import stat
from pathlib import Path

from grader.errors import SubmissionError, UsageError
from grader.evidence.sender import Sender
from grader.submission.files import entries_of, list_files, read_regular_file
from grader.submission.identity import display_name
from grader.submission.lms_layout import Placed
from grader.submission.model import is_notebook_name

FOLDER = "submitted"
"""What nbgrader calls the folder of what was handed in (`CourseDirectory.submitted_directory`)."""


def nbgrader_layout(folder: Path, assignment: str | None = None) -> list[Placed] | None:
    """The students in nbgrader's folder; None when it is none: it has another name and no assignment is asked for.

    With an assignment, students who did not hand it in are left out.

    Raises:
        UsageError: there are several assignments and none is named, or nobody handed in the one named.
    """
    if assignment is None and folder.name != FOLDER:
        return None
    students = {name: _assignments(folder / name) for name in _folders(folder)}
    known = sorted({one for found in students.values() for one in found})
    if assignment is None:
        if not known or any(not found for found in students.values()):
            return None
        if len(known) > 1:
            raise UsageError(
                expected="one assignment", received=", ".join(display_name(name) for name in known[:10]), where=folder,
                todo="Say which with --assignment.",
            )  # fmt: skip
        assignment = known[0]
    elif assignment not in known:
        raise UsageError(
            expected=f"folders STUDENT/{display_name(assignment)} with notebooks",
            received=", ".join(display_name(name) for name in known[:10]) or "none", where=folder,
            todo="Name a folder in nbgrader's layout, submitted/STUDENT/ASSIGNMENT.",
        )  # fmt: skip
    return [
        Placed(student, folder / student / assignment, _sender(student, folder / student / assignment), (student,))
        for student, found in students.items()
        if assignment in found
    ]


def _assignments(student: Path) -> list[str]:
    """Folders of that student with a notebook directly inside."""
    return [
        name
        for name in _folders(student)
        if any(is_notebook_name(path.name) and len(path.parts) == 1 for path in list_files(student / name).files)
    ]


def _folders(folder: Path) -> list[str]:
    return [name for name, status in entries_of(folder) if stat.S_ISDIR(status.st_mode)]


def _sender(student: str, folder: Path) -> Sender:
    """nbgrader writes `timestamp.txt` when something is handed in."""
    stamp = None
    try:
        stamp = read_regular_file(folder / "timestamp.txt", 200).decode("ascii", "replace")
    except SubmissionError:
        stamp = None
    return Sender(
        platform="nbgrader",
        login=display_name(student, 200),
        handed_in=None if stamp is None else display_name(stamp, 60),
    )
