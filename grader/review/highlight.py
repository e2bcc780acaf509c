"""An answer cut into pieces, so that the words which show a key point can be marked in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from grader.answers.draft import AnswerDraft, Point, Span
from grader.report.visible_text import block

LONGEST = 20_000
MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of the answer. `css` is empty for plain text; `label` says in words what was found here."""

    text: str
    css: str = ""
    label: str = ""
    first: bool = False
    """The first piece with this label: only there it is read aloud."""


def segments(text: str, draft: AnswerDraft) -> list[Segment]:
    """The answer in pieces; together they are the whole text, tamed for showing."""
    marked = [
        *_marks(draft.misconceptions, "wrong", "Misunderstanding"),
        *_marks(draft.negated, "negated", "Said with a “not”"),
        *_marks(draft.found, "found", "Key point"),
    ]
    pieces: list[Segment] = []
    position = 0
    for start, end, css, label in _apart(marked, len(text)):
        pieces.append(Segment(text[position:start]))
        pieces.append(Segment(text[start:end], css, label))
        position = end
    pieces.append(Segment(text[position:]))
    shown = (Segment(block(one.text, characters=LONGEST, lines=MOST_LINES).text, one.css, one.label) for one in pieces)
    heard: set[str] = set()
    joined = []
    for one in _joined(shown):
        joined.append(replace(one, first=bool(one.label) and one.label not in heard))
        heard.add(one.label)
    return joined


def _marks(points: Iterable[Point], css: str, kind: str) -> Iterable[tuple[Span, str, str]]:
    return ((span, css, f"{kind}: {point.text}") for point in points for span in point.spans)


def _apart(marked: Sequence[tuple[Span, str, str]], length: int) -> Iterable[tuple[int, int, str, str]]:
    """Spans in order, without overlaps: where two lie over one another, the first named kind wins."""
    taken: list[tuple[int, int, str, str]] = []
    for span, css, label in marked:
        start, end = span.start, min(span.end, length)
        if start < end and all(end <= other[0] or start >= other[1] for other in taken):
            taken.append((start, end, css, label))
    return sorted(taken)


def _joined(pieces: Iterable[Segment]) -> Iterable[Segment]:
    """Neighbours of one point, with only a blank between them, read as one."""
    waiting: list[Segment] = []
    for piece in pieces:
        if len(waiting) >= 2 and piece.label and waiting[-2].label == piece.label and waiting[-1].text == " ":
            blank, before = waiting.pop(), waiting.pop()
            waiting.append(Segment(before.text + blank.text + piece.text, piece.css, piece.label))
        elif piece.text:
            waiting.append(piece)
    return waiting
