"""Changes to how a notebook is laid out: the same code in other cells, the same answers in other places."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import libcst as cst

from grader.answers.find import find_answers
from grader.evidence.model import Answer
from grader.mutation.not_applicable import NotApplicable
from grader.mutation.notebook import SourceCell, SourceNotebook
from grader.mutation.parts import Parts, code_of
from grader.mutation.statements import does
from grader.rubric.model import Question

_KEPT_ROLES = ("imports", "train_data", "validation_data", "base", "freeze", "model", "build", "compile", "fit")


def merged(notebook: SourceNotebook, _parts: Parts) -> SourceNotebook:
    """All code in one cell, text around it."""
    code = "\n\n".join(cell.text for cell in notebook.cells if cell.kind == "code")
    position = next(i for i, cell in enumerate(notebook.cells) if cell.kind == "code")
    cells = [cell for cell in notebook.cells if cell.kind != "code"]
    cells.insert(position, SourceCell("code", code))
    return notebook.with_cells(cells)


def split(notebook: SourceNotebook, _parts: Parts) -> SourceNotebook:
    """Every statement in a cell of its own."""
    cells: list[SourceCell] = []
    for cell in notebook.cells:
        module = cell.module
        if module is None:
            cells.append(cell)
        else:
            cells += [SourceCell("code", cst.Module(body=[statement]).code.strip("\n")) for statement in module.body]
    return notebook.with_cells(cells)


def more_text(notebook: SourceNotebook, _parts: Parts) -> SourceNotebook:
    """A note before every code cell."""
    cells: list[SourceCell] = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.kind == "code":
            cells.append(SourceCell("markdown", f"*Step {number}: see the lecture notes for what happens here.*"))
        cells.append(cell)
    return notebook.with_cells(cells)


def commented(notebook: SourceNotebook, _parts: Parts) -> SourceNotebook:
    """Comments on every code cell, with code that no longer counts in one of them."""
    note = "# TODO tidy up\n# base.trainable = True\n# x = Flatten()(x)\n"
    return notebook.with_cells(
        [replace(cell, text=note + cell.text) if cell.kind == "code" else cell for cell in notebook.cells]
    )


def without_plots(notebook: SourceNotebook, parts: Parts) -> SourceNotebook:
    """Without what only draws, cells and statements; unchanged where nothing does, as other edits begin with this."""
    cells = []
    for cell in notebook.cells:
        module = cell.module
        if module is None or "plt." not in cell.text:
            cells.append(cell)
        elif _needed(cell, parts):
            kept = [each for each in module.body if "plt." not in code_of(each) or _needed_statement(each, parts)]
            cells.append(replace(cell, text=module.with_changes(body=kept).code.strip("\n")))
    return notebook.with_cells(cells)


def without_evaluation(notebook: SourceNotebook, parts: Parts) -> SourceNotebook:
    """Ends after the training and its plots: nothing is predicted or evaluated."""
    fit = max((i for i, cell in enumerate(notebook.cells) if _has(cell, "fit", parts)), default=None)
    if fit is None:
        raise NotApplicable("no call of `fit` in the reference")
    later = [cell for cell in notebook.cells[fit + 1 :] if cell.kind != "code"]
    return notebook.with_cells([*notebook.cells[: fit + 1], *later])


def base_first(notebook: SourceNotebook, parts: Parts) -> SourceNotebook:
    """The cells that load and freeze the base come right after the imports, before the data."""
    first = next((i for i, cell in enumerate(notebook.cells) if cell.kind == "code"), 0)
    moving = [cell for cell in notebook.cells if _has(cell, "base", parts)]
    if not moving or any(_has(cell, role, parts) for cell in moving for role in ("train_data", "model", "fit")):
        raise NotApplicable("no cell in the reference holds the base alone")
    if not _stands_alone(moving, notebook, first):
        raise NotApplicable("the base's cell uses names that are set later")
    rest = [cell for cell in notebook.cells if cell not in moving]
    return notebook.with_cells([*rest[: first + 1], *moving, *rest[first + 1 :]])


def questions_first(notebook: SourceNotebook, _parts: Parts) -> SourceNotebook:
    """The text after the last code cell stands at the notebook's beginning."""
    last = max(i for i, cell in enumerate(notebook.cells) if cell.kind == "code")
    return notebook.with_cells([notebook.cells[0], *notebook.cells[last + 1 :], *notebook.cells[1 : last + 1]])


LAYOUTS: Mapping[str, Callable[[SourceNotebook, Parts], SourceNotebook]] = {
    "merged": merged, "split": split, "more_text": more_text, "commented": commented,
    "without_plots": without_plots, "without_evaluation": without_evaluation, "base_first": base_first,
    "questions_first": questions_first,
}  # fmt: skip
"""Ways of laying out the same notebook, by name."""


def answered(notebook: SourceNotebook, questions: Sequence[Question], how: str, only: str | None) -> SourceNotebook:
    """With the written answers changed.

    Args:
        notebook: the reference, whose answers stand in text cells of their own.
        questions: those of the rubric.
        how: a name of `ANSWERS`.
        only: id of the one question to change; None for all.
    """
    if not questions:
        raise NotApplicable("no written question in the rubric")
    found = {answer.question: answer for answer in find_answers(notebook.evidence_cells(), questions)}
    return ANSWERS[how](notebook, [q for q in questions if only in (None, q.id)], found)


Found = Mapping[str, Answer]


