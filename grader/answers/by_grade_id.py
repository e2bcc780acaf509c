"""Answers in nbgrader's cells: the cell says which question it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.answers.labels import is_placeholder
from grader.answers.lines import Line
from grader.answers.sections import Section
from grader.answers.words import plain
from grader.rubric.model import Question

_BEGIN, _END = re.compile("BEGIN MARK SCHEME"), re.compile("END MARK SCHEME")


def by_grade_id(lines: Sequence[Line], questions: Sequence[Question], template: frozenset[str]) -> Iterator[Section]:
    """A section for each question whose id is the `grade_id` of a cell that a person marks (`-` and `_` are the same).

    A mark scheme in the cell is the course's, and no answer.
    """
    numbers = {_folded(question.id): number for number, question in enumerate(questions)}
    kept: dict[int, list[Line]] = {}
    first: dict[int, int] = {}
    scheme = False
    for order, line in enumerate(lines):
        said = line.cell.nbgrader
        number = numbers.get(_folded(said.grade_id)) if said is not None and said.kind in ("answer", "task") else None
        if number is None:
            scheme = False
            continue
        first.setdefault(number, order)
        scheme = (scheme or _BEGIN.search(line.text) is not None) and line.kind == "markdown"
        words = plain(line.text)
        if not scheme and words not in template and not is_placeholder(words):
            kept.setdefault(number, []).append(line)
        if _END.search(line.text):
            scheme = False
    for number, body in kept.items():
        if any(line.text.strip() for line in body):
            yield Section(number, 1.0, tuple(body), first[number])


def _folded(text: str) -> str:
    return text.replace("_", "-").casefold()
