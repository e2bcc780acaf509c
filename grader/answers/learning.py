"""Suggestions that learn from the teacher's own marks on one question.

Ten to twenty marks help more than any model that runs offline (measured: docs/written-answers.md). The model is a
Gaussian process: with few marks it stays near the draft, with more it follows the teacher, and it says how sure it is.
Its mean is a line through what the draft makes of an answer; its kernel compares answers by their words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from grader.answers.agreement import Agreement, pearson, quadratic_kappa
from grader.answers.draft import AnswerDraft, draft_mark, in_steps
from grader.answers.guards import WITHHOLDING
from grader.answers.light import SHIPPED, LightModel
from grader.rubric.model import Question

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FEWEST_MARKS = 10
"""Marks below which nothing may be accepted automatically."""

FEWEST_TO_LEARN = 3
"""Marks below which suggestions stay what the key points say."""

NEEDED_KAPPA = 0.6
"""Leave-one-out quadratic kappa that automatic acceptance needs: what two trained people reach on short answers
(Mohler's set: r = .60). Nearness of marks is no measure: always saying 0.75 is "within a quarter" nine times in ten."""

MOST_OVERRATED = 0.1
"""Share of the would-be accepted answers that may lie more than a step above the teacher's mark."""

FEWEST_ACCEPTED = 5
"""Answers that must have been accepted when left out, for that share to mean anything."""

ACCEPTED_FROM = 0.75
"""Suggested fraction from which on an answer may be accepted; below, it is always for a person."""

_NOISE = 0.06
"""Variance of a person's marks around what the text explains, in squared fractions."""
_OWN_WORDS = 0.20
"""Prior variance that words may explain beyond the draft."""
_LEVEL = 0.08
_SLOPE = 0.5


@dataclass(frozen=True)
class MarkedAnswer:
    """An answer with the mark a person gave it, as a fraction of the question's points in [0, 1]."""

    text: str
    fraction: float


@dataclass(frozen=True)
class Suggestion:
    """What is suggested for an answer after learning; None where a person must read without one."""

    fraction: float | None
    raw: float
    spread: float
    """Standard deviation of the prediction, as a fraction of the points."""
    acceptable: bool
    """Whether this one may be accepted automatically, if the teacher turns that on: never a failing mark."""


@dataclass(frozen=True)
class Learned:
    """Suggestions for one question, after some marks."""

    question: Question
    agreement: Agreement | None
    may_accept_automatically: bool
    why: str
    """In words: why automatic acceptance may be turned on, or what it lacks."""
    _model: _Process | None = field(default=None, repr=False)

    def suggest(self, text: str, draft: AnswerDraft | None = None) -> Suggestion:
        """The suggestion for an answer; `draft` spares drafting it again."""
        return self.suggest_all([text], [draft or draft_mark(self.question, text)])[0]

    def suggest_all(self, texts: Sequence[str], drafts: Sequence[AnswerDraft]) -> list[Suggestion]:
        """Suggestions for many answers at once, which is faster than one by one."""
        if self._model is None or not texts:
            return [_as_drafted(draft) for draft in drafts]
        means, spreads = self._model.predict(texts, drafts)
        return [
            _suggestion(draft, float(mean), float(spread), allowed=self.may_accept_automatically)
            for draft, mean, spread in zip(drafts, means, spreads, strict=True)
        ]


def learn(question: Question, marked: Sequence[MarkedAnswer], *, light: LightModel = SHIPPED) -> Learned:
    """Learn from the teacher's marks on this question.

    Pure and deterministic; takes milliseconds for a few hundred marks after scikit-learn is imported.

    Raises:
        ValueError: a mark lies outside [0, 1].
    """
    for each in marked:
        if not 0 <= each.fraction <= 1:
            raise ValueError(f"Expected marks as fractions in [0, 1]. Received {each.fraction!r}.")
    if len(marked) < FEWEST_TO_LEARN:
        why = f"{FEWEST_MARKS} marks on this question are needed; there are {len(marked)}."
        return Learned(question, None, may_accept_automatically=False, why=why)
    texts = [each.text for each in marked]
    drafts = [draft_mark(question, text, light=light) for text in texts]
    model = _Process.fit(texts, drafts, [each.fraction for each in marked])
    means, spreads = model.left_out()
    left_out = [
        _suggestion(draft, float(mean), float(spread), allowed=True)
        for draft, mean, spread in zip(drafts, means, spreads, strict=True)
    ]
    agreement = _agreement([each.fraction for each in marked], left_out)
    allowed, why = _allowed(agreement)
    return Learned(question, agreement, allowed, why, model)


@dataclass(frozen=True)
class _Process:
    """A Gaussian process with fixed hyperparameters: a handful of marks cannot choose them."""

    vectors: Any
    vectoriser: Any
    design: Array
    targets: Array
    prior: Array
    inverse: Array

    @staticmethod
    def fit(texts: Sequence[str], drafts: Sequence[AnswerDraft], marks: Sequence[float]) -> _Process:
        import numpy as np
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectoriser = TfidfVectorizer(analyzer=_stems_of, sublinear_tf=True, norm="l2", dtype=np.float64)
        # An answer without a single word would leave the vectoriser without a vocabulary.
        vectors = vectoriser.fit_transform([*texts, "answer"])[:-1]
        design = _design(drafts)
        prior = _prior(drafts)
        covariance = _kernel(vectors, vectors, design, design) + _NOISE * np.eye(len(texts))
        return _Process(
            vectors,
            vectoriser,
            design,
            np.asarray(marks, dtype=np.float64),
            prior,
            np.asarray(np.linalg.inv(covariance), dtype=np.float64),
        )

    def predict(self, texts: Sequence[str], drafts: Sequence[AnswerDraft]) -> tuple[Array, Array]:
        """Means and standard deviations."""
        import numpy as np

        vectors = self.vectoriser.transform(texts)
        design = _design(drafts)
        cross = _kernel(vectors, self.vectors, design, self.design)
        means = _prior(drafts) + cross @ self.inverse @ (self.targets - self.prior)
        own = _OWN_WORDS + _LEVEL + _SLOPE * (design**2).sum(axis=1)
        variances = own - np.einsum("ij,jk,ik->i", cross, self.inverse, cross) + _NOISE
        return means, np.sqrt(np.clip(variances, 1e-6, None))

    def left_out(self) -> tuple[Array, Array]:
        """What each mark would have been predicted to be without it (Rasmussen and Williams 2006, eq. 5.12)."""
        import numpy as np

        diagonal = np.diag(self.inverse)
        residual = self.inverse @ (self.targets - self.prior)
        return self.targets - residual / diagonal, np.sqrt(1 / diagonal)


def _stems_of(text: str) -> list[str]:
    from grader.answers.tokens import sentences

    words = [token for sentence in sentences(text) for token in sentence.tokens]
    pairs = [f"{one.stem} {other.stem}" for one, other in pairwise(words)]
    return [word.stem for word in words] + pairs


def _design(drafts: Sequence[AnswerDraft]) -> Array:
    import numpy as np

    rows = [
        [draft.raw - 0.5, 0.3 * len(draft.found) / max(1, len(draft.found) + len(draft.missing)),
         0.3 * bool(draft.misconceptions), 0.3 * bool(draft.negated)]
        for draft in drafts
    ]  # fmt: skip
    return np.asarray(rows, dtype=np.float64)


def _prior(drafts: Sequence[AnswerDraft]) -> Array:
    import numpy as np

    return np.asarray([draft.raw for draft in drafts], dtype=np.float64)


def _kernel(one: Any, other: Any, design: Array, other_design: Array) -> Array:
    import numpy as np

    words = (one @ other.T).toarray()
    return np.asarray(_LEVEL + _OWN_WORDS * words + _SLOPE * (design @ other_design.T), dtype=np.float64)


def _as_drafted(draft: AnswerDraft) -> Suggestion:
    return Suggestion(draft.suggested, draft.raw, spread=0.5, acceptable=False)


def _suggestion(draft: AnswerDraft, mean: float, spread: float, *, allowed: bool) -> Suggestion:
    raw = min(1.0, max(0.0, mean))
    if "empty" in draft.flags:
        return Suggestion(0.0, 0.0, spread=0.0, acceptable=False)
    if WITHHOLDING & set(draft.flags):
        return Suggestion(None, raw, spread, acceptable=False)
    fraction = in_steps(raw)
    acceptable = allowed and fraction >= ACCEPTED_FROM and not draft.flags
    return Suggestion(fraction, raw, spread, acceptable)


def _agreement(marks: Sequence[float], suggested: Sequence[Suggestion]) -> Agreement:
    predicted = [each.raw for each in suggested]
    accepted = [
        (mark, each.fraction) for mark, each in zip(marks, suggested, strict=True) if each.acceptable and each.fraction
    ]
    return Agreement(
        marks=len(marks),
        correlation=pearson(marks, predicted),
        kappa=quadratic_kappa(marks, predicted),
        mean_error=math.fsum(abs(a - b) for a, b in zip(marks, predicted, strict=True)) / len(marks),
        would_accept=len(accepted),
        overrated=sum(fraction - mark > 0.25 + 1e-9 for mark, fraction in accepted),
    )


def _allowed(agreement: Agreement) -> tuple[bool, str]:
    if agreement.marks < FEWEST_MARKS:
        return False, f"{FEWEST_MARKS} marks on this question are needed; there are {agreement.marks}."
    if agreement.kappa is None:
        return False, "All marks so far are the same, so nothing shows that suggestions tell good from poor."
    if agreement.kappa < NEEDED_KAPPA:
        return False, (
            f"Suggestions do not agree with your marks well enough yet: kappa {agreement.kappa:.2f} on marks left "
            f"out, needed {NEEDED_KAPPA:.2f}."
        )
    if agreement.would_accept < FEWEST_ACCEPTED:
        return False, f"Only {agreement.would_accept} of your marks would have been accepted; {FEWEST_ACCEPTED} needed."
    if agreement.overrated > MOST_OVERRATED * agreement.would_accept:
        return False, (
            f"{agreement.overrated} of {agreement.would_accept} answers that would have been accepted got a lower mark "
            "from you."
        )
    return True, f"Kappa {agreement.kappa:.2f} on {agreement.marks} marks left out one at a time."
