"""The notebook students start from: the lab's own template, with the self-check and every question in it."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.errors import UsageError
from grader.rubric.model import Rubric
from grader.rubric.public import public_part
from grader.submission.notebook import read_notebook

LOAD = "# Watches this session, so that %check can look at it.\n%load_ext grader"
CHECK = "%check"
YOUR_ANSWER = "Your answer:"


def student_notebook(rubric: Rubric) -> nbformat.NotebookNode:
    """A valid notebook without outputs. A question that the template already asks is not asked twice.

    Raises:
        UsageError: the rubric names a template that is not there.
        SubmissionError: the template cannot be read.
    """
    notebook = _template(rubric)
    if not _has(notebook, "%load_ext grader"):
        first = 1 if notebook.cells and notebook.cells[0].cell_type == "markdown" else 0
        notebook.cells.insert(first, new_code_cell(LOAD))
    for question in public_part(rubric).questions():
        if not any(_asks(notebook, words) for words in (question.text, *question.phrases)):
            notebook.cells.append(new_markdown_cell(f"### {question.text}\n\n{YOUR_ANSWER}\n"))
    if not _has(notebook, "%check"):
        notebook.cells.append(new_code_cell(CHECK))
    nbformat.validate(notebook)
    return notebook


def _template(rubric: Rubric) -> nbformat.NotebookNode:
    if rubric.lab.template is None:
        title = f"# {rubric.lab.title}\n\n{rubric.lab.description}".rstrip() + "\n"
        return new_notebook(cells=[new_markdown_cell(title), new_code_cell()])
    path = (rubric.path.parent / rubric.lab.template).resolve()
    if not path.is_file():
        raise UsageError(
            expected="the template notebook named by lab.template", received="no such file", where=Path(path),
            todo=f"Correct `template` in {rubric.path.name}, or remove it.",
        )  # fmt: skip
    return read_notebook(path).notebook


def _has(notebook: nbformat.NotebookNode, line: str) -> bool:
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return any(written.strip().startswith(line) for source in code for written in source.splitlines())


def _asks(notebook: nbformat.NotebookNode, question: str) -> bool:
    wanted = "".join(question.casefold().split())
    return any(wanted in "".join(cell.source.casefold().split()) for cell in notebook.cells)
