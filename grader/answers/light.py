"""A first guess at an answer's mark from how it looks, for questions without key points.

It is weak, and the draft says so: on questions never seen before it orders answers hardly better than their length
does (docs/written-answers.md). It is where learning from a teacher's marks starts.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from grader.answers.tokens import Sentence, sentences, stem_of
from grader.answers.words import FILLERS
from grader.rubric.model import Question

FEATURES = (
    "words", "own_words", "reference_covered", "reference_share", "likeness", "question_share", "long_sentences",
)  # fmt: skip
"""Names of what `light_features` returns, in order."""


@dataclass(frozen=True)
class LightModel:
    """A line through `light_features`."""

    intercept: float
    coefficients: tuple[float, ...]

    def estimate(self, question: Question, text: str) -> float:
        """The guessed fraction of the points, in [0, 1]."""
        weighed = zip(self.coefficients, light_features(question, text), strict=True)
        return min(1.0, max(0.0, self.intercept + math.fsum(weight * value for weight, value in weighed)))


SHIPPED = LightModel(0.109, (0.253, 0.302, 0.271, 0.078, 0.122, -0.065, 0.074))
"""Fitted by ridge regression to two public marked sets, DigiKlausur (MPL-2.0) and SAF (MIT), 48 questions in all, by
 `python -m benchmarks.answers --fit`."""

_SHORT = 40
"""Words up to which more words mean more: `words` is 1 there."""


def light_features(question: Question, text: str) -> tuple[float, ...]:
    """Numbers about an answer, each in [0, 1]; the best over the reference answers where there are several."""
    return _features(question, sentences(text), text)


def _features(question: Question, said: Sequence[Sentence], text: str) -> tuple[float, ...]:
    words = [token for sentence in said for token in sentence.tokens]
    stems = {token.stem for token in words if token.word not in FILLERS}
    asked = _stems(question.text)
    own = stems - asked
    references = [_stems(reference) - asked for reference in question.reference_answers]
    covered = max((len(stems & each) / len(each) for each in references if each), default=0.0)
    share = max((len(own & each) / len(own) for each in references if own), default=0.0)
    likeness = max((fuzz.token_set_ratio(text[:2000], each) / 100 for each in question.reference_answers), default=0.0)
    longest = max((len(sentence.tokens) for sentence in said), default=0)
    return (
        min(1.0, math.log1p(len(words)) / math.log1p(_SHORT)),
        min(1.0, math.log1p(len(own)) / math.log1p(_SHORT)),
        covered,
        share,
        likeness,
        len(stems & asked) / len(asked) if asked else 0.0,
        min(1.0, longest / _SHORT),
    )


@functools.lru_cache(maxsize=512)
def _stems(text: str) -> frozenset[str]:
    tokens = [token for sentence in sentences(text) for token in sentence.tokens]
    return frozenset(stem_of(token.word) for token in tokens if token.word not in FILLERS)
