"""What the overview is told about a batch and about each submission in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from grader.evidence.model import RunStatus
from grader.rubric.model import Rubric
from grader.verdict import Result, Verdict


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """One submission. `href` is the report's path relative to the overview, not percent-encoded; `seconds` is
    the time its notebook ran; `accuracy` is measured on held-out pictures, a fraction in [0, 1]."""

    id: str
    name: str
    result: Result
    href: str
    seconds: float
    run_status: RunStatus
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class BatchInfo:
    """What a batch was run with. `started` is ISO 8601 in UTC, `seconds` the wall-clock time of the whole."""

    title: str
    pack: str
    imagenet: bool
    policy: str
    started: str
    seconds: float
    grader_version: str
    sandbox: str
    pack_notice: str = ""


class RowsInShort:
    """Rows of a whole class in little memory: results without words, equal verdicts of two students as one object."""

    def __init__(self) -> None:
        self.rows: list[OverviewRow] = []
        self._verdicts: dict[tuple[object, ...], Verdict] = {}

    def add(self, result: Result, *, href: str, seconds: float, run_status: RunStatus, accuracy: float | None) -> None:
        """One more submission."""
        short = result.model_copy(
            update={"verdicts": tuple(map(self._shared, result.verdicts)), "next_step": "", "next_criterion": None}
        )
        self.rows.append(OverviewRow(result.submission, result.name, short, href, seconds, run_status, accuracy))

    def _shared(self, verdict: Verdict) -> Verdict:
        same = (verdict.criterion, verdict.status, verdict.points, verdict.maximum)
        if same not in self._verdicts:
            self._verdicts[same] = Verdict(
                criterion=verdict.criterion, title="", status=verdict.status, points=verdict.points,
                maximum=verdict.maximum, reason="",
            )  # fmt: skip
        return self._verdicts[same]


Need = Literal["ours", "unreadable", "code", "written", "none"]
"""Why a person has to look: our failure, an unreadable file, an open criterion about code, only open written
answers, or not at all. In this order."""

NEEDS: Final[tuple[Need, ...]] = ("ours", "unreadable", "code", "written", "none")


def need(row: OverviewRow, rubric: Rubric) -> Need:
    """The strongest reason for a person to look at this submission."""
    if row.result.status == "infrastructure_error":
        return "ours"
    if row.result.status == "unreadable":
        return "unreadable"
    statuses = {verdict.status for verdict in row.result.verdicts}
    if "infrastructure_error" in statuses:
        return "ours"
    if waiting_code(row.result, rubric):
        return "code"
    return "written" if "needs_review" in statuses or row.result.status == "needs_review" else "none"


def waiting_code(result: Result, rubric: Rubric) -> list[str]:
    """Ids of the criteria that wait for a person and are no written questions, in the result's order."""
    written = {criterion.id for criterion in rubric.criteria if criterion.question is not None}
    return [
        v.criterion
        for v in result.verdicts
        if (v.status == "needs_review" or (v.decision is not None and v.decision.again)) and v.criterion not in written
    ]


def by_name(rows: Iterable[OverviewRow]) -> list[OverviewRow]:
    """Rows in the order of names, without regard to case and accents; equal names in the order of ids."""
    return sorted(rows, key=lambda row: (_folded(row.name), row.name, row.id))


def _folded(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name[:300])
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold().strip()
