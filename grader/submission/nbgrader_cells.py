"""nbgrader's marks on cells, read so that a course's notebooks need no change.

Metadata of all three of nbgrader's formats (`nbgrader/nbgraderformat`); only the two facts that matter are kept.
"""

from __future__ import annotations

import re
from typing import Any

from grader.evidence.nbgrader import NbgraderCell, NbgraderKind

_GRADE_ID = re.compile(r"[a-zA-Z0-9_\-]{1,200}")


def nbgrader_cell(metadata: dict[str, Any], cell_kind: str) -> NbgraderCell | None:
    """What nbgrader says of a cell; None for a cell that it says nothing of, or nothing that makes sense."""
    stated = metadata.get("nbgrader")
    if not isinstance(stated, dict):
        return None
    grade_id = stated.get("grade_id")
    if not isinstance(grade_id, str) or not _GRADE_ID.fullmatch(grade_id):
        return None
    grade, solution, task, locked = (stated.get(key) is True for key in ("grade", "solution", "task", "locked"))
    kind: NbgraderKind | None = None
    if task:
        kind = "task"
    elif grade and solution:
        kind = "answer"
    elif grade:
        kind = "tests" if cell_kind == "code" else None
    elif solution:
        kind = "solution"
    elif locked:
        kind = "read_only"
    return None if kind is None else NbgraderCell(grade_id=grade_id, kind=kind)
