"""What came of each variant, held against what must come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from grader.mutation.expectation import Expectation
from grader.verdict import Result, Status, Verdict

Source = Literal["sample", "mutant", "rewrite"]
Answer = Literal["right", "missed", "wronged", "asked", "other"]
"""`right`: as expected. `missed`: something must be lost and was not. `wronged`: points were lost that must be kept.
`asked`: a person was asked where it could have been decided. `other`: lost, but not what or why it must be."""


@dataclass(frozen=True)
class CriterionOutcome:
    """One criterion of one variant."""

    criterion: str
    expected: Expectation
    verdict: Verdict
    answer: Answer

    @property
    def loses(self) -> bool:
        """Something must be lost (or asked about) here."""
        return self.expected.broken


@dataclass(frozen=True)
class Outcome:
    """One variant or sample, run and judged."""

    source: Source
    name: str
    says: str
    criteria: tuple[CriterionOutcome, ...]

    @property
    def as_expected(self) -> bool:
        """Every criterion is right."""
        return all(each.answer == "right" for each in self.criteria)

    @property
    def wrong(self) -> tuple[CriterionOutcome, ...]:
        """The criteria that are not right."""
        return tuple(each for each in self.criteria if each.answer != "right")


def compare(expected: Expectation, verdict: Verdict, baseline: Verdict) -> Answer:
    """How a verdict stands to what must come."""
    if expected.met_by(verdict, baseline):
        return "right"
    if verdict.status in ("needs_review", "infrastructure_error"):
        return "asked"
    if verdict.status == "met" or (verdict.status == "blocked" and expected.broken):
        return "missed"
    return "other" if expected.broken else "wronged"


def outcome(
    source: Source, name: str, says: str, expected: dict[str, Expectation], result: Result, baseline: Result
) -> Outcome:
    """All criteria of one result."""
    before = {verdict.criterion: verdict for verdict in baseline.verdicts}
    return Outcome(
        source, name, says,
        tuple(
            CriterionOutcome(
                verdict.criterion, expected[verdict.criterion], verdict,
                compare(expected[verdict.criterion], verdict, before.get(verdict.criterion, verdict)),
            )
            for verdict in result.verdicts
            if verdict.criterion in expected
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One criterion's line of the confusion table: how often which answer came, where it must lose and where keep."""

    criterion: str
    title: str
    caught: int = 0
    missed: int = 0
    other: int = 0
    asked_lost: int = 0
    kept: int = 0
    waiting: int = 0
    """A person decides, as for the reference itself."""
    wronged: int = 0
    asked_kept: int = 0
    blocked: int = 0

    @property
    def right(self) -> bool:
        """Nothing stands where nothing should."""
        return not (self.missed or self.other or self.asked_lost or self.wronged or self.asked_kept)


def confusion(outcomes: Iterable[Outcome], titles: dict[str, str]) -> tuple[Row, ...]:
    """The confusion table over some outcomes, criterion by criterion, in the rubric's order."""
    counts = {criterion: dict.fromkeys(list(Row.__dataclass_fields__)[2:], 0) for criterion in titles}
    for each in outcomes:
        for part in each.criteria:
            counts[part.criterion][_column(part)] += 1
    return tuple(Row(criterion, titles[criterion], **counts[criterion]) for criterion in titles)


def _column(part: CriterionOutcome) -> str:
    if part.answer == "right":
        if part.loses and part.verdict.status != "met":
            return "caught"
        return {"blocked": "blocked", "needs_review": "waiting"}.get(part.verdict.status, "kept")
    if part.answer == "asked":
        return "asked_lost" if part.loses else "asked_kept"
    return part.answer


def in_words(part: CriterionOutcome) -> str:
    """`augmentation: met, expected partial (rotation_only)`."""
    codes = ", ".join(finding.code for finding in part.verdict.findings) or "no finding"
    wanted = " or ".join(sorted(_WORDS[status] for status in part.expected.statuses))
    because = f" ({' or '.join(part.expected.codes)})" if part.expected.codes else ""
    share = part.verdict.points / part.verdict.maximum
    got = _WORDS[part.verdict.status] + (f" {share:.0%}" if part.verdict.status == "partial" else "")
    return f"{part.criterion}: {got} ({codes}), expected {wanted}{because}"


_WORDS: dict[Status, str] = {
    "met": "met", "partial": "partly met", "unmet": "not met", "needs_review": "to review", "blocked": "blocked",
    "infrastructure_error": "our failure",
}  # fmt: skip
