"""Who handed something in, as the learning platform says: what marks are brought back by."""

from __future__ import annotations

from typing import Literal

from grader.evidence.base import Document

Platform = Literal["canvas", "moodle", "blackboard", "nbgrader"]


class Sender(Document):
    """Read from the part of a file's or folder's name that the platform wrote, never from the student's part."""

    platform: Platform
    user_id: str | None = None
    """Canvas: the user's number (column `ID`). Moodle: the participant's number (column `Identifier`)."""
    login: str | None = None
    """Blackboard: the user name. nbgrader: the student's folder."""
    name: str | None = None
    """As the platform spells it there: Canvas runs it together in lower case."""
    late: bool = False
    handed_in: str | None = None
    """The time as the platform wrote it, in its own time zone; None where it writes none."""