def _blank(notebook: SourceNotebook, questions: Sequence[Question], found: Found) -> SourceNotebook:
    return _replaced(notebook, questions, found, lambda _question, _text: "")


def _placeholder(notebook: SourceNotebook, questions: Sequence[Question], found: Found) -> SourceNotebook:
    return _replaced(notebook, questions, found, lambda _question, _text: "*Type your answer here*")


def _repeats(notebook: SourceNotebook, questions: Sequence[Question], found: Found) -> SourceNotebook:
    return _replaced(notebook, questions, found, lambda question, _text: question.text)


def _marked(notebook: SourceNotebook, questions: Sequence[Question], found: Found) -> SourceNotebook:
    return _replaced(notebook, questions, found, lambda _question, text: f"**Answer:** {text}")


def _quoted(notebook: SourceNotebook, questions: Sequence[Question], found: Found) -> SourceNotebook:
    def quote(_question: Question, text: str) -> str:
        return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))

    return _replaced(notebook, questions, found, quote)


def _one_cell(notebook: SourceNotebook, questions: Sequence[Question], found: Found) -> SourceNotebook:
    """All questions and answers in a single text cell at the end."""
    texts = [
        f"**{number}. {question.text}**\n\n{_text(found, question)}" for number, question in enumerate(questions, 1)
    ]
    return _rewritten(notebook, questions, found, ["\n\n".join(texts)])


def _other_headings(notebook: SourceNotebook, questions: Sequence[Question], found: Found) -> SourceNotebook:
    texts = [
        f"## {number}) {question.phrases[0] if question.phrases else question.text}\n{_text(found, question)}"
        for number, question in enumerate(questions, 1)
    ]
    return _rewritten(notebook, questions, found, texts)


def _strings(notebook: SourceNotebook, questions: Sequence[Question], found: Found) -> SourceNotebook:
    """Answers as strings in code cells below their questions."""
    cells: list[SourceCell] = []
    for question in questions:
        cells.append(SourceCell("markdown", f"### {question.text}"))
        text = _text(found, question).replace("\\", "").replace('"""', "'''")
        cells.append(SourceCell("code", f'"""\n{text}\n"""'))
    return _without(notebook, questions, found, cells)


ANSWERS: Mapping[str, Callable[[SourceNotebook, Sequence[Question], Found], SourceNotebook]] = {
    "blank": _blank, "placeholder": _placeholder, "repeats_question": _repeats, "marked": _marked, "quoted": _quoted,
    "one_cell": _one_cell, "other_headings": _other_headings, "strings": _strings,
}  # fmt: skip
"""What may be done to written answers, by name."""


def _text(found: Found, question: Question) -> str:
    answer = found.get(question.id)
    if answer is None or not answer.found:
        raise NotApplicable(f"no answer to “{question.id}” in the reference")
    return answer.text


def _replaced(
    notebook: SourceNotebook, questions: Sequence[Question], found: Found, new: Callable[[Question, str], str]
) -> SourceNotebook:
    cells = list(notebook.cells)
    for question in questions:
        text = _text(found, question)
        position = _cell_of(found, question)
        cell = cells[position]
        if text not in cell.text:
            raise NotApplicable(f"the answer to “{question.id}” does not stand in one piece")
        cells[position] = replace(cell, text=cell.text.replace(text, new(question, text)))
    return notebook.with_cells(cells)


def _rewritten(
    notebook: SourceNotebook, questions: Sequence[Question], found: Found, texts: Sequence[str]
) -> SourceNotebook:
    return _without(notebook, questions, found, [SourceCell("markdown", text) for text in texts])


def _without(
    notebook: SourceNotebook, questions: Sequence[Question], found: Found, instead: Sequence[SourceCell]
) -> SourceNotebook:
    """The questions' own part of the notebook, from the first heading to the last answer, replaced."""
    positions = [_cell_of(found, question) for question in questions]
    first, last = min(positions) - 1, max(positions)
    if any(cell.kind == "code" for cell in notebook.cells[first : last + 1]) or first < 1:
        raise NotApplicable("the reference's questions do not stand together")
    return notebook.with_cells([*notebook.cells[:first], *instead, *notebook.cells[last + 1 :]])


def _cell_of(found: Found, question: Question) -> int:
    _text(found, question)
    place = found[question.id].place
    if place is None:
        raise NotApplicable(f"no place of the answer to “{question.id}” in the reference")
    return place.cell - 1


def _has(cell: SourceCell, role: str, parts: Parts) -> bool:
    module = cell.module
    return module is not None and any(does(statement, role, parts) for statement in module.body)


def _needed_statement(statement: cst.CSTNode, parts: Parts) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and any(does(statement, role, parts) for role in _KEPT_ROLES)


def _needed(cell: SourceCell, parts: Parts) -> bool:
    return any(_has(cell, role, parts) for role in _KEPT_ROLES)


def _stands_alone(moving: Sequence[SourceCell], notebook: SourceNotebook, first: int) -> bool:
    """Whether the cells use only names that the cells up to `first` bind."""
    used = {node.id for cell in moving for node in ast.walk(ast.parse(cell.text)) if isinstance(node, ast.Name)}
    bound = {
        node.id
        for cell in [*notebook.cells[: first + 1], *moving]
        if cell.module is not None
        for node in ast.walk(ast.parse(cell.text))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for cell in notebook.cells[: first + 1]
        if cell.module is not None
        for node in ast.walk(ast.parse(cell.text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return used <= bound | imported | set(dir(builtins))
