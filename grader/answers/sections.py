"""Cut a notebook into the sections that answer questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from grader.answers.labels import answer_label_end, is_placeholder, label_of, names_questions
from grader.answers.lines import NO_HEADING, Line
from grader.answers.questions import SAME, Asked, Hit
from grader.answers.words import plain

BY_NUMBER = 0.5
"""How sure we are of an answer found by the number of its question alone."""


@dataclass(frozen=True)
class Section:
    """What stands after a question, without the question itself."""

    question: int
    score: float
    lines: tuple[Line, ...]
    order: int
    """Position in the notebook."""


def sections(lines: Sequence[Line], asked: Asked, template: frozenset[str]) -> Iterator[Section]:
    """All sections, in order; empty ones included.

    Args:
        lines: the notebook.
        asked: the questions.
        template: plain text of the template's lines, which is left out.
    """
    hits = _hits(lines, asked, template)
    ends = [*(hit.line for hit in hits[1:]), len(lines)][: len(hits)]
    found = [
        Section(hit.question, hit.score, _body(lines, hit, end, _left_out(asked, hit.question, template)), hit.line)
        for hit, end in zip(hits, ends, strict=True)
    ]
    yield from found
    yield from _numbered_below(hits, found)


def _hits(lines: Sequence[Line], asked: Asked, template: frozenset[str]) -> list[Hit]:
    hits: list[Hit] = []
    questions_level: int | None = None
    for index, line in enumerate(lines):
        if line.kind == "code" or not line.text.strip():
            continue
        hit = _hit(lines, index, asked, questions_level is not None)
        if hit is not None and hit.score * 100 < SAME and hit.score != BY_NUMBER and plain(line.text) in template:
            # The template's own headings; its questions are worded as in the rubric or numbered.
            hit = None
        if line.is_heading and (hit is None or hit.score == BY_NUMBER):
            if questions_level is not None and line.level <= questions_level:
                questions_level = None
            if hit is None and names_questions(line.text):
                questions_level = line.level
        if hit is None:
            continue
        if hits and _same_asking(lines, hits[-1], hit):
            hits.pop()
        hits.append(hit)
    return hits


def _hit(lines: Sequence[Line], index: int, asked: Asked, among_questions: bool) -> Hit | None:
    line = lines[index]
    hit = asked.hit(line, index, among_questions)
    if hit is None and (joined := _with_next(lines, index)) is not None:
        # A question broken over two lines; what follows it begins after the second.
        second = asked.hit(joined, index + 1)
        hit = second if second is not None and second.score * 100 >= SAME else None
    return hit if hit is not None else _by_number(line, index, len(asked.questions))


def _same_asking(lines: Sequence[Line], last: Hit, hit: Hit) -> bool:
    """Whether a hit is the second sentence of the question, or its text under a heading with its number."""
    if last.rest or last.question != hit.question:
        return False
    return not any(line.text.strip() for line in lines[last.line + 1 : hit.line])


def _with_next(lines: Sequence[Line], index: int) -> Line | None:
    if index + 1 >= len(lines):
        return None
    line, following = lines[index], lines[index + 1]
    if following.cell is not line.cell or following.kind != line.kind or not following.text.strip():
        return None
    if len(line.text) > 300 or line.level < NO_HEADING or following.level < NO_HEADING:
        return None
    return replace(following, text=f"{line.text} {following.text.lstrip('> ')}")


def _by_number(line: Line, index: int, count: int) -> Hit | None:
    """A heading such as `### Question 2` and nothing more."""
    label = label_of(line.text)
    if (
        label is None
        or label.number is None
        or not label.worded
        or not 1 <= label.number <= count
        or plain(line.text[label.end :])
    ):
        return None
    return Hit(label.number - 1, index, BY_NUMBER, "", label.number)


def _body(lines: Sequence[Line], hit: Hit, end: int, left_out: Callable[[str], bool]) -> tuple[Line, ...]:
    asking = lines[hit.line]
    level = _level(lines, hit.line)
    body: list[Line] = []
    if hit.rest:
        _take(replace(asking, text=hit.rest), left_out, body)
    for line in lines[hit.line + 1 : end]:
        if line.kind == "code":
            break
        if line.cell is not asking.cell and line.kind == "comment" and any(kept.kind == "markdown" for kept in body):
            # Text was given in a text cell; comments in the code after it are about that code.
            break
        if line.is_heading and line.level <= level and not answer_label_end(line.text):
            break
        _take(line, left_out, body)
    while body and not body[-1].text.strip():
        body.pop()
    return tuple(body)


def _level(lines: Sequence[Line], index: int) -> int:
    """Level that a heading must have to end the answer; that of the number's heading if one stands above."""
    line = lines[index]
    if line.is_heading:
        return line.level
    for above in reversed(lines[max(0, index - 2) : index]):
        if above.text.strip():
            return above.level if above.is_heading and above.cell is line.cell else NO_HEADING - 1
    return NO_HEADING - 1


def _left_out(asked: Asked, question: int, template: frozenset[str]) -> Callable[[str], bool]:
    """Which plain lines are no one's answer."""

    def check(words: str) -> bool:
        return words in template or is_placeholder(words) or asked.repeats(question, words)

    return check


def _take(line: Line, left_out: Callable[[str], bool], body: list[Line]) -> None:
    text = line.text
    label = answer_label_end(text)
    if label is not None:
        text = text[label:].lstrip(" *_:") if label < len(text) else ""
    words = plain(text)
    if words and left_out(words):
        return
    if body or text.strip():
        body.append(replace(line, text=text))


def _numbered_below(hits: Sequence[Hit], found: Sequence[Section]) -> Iterator[Section]:
    """Questions listed together and answered below by number: give each answer to its question."""
    start = 0
    for index, section in enumerate(found):
        if not section.lines:
            continue
        run = hits[start : index + 1]
        start = index + 1
        if len(run) < 2:
            continue
        pieces = _by_own_number(section.lines)
        for position, hit in enumerate(run, start=1):
            piece = pieces.get(hit.label if hit.label is not None else position)
            if piece and len(pieces) > 1:
                # A little surer than the section as a whole, which would go to the last question.
                yield Section(hit.question, min(1.0, hit.score + 0.1), piece, section.order + 1)


def _by_own_number(lines: Sequence[Line]) -> dict[int, tuple[Line, ...]]:
    pieces: dict[int, list[Line]] = {}
    current: list[Line] | None = None
    for line in lines:
        label = label_of(line.text)
        if label is not None and label.number is not None and label.number not in pieces:
            current = pieces.setdefault(label.number, [])
            current.append(replace(line, text=line.text[label.end :].lstrip()))
        elif current is not None:
            current.append(line)
    return {number: tuple(piece) for number, piece in pieces.items() if any(line.text.strip() for line in piece)}
