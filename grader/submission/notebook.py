"""Read a notebook file into a clean one: same code and text, nothing else that was in it.

The clean notebook is built anew from the parts that are wanted instead of mending the old one in place, so nothing
unexpected can ride along: stored outputs, attachments, widgets' state and foreign metadata never get past here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.evidence.model import Cell
from grader.submission.decoding import decode, parse
from grader.submission.files import read_regular_file
from grader.submission.identity import display_name
from grader.submission.mending import Mended, MendLimits, mend
from grader.submission.odd_characters import odd_characters
from grader.watching.phases import phase

MAX_SHOWN_SOURCE = 100_000
"""Characters of one cell kept as evidence; the notebook that runs keeps up to `MendLimits.cell_characters`."""

MAX_SHOWN_TOTAL = 5_000_000
"""Characters of all cells kept as evidence."""


@dataclass(frozen=True)
class ReadLimits:
    """What is read of one notebook."""

    file_bytes: int = 50_000_000
    mend: MendLimits = field(default_factory=MendLimits)


@dataclass(frozen=True)
class ReadNotebook:
    """A notebook that is safe to hand on."""

    notebook: Any
    """An `nbformat.NotebookNode` of format 4.5 that passes `nbformat.validate`; no outputs, no attachments."""
    repairs: tuple[str, ...]
    """What had to be mended or should be looked at, in words."""
    sha256: str
    """Of the file's bytes as handed in."""


@phase("read")
def read_notebook(path: Path, limits: ReadLimits | None = None) -> ReadNotebook:
    """Read and mend the notebook at `path`.

    Raises:
        SubmissionError: missing, a link or special file, too large, not JSON, or not a notebook.
    """
    limits = limits or ReadLimits()
    return notebook_from(read_regular_file(path, limits.file_bytes), display_name(path.name, 200), limits.mend)


def notebook_from(content: bytes, where: str, limits: MendLimits | None = None) -> ReadNotebook:
    """Mend the notebook in a file's bytes; `where` names the file in errors.

    Raises:
        SubmissionError: not JSON, or not a notebook.
    """
    repairs: list[str] = []
    value = parse(decode(content, repairs), where, repairs)
    mended: Mended = mend(value, where, limits or MendLimits())
    import nbformat

    return ReadNotebook(
        notebook=nbformat.from_dict(mended.notebook),
        repairs=(*repairs, *mended.repairs, *odd_characters(mended.notebook["cells"])),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def is_blank(source: str) -> bool:
    """Whether a code cell is passed over: Jupyter does not number cells of white space only."""
    return not source.strip()


def cells_of(notebook: Any) -> tuple[Cell, ...]:
    """The cells of a notebook from `read_notebook`, as evidence.

    `position` counts all cells from 1. `code_cell` counts the code cells that are not blank from 1: the number in
    brackets after "Restart and run all", since Jupyter does not number blank cells. Sources are cut at
    `MAX_SHOWN_SOURCE` characters each and `MAX_SHOWN_TOTAL` in all, at the end of a line, and marked `truncated`.
    """
    cells: list[Cell] = []
    code_cells = 0
    left = MAX_SHOWN_TOTAL
    for position, cell in enumerate(notebook.cells, start=1):
        number = None
        if cell.cell_type == "code" and not is_blank(cell.source):
            code_cells += 1
            number = code_cells
        source = cut_at_line(cell.source, min(MAX_SHOWN_SOURCE, left))
        left -= len(source)
        cells.append(
            Cell(
                position=position,
                code_cell=number,
                kind=cell.cell_type,
                source=source,
                truncated=source != cell.source,
                nbgrader=cell.metadata.get("nbgrader"),
            )
        )
    return tuple(cells)


def cut_at_line(text: str, limit: int) -> str:
    """`text`, or its first lines of at most `limit` characters; a last line of more than half of that is cut itself."""
    if len(text) <= limit:
        return text
    end = text.rfind("\n", 0, limit)
    return text[: end if end > limit // 2 else limit]
