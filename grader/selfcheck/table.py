"""The self-check's answer as data: what to fix first, what a person decides, what is fine, what only grading shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from grader.checks.registry import CHECKS
from grader.evidence.model import Cell, Document, Evidence, Place
from grader.rubric.model import LaterCriterion, Rubric
from grader.rubric.public import decided_later, public_part
from grader.verdict import Result, Status, Verdict

Group = Literal["fix", "open", "fine"]
"""`fix`: something is missing or wrong. `open`: not decided here, by a person or for want of a run. `fine`."""

How = Literal["run", "source", "session"]
"""How it was looked at: the notebook was run, only its text was read, or a live session was asked."""

GROUP_OF: Mapping[Status, Group] = {
    "met": "fine", "partial": "fix", "unmet": "fix", "blocked": "fix", "needs_review": "open",
    "infrastructure_error": "open",
}  # fmt: skip


class Where(Document):
    """A place in the student's notebook, in the words of how it was looked at, and the line itself."""

    words: str
    code_cell: int | None
    first_line: int
    last_line: int
    code: str = ""


class Row(Document):
    """One criterion as told to the student."""

    criterion: str
    title: str
    status: Status
    group: Group
    points: float | None
    """Points it would earn; None where it is not decided here."""
    maximum: float
    expected: str
    """What the criterion asks for, as a sentence."""
    found: str
    hint: str = ""
    where: tuple[Where, ...] = ()
    follows_from: str = ""
    """Title of the criterion whose mistake explains this one: it costs nothing more."""


class SelfCheck(Document):
    """The whole answer, the most useful row first. What `grader check --json` writes."""

    schema_version: Literal[1] = 1
    lab: str
    how: How
    rows: tuple[Row, ...]
    points: float
    """Earned so far, of `decided` points that are decided here."""
    decided: float
    maximum: float
    """Of the public criteria together."""
    next_step: str = ""
    later: tuple[LaterCriterion, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def to_fix(self) -> tuple[Row, ...]:
        """Rows the student can do something about, causes before what follows from them."""
        return tuple(row for row in self.rows if row.group == "fix")


def self_check(
    rubric: Rubric, evidence: Evidence, result: Result, how: How, notes: Sequence[str] = ()
) -> SelfCheck:  # fmt: skip
    """Put a result on the public criteria into the student's order and words.

    Args:
        rubric: the whole rubric, or its public part; `result` is on its public criteria.
    """
    shown = public_part(rubric)
    expected = {criterion.id: CHECKS[criterion.check].sentence for criterion in shown.criteria}
    questions = {criterion.id: criterion.question.text for criterion in shown.criteria if criterion.question}
    titles = {verdict.criterion: verdict.title for verdict in result.verdicts}
    cells = {cell.position: cell for cell in evidence.cells}
    rows = [
        _row(verdict, questions.get(verdict.criterion) or expected[verdict.criterion], titles, cells, how)
        for verdict in result.verdicts
    ]
    return SelfCheck(
        lab=rubric.lab.title, how=how, rows=tuple(_ordered(rows, result.next_criterion)),
        points=result.total.points, decided=result.total.counted, maximum=result.total.maximum,
        next_step=result.next_step, later=decided_later(rubric), notes=tuple(notes),
    )  # fmt: skip


def _ordered(rows: list[Row], first: str | None) -> list[Row]:
    """What to fix comes first, the most useful at the top, and what only follows from another mistake last."""
    groups: list[Group] = ["fix", "open", "fine"]

    def key(row: Row) -> tuple[object, ...]:
        lost = row.maximum - (row.points or 0.0)
        return groups.index(row.group), row.criterion != first, row.status == "blocked", -lost

    return sorted(rows, key=key)


def _row(
    verdict: Verdict, expected: str, titles: Mapping[str, str], cells: Mapping[int, Cell], how: How
) -> Row:  # fmt: skip
    decided = verdict.status in ("met", "partial", "unmet")
    blocked = verdict.status == "blocked"
    return Row(
        criterion=verdict.criterion, title=verdict.title, status=verdict.status, group=GROUP_OF[verdict.status],
        points=verdict.points if decided else None, maximum=verdict.maximum, expected=expected,
        found=verdict.reason, hint="" if verdict.status == "met" else verdict.hint,
        where=tuple(_where(place, cells, how) for place in verdict.places[:3]),
        follows_from=titles.get(verdict.blocked_by or "", "") if blocked else "",
    )  # fmt: skip


def _where(place: Place, cells: Mapping[int, Cell], how: How) -> Where:
    cell = cells.get(place.cell)
    lines = cell.source.split("\n") if cell is not None else []
    code = lines[place.first_line - 1].strip() if 0 < place.first_line <= len(lines) else ""
    if place.code_cell is None:
        name = f"text cell {place.cell}"
    else:
        name = f"In [{place.code_cell}]" if how == "session" else f"code cell {place.code_cell}"
    return Where(
        words=f"{name}, line {place.first_line}", code_cell=place.code_cell, first_line=place.first_line,
        last_line=place.last_line, code=code[:200],
    )  # fmt: skip
