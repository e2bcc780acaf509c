"""nbgrader's tests in a notebook, which are not run here."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace

from grader.evidence.model import Cell
from grader.submission.notebook import ReadNotebook

NOT_RUN = "# Tests of nbgrader stood here. They are not run: this lab's own criteria decide."


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
