"""What nbgrader's metadata says of a cell."""

from __future__ import annotations

from typing import Literal

from grader.evidence.base import Document

NbgraderKind = Literal["tests", "answer", "solution", "read_only", "task"]
"""`tests`: the course's tests. `answer`: an answer that a person marks. `solution`: an answer that tests mark.
`read_only`: the course's own text or code. `task`: a task that a person marks."""


class NbgraderCell(Document):
    """Stated by the file, and a student can edit it."""

    grade_id: str
    kind: NbgraderKind
