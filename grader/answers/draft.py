"""Draft a mark for one answer: what it says, what it lacks, and what a person should look at.

A draft is a suggestion. Only an empty answer is 0 by itself; everything else is for a person, or, where the teacher
has turned it on and enough marks agree, for `grader.answers.learning`, which never fails an answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from grader.answers.classmates import similar_answers
from grader.answers.find import repeats_question
from grader.answers.guards import FLAG_WORDS, WITHHOLDING, guard_flags
from grader.answers.light import SHIPPED, LightModel
from grader.answers.phrases import Match, find_phrases
from grader.answers.tokens import MAX_TEXT, Sentence, Token, sentences
from grader.evidence.model import Answer, Document
from grader.rubric.model import Question

STEP = 0.25
"""Suggested marks are given in quarters of the question's points: nobody marks finer than that."""

_KEYWORDS_COUNT = 0.5
"""The most that is suggested for a list of words without a sentence, as a fraction."""


class Span(Document):
    """A run of characters in the answer's text, `start` included, `end` not."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Point(Document):
    """A key point or misconception, with the words that show it (none where it is missing)."""

    id: str
    text: str
    weight: float
    """Of a key point: what it counts. Of a misconception: the fraction of the points it costs."""
    spans: tuple[Span, ...] = ()


class AnswerDraft(Document):
    """What was found in one answer."""

    question: str
    suggested: Annotated[float, Field(ge=0, le=1)] | None
    """Fraction of the question's points in steps of `STEP`; None where nothing can be suggested and a person reads."""
    raw: Annotated[float, Field(ge=0, le=1)]
    """The same before rounding, and where it is withheld: what learning from marks starts from."""
    basis: Literal["key_points", "likeness", "nothing"]
    """What the suggestion rests on; `likeness`: the rubric has no key points, so it is hardly more than a guess."""
    found: tuple[Point, ...] = ()
    missing: tuple[Point, ...] = ()
    negated: tuple[Point, ...] = ()
    """Key points that are said with a "not"."""
    misconceptions: tuple[Point, ...] = ()
    flags: tuple[str, ...] = ()
    """Keys of `grader.answers.guards.FLAG_WORDS`."""
    classmates: tuple[str, ...] = ()
    """Ids of submissions with nearly the same text."""
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How far the suggestion may be trusted, for sorting; no probability."""

    def points(self, maximum: float) -> float | None:
        """The suggested points out of `maximum`."""
        return None if self.suggested is None else round(self.suggested * maximum, 4)

    def signature(self) -> tuple[str, ...]:
        """Ids of the points found: answers with the same ones can be marked together."""
        return (*(point.id for point in self.found), *(f"!{point.id}" for point in self.misconceptions))


def draft_mark(
    question: Question,
    text: str,
    *,
    flags: Iterable[str] = (),
    classmates: Sequence[str] = (),
    light: LightModel = SHIPPED,
) -> AnswerDraft:
    """Look for the question's key points in an answer. Pure, needs no network, takes a few milliseconds.

    Args:
        question: from the rubric, with its key points and misconceptions.
        text: the answer as found.
        flags: those of `grader.evidence.model.Answer`.
        classmates: ids of other submissions with nearly the same text (see `similar_answers`).
        light: what guesses where the question has no key points.
    """
    said = sentences(text)
    shown = _all_flags(question, text, said, flags, classmates)
    if not said:
        return AnswerDraft(question=question.id, suggested=0.0, raw=0.0, basis="nothing", flags=shown, confidence=1.0)
    found, missing, negated = _key_points(question, said, text)
    wrong = _misconceptions(question, said, text)
    raw = _raw(question, found, wrong, text, light)
    if "keyword_list" in shown:
        raw = min(raw, _KEYWORDS_COUNT)
    extra = {"negated"} if negated else set()
    extra |= {"misconception"} if wrong else set()
    shown = tuple(flag for flag in FLAG_WORDS if flag in {*shown, *extra})
    withheld = bool(WITHHOLDING & set(shown))
    return AnswerDraft(
        question=question.id, suggested=None if withheld else in_steps(raw), raw=raw,
        basis="key_points" if question.key_points else "likeness", found=found, missing=missing, negated=negated,
        misconceptions=wrong, flags=shown, classmates=tuple(classmates),
        confidence=_confidence(question, raw, shown, withheld=withheld),
    )  # fmt: skip


def draft_class(question: Question, answers: Mapping[str, Answer]) -> dict[str, AnswerDraft]:
    """Drafts for a whole class, answers that resemble one another flagged on both sides.

    Args:
        question: from the rubric.
        answers: submission id → its answer to this question.
    """
    alike = similar_answers({id_: answer.text for id_, answer in answers.items()})
    return {
        id_: draft_mark(question, answer.text, flags=_flags_of(answer), classmates=alike.get(id_, ()))
        for id_, answer in answers.items()
    }


def in_steps(fraction: float) -> float:
    """The nearest multiple of `STEP`, halves upwards, in [0, 1]."""
    return min(1.0, max(0.0, math.floor(fraction / STEP + 0.5) * STEP))


def _flags_of(answer: Answer) -> tuple[str, ...]:
    return (*answer.flags, "truncated") if answer.truncated else answer.flags


def _all_flags(
    question: Question, text: str, said: Sequence[Sentence], flags: Iterable[str], classmates: Sequence[str]
) -> tuple[str, ...]:
    found = {*flags, *guard_flags(text, said)}
    if said and repeats_question(question, text):
        found.add("question_repeated")
    if classmates and said:
        found.add("classmates_text")
    if len(text) > MAX_TEXT:
        found.add("truncated")
    return tuple(flag for flag in FLAG_WORDS if flag in found)


def _key_points(
    question: Question, said: Sequence[Sentence], text: str
) -> tuple[tuple[Point, ...], tuple[Point, ...], tuple[Point, ...]]:
    found: list[Point] = []
    missing: list[Point] = []
    negated: list[Point] = []
    for point in question.key_points:
        match = find_phrases(point.phrases, said)
        plain = match is not None and not match.negated
        spans = _spans(match, text) if match is not None else ()
        entry = Point(id=point.id, text=point.text, weight=point.weight, spans=spans if plain else ())
        (found if plain else missing).append(entry)
        if match is not None and match.negated:
            negated.append(entry.model_copy(update={"spans": spans}))
    return tuple(found), tuple(missing), tuple(negated)


def _misconceptions(question: Question, said: Sequence[Sentence], text: str) -> tuple[Point, ...]:
    found = []
    for wrong in question.misconceptions:
        match = find_phrases(wrong.phrases, said)
        if match is not None and not match.negated:
            found.append(Point(id=wrong.id, text=wrong.text, weight=wrong.costs, spans=_spans(match, text)))
    return tuple(found)


def _raw(question: Question, found: Sequence[Point], wrong: Sequence[Point], text: str, light: LightModel) -> float:
    if not question.key_points:
        return light.estimate(question, text)
    earned = math.fsum(point.weight for point in found) / question.full_marks_at
    return max(0.0, min(1.0, earned) - math.fsum(point.weight for point in wrong))


def _confidence(question: Question, raw: float, flags: Sequence[str], *, withheld: bool) -> float:
    """Measured on real answers: full marks are mostly right, "nothing found" only half the time."""
    if withheld:
        return 0.0
    base = 0.15 if not question.key_points else 0.8 if raw >= 1 else 0.3 if raw == 0 else 0.55
    return round(max(0.05, base - 0.15 * len(flags)), 2)


def _spans(match: Match, text: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for token in match.tokens:
        end = _whole_word(token, text)
        if spans and token.start < spans[-1].end:
            continue
        spans.append(Span(start=token.start, end=end))
    return tuple(spans)


def _whole_word(token: Token, text: str) -> int:
    """The end of a word with what a hyphen joins to it: `pre-trained`."""
    end = token.end
    while end + 1 < len(text) and text[end] in "-‐‑" and text[end + 1].isalnum():
        end += 1
        while end < len(text) and text[end].isalnum():
            end += 1
    return end
