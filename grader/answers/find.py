"""Find the written answers of a notebook by the questions they answer."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from grader.answers.by_grade_id import by_grade_id
from grader.answers.fingerprint import copied_share
from grader.answers.lines import Line, lines_of
from grader.answers.questions import Asked
from grader.answers.sections import Section, sections
from grader.answers.visible import strip_hidden
from grader.answers.words import content_stems, plain
from grader.evidence.model import Answer, Cell, Place
from grader.lookalikes import mixes_alphabets
from grader.rubric.model import Question

MAX_ANSWER = 20_000
"""Characters of an answer that are kept."""

MOSTLY_COPIED = 0.5
"""Share of copied words from which on an answer is flagged `tutorial_text`. Measured on 51 real answers: copies
reach .96 and more, everything written by students stays below .4."""

ALL_COPIED = 0.85
"""Share from which on it is no answer of the student's at all."""


@dataclass(frozen=True)
class _Candidate:
    answer: Answer
    order: int


def find_answers(
    cells: Iterable[Cell], questions: Iterable[Question], template_cells: Iterable[Cell] = ()
) -> tuple[Answer, ...]:
    """One `Answer` per question, in the questions' order; `found` is False where there is none.

    An answer follows its question: on the same line, in the same cell, in the text cells up to the next question or
    heading, or in the comments or strings of the code cell that follows; or it stands in a cell that nbgrader names
    after the question (`grade_id` is the question's id). Text of the template, of known tutorials and
    of the question itself is no answer; then `text`, `place` and `flags` still tell what was seen.

    Flags: `tutorial_text` (mostly copied from a known tutorial), `question_repeated`, `hidden_characters` (invisible
    ones, taken out), `hidden_text` (styled so that readers do not see it, or in an HTML comment, which is taken out),
    `look_alike_letters` (of another alphabet, within words), `in_code_cell`.

    Args:
        cells: the notebook as handed in.
        questions: those of the rubric.
        template_cells: the notebook students start from, whose text is no one's answer.
    """
    asked = tuple(questions)
    if not asked:
        return ()
    lines = lines_of(cells)
    template = frozenset(plain(line.text) for line in lines_of(template_cells)) - {""}
    by_question: dict[int, list[_Candidate]] = {}
    for section in sections(lines, Asked(asked), template):
        answer = _answer(asked[section.question], section)
        if answer is not None:
            by_question.setdefault(section.question, []).append(_Candidate(answer, section.order))
    for section in by_grade_id(lines, asked, template):
        answer = _answer(asked[section.question], section)
        if answer is not None:
            by_question[section.question] = [_Candidate(answer, section.order)]
    return tuple(_best(question, by_question.get(number, [])) for number, question in enumerate(asked))


def _best(question: Question, candidates: Sequence[_Candidate]) -> Answer:
    if not candidates:
        return Answer(question=question.id, found=False)
    # A later one wins among equals: a list of questions often stands at the top and again above the answers.
    return max(candidates, key=lambda c: (c.answer.found, round(c.answer.confidence, 1), c.order)).answer


def _answer(question: Question, section: Section) -> Answer | None:
    """The answer in a section, or None when nothing is written there."""
    if not section.lines:
        return None
    text = "\n".join(line.text for line in section.lines).strip()
    truncated = len(text) > MAX_ANSWER or any(line.cell.truncated for line in section.lines)
    visible = strip_hidden(text[:MAX_ANSWER])
    if not any(character.isalnum() for character in visible.text):
        return None
    flags = list(visible.flags)
    found = True
    share = copied_share(visible.text)
    if share >= MOSTLY_COPIED:
        flags.append("tutorial_text")
        found = share < ALL_COPIED
    if repeats_question(question, visible.text):
        flags.append("question_repeated")
        found = False
    if any(map(mixes_alphabets, visible.text.split())):
        flags.append("look_alike_letters")
    if section.lines[0].kind != "markdown":
        flags.append("in_code_cell")
    return Answer(
        question=question.id,
        found=found,
        text=visible.text,
        truncated=truncated,
        place=_place(section.lines),
        confidence=round(section.score, 3),
        flags=tuple(flags),
    )


@functools.lru_cache(maxsize=2000)
def _asked(wording: str) -> str:
    """A question's words; asked again for every answer."""
    return plain(wording)


@functools.lru_cache(maxsize=200)
def _topics(wording: str) -> frozenset[str]:
    return frozenset(content_stems(wording))


def repeats_question(question: Question, text: str) -> bool:
    """Whether a text says nothing but the question: nearly the same wording, or no topic word of its own."""
    said = plain(text[:2000])
    if any(fuzz.ratio(said, _asked(wording)) >= 85 for wording in (question.text[:2000], *question.phrases[:50])):
        return True
    asked = _topics(question.text[:2000])
    own = content_stems(text[:2000])
    return len(own) >= 3 and set(own) <= asked and len(said.split()) <= len(plain(question.text).split()) + 3


def _place(lines: Sequence[Line]) -> Place:
    """Of the first cell that the answer stands in."""
    cell = lines[0].cell
    numbers = [line.number for line in lines if line.cell is cell]
    return Place(
        cell=cell.position, code_cell=cell.code_cell, first_line=numbers[0], last_line=numbers[-1],
        document=cell.document,
    )  # fmt: skip
