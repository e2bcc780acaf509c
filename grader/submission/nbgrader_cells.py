"""nbgrader's marks on cells, read so that a course's notebooks need no change.

Metadata of all three of nbgrader's formats (`nbgrader/nbgraderformat`); only the two facts that matter are kept.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grader.evidence.nbgrader import NbgraderCell, NbgraderKind

if TYPE_CHECKING:
    from grader.evidence.model import Cell
    from grader.submission.notebook import ReadNotebook

NOT_RUN = "# Tests of nbgrader stood here. They are not run: this lab's own criteria decide."
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


def without_tests(read: ReadNotebook, template: Iterable[Cell]) -> ReadNotebook:
    """The notebook with nbgrader's test cells emptied, hidden tests included.

    What a student says of a cell is no reason to leave it out: it has to be a test in the lab's template, too.
    """
    tests = {cell.nbgrader.grade_id for cell in template if cell.nbgrader is not None and cell.nbgrader.kind == "tests"}
    emptied = []
    notebook = copy.deepcopy(read.notebook)
    for position, cell in enumerate(notebook.cells, start=1):
        said = cell.metadata.get("nbgrader", {})
        if said.get("kind") == "tests" and said.get("grade_id") in tests and cell.source.strip():
            cell.source = NOT_RUN
            emptied.append(position)
    if not emptied:
        return read
    places = ", ".join(map(str, emptied[:10])) + (", …" if len(emptied) > 10 else "")
    note = f"nbgrader's tests were not run (cell {places}): this lab's own criteria decide."
    return replace(read, notebook=notebook, repairs=(*read.repairs, note))
