"""What a teacher writes down about a written question: key points, misconceptions, what earns full marks."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from grader.answers.phrases import parse_phrase
from grader.evidence.model import Document

Weight: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=100)]
Share: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Sentence: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]


def _is_phrase(text: str) -> str:
    parse_phrase(text)
    return text


Phrase: TypeAlias = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_is_phrase)]
"""A way of saying something; the language is that of `grader.answers.phrases`."""

Phrases: TypeAlias = Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=60)]


class KeyPoint(Document):
    """One thing a good answer says. It is found when any of its `phrases` is."""

    id: Name
    text: Sentence
    """As students and teachers read it."""
    phrases: Phrases
    weight: Weight = 1.0
    """What it counts towards `full_at`."""


class Misconception(Document):
    """Something wrong that answers say."""

    id: Name
    text: Sentence
    phrases: Phrases
    costs: Share = 0.5
    """Fraction of the question's points taken off the suggested mark."""
