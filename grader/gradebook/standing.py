"""What stands today: the newest entries of a book, put together per submission and criterion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from grader.gradebook.entries import Acceptance, Appeal, Comment, Mark, Remark, Reply, Wording

if TYPE_CHECKING:  # what marks needs no database
    from grader.gradebook.journal import Entry


@dataclass(frozen=True, slots=True)
class Decision:
    """A mark that counts. `sequence` numbers the entries on this criterion of this submission."""

    mark: Mark
    points: float
    author: str
    at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class StandingAppeal:
    """A student's question and what was answered, if it was."""

    id: str
    text: str
    author: str
    at: datetime
    sequence: int
    reply: str = ""
    reply_author: str = ""
    reply_at: datetime | None = None
    reply_sequence: int = 0


@dataclass(slots=True)
class Standing:
    """All that people decided about one criterion of one submission."""

    decision: Decision | None = None
    mark_sequence: int = 0
    """Number of the newest mark, also of one that was taken back; what a form has to have seen."""
    remark: str = ""
    remark_sequence: int = 0
    comments: tuple[tuple[str, str], ...] = ()
    """Id and present wording of each reusable comment that was given."""
    appeals: tuple[StandingAppeal, ...] = ()


@dataclass(slots=True)
class Standings:
    """Of a whole class, or the part of it that was asked for."""

    of: Mapping[tuple[str, str], Standing] = field(default_factory=dict)
    """By submission and criterion."""
    wordings: Mapping[str, tuple[str, Wording]] = field(default_factory=dict)
    """Reusable comments: id → criterion and words; retired ones too."""
    acceptances: Mapping[str, Acceptance] = field(default_factory=dict)
    """By criterion."""

    def get(self, submission: str, criterion: str) -> Standing:
        """What stands about one criterion of one submission; empty when nothing does."""
        return self.of.get((submission, criterion)) or Standing()


def standings(newest: Iterable[Entry]) -> Standings:
    """Put the newest entries (`Journal.newest`) together."""
    entries = list(newest)
    of: defaultdict[tuple[str, str], Standing] = defaultdict(Standing)
    wordings = {e.subject.target: (e.subject.criterion, e.value) for e in entries if isinstance(e.value, Wording)}
    replies = {e.subject.target: e for e in entries if isinstance(e.value, Reply)}
    acceptances = {e.subject.criterion: e.value for e in entries if isinstance(e.value, Acceptance)}
    for entry in entries:
        subject = entry.subject
        if not subject.submission:
            continue
        standing = of[subject.submission, subject.criterion]
        match entry.value:
            case Mark(points=points) as mark:
                standing.mark_sequence = entry.sequence
                if points is not None:
                    standing.decision = Decision(mark, points, entry.author, entry.at, entry.sequence)
            case Remark(text=text):
                standing.remark, standing.remark_sequence = text, entry.sequence
            case Comment(given=True):
                wording = wordings.get(subject.target)
                if wording is not None and wording[1].text:
                    standing.comments = (*standing.comments, (subject.target, wording[1].text))
            case Appeal(text=text) if text:
                standing.appeals = (*standing.appeals, _appeal(entry, text, replies.get(subject.target)))
    return Standings(dict(of), wordings, acceptances)


def _appeal(entry: Entry, text: str, reply: Entry | None) -> StandingAppeal:
    made = StandingAppeal(entry.subject.target, text, entry.author, entry.at, entry.sequence)
    if reply is None or not isinstance(reply.value, Reply):
        return made
    return StandingAppeal(
        made.id, made.text, made.author, made.at, made.sequence, reply.value.text, reply.author, reply.at,
        reply.sequence,
    )  # fmt: skip
