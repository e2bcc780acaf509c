"""One question across the class: which answers wait, in which order, in which groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from grader.answers.draft import AnswerDraft, Point
from grader.answers.guards import FLAG_WORDS
from grader.gradebook.standing import Standing, Standings
from grader.report.visible_text import prose
from grader.review.classroom import Classroom, Submitted
from grader.review.desk import Settings
from grader.review.highlight import Segment, segments
from grader.review.suggesting import Suggested
from grader.rubric.model import Criterion

State = Literal["open", "marked", "accepted", "again"]


@dataclass(frozen=True, slots=True)
class Item:
    """One answer that a person marks."""

    one: Submitted
    number: int
    """Place in the order, from 1."""
    label: str
    """The student's name, or a number where names are hidden."""
    text: str
    flags: tuple[str, ...]
    """Sentences."""
    draft: AnswerDraft
    suggested: float | None
    acceptable: bool
    standing: Standing
    state: State
    again: tuple[str, ...]
    """What changed since it was marked: `points`, `work`."""

    @property
    def is_open(self) -> bool:
        """Whether someone has to do something."""
        return self.state in ("open", "again")

    def segments(self) -> list[Segment]:
        """The answer with what was found marked in it."""
        return segments(self.text, self.draft)


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that say the same points. `anchor` is its id on the page."""

    anchor: str
    found: tuple[Point, ...]
    wrong: tuple[Point, ...]
    items: tuple[Item, ...]

    @property
    def has_text(self) -> bool:
        """Whether there is anything to read; nothing is known of a file that could not be read."""
        return any(item.text.strip() for item in self.items)

    @property
    def waiting(self) -> tuple[Item, ...]:
        """Those that nobody has marked."""
        return tuple(item for item in self.items if item.is_open)


@dataclass(frozen=True, slots=True)
class QuestionView:
    """All answers to one question that are for people."""

    criterion: Criterion
    items: tuple[Item, ...]
    groups: tuple[Group, ...]
    empty: int
    """Submissions without an answer; decided without a person."""
    suggested: Suggested
    standing: Standings

    @property
    def open(self) -> tuple[Item, ...]:
        """Those that wait."""
        return tuple(item for item in self.items if item.is_open)

    def item(self, handle: str) -> Item | None:
        """The answer of one submission."""
        return next((item for item in self.items if item.one.handle == handle), None)

    def following(self, item: Item) -> Item | None:
        """The next open answer after this one, from the top again at the end; None when all are marked."""
        later = [other for other in self.items if other.number > item.number and other.is_open]
        earlier = [other for other in self.items if other.number < item.number and other.is_open]
        return next(iter([*later, *earlier]), None)


def question_view(
    classroom: Classroom, criterion: Criterion, standing: Standings, suggested: Suggested, settings: Settings
) -> QuestionView:
    """Put the answers to one question in order and in groups."""
    for_people: list[Submitted] = []
    empty = 0
    for one in classroom.submissions.values():
        status = next(v.status for v in one.judged.verdicts if v.criterion == criterion.id)
        if status == "needs_review" or standing.get(one.id, criterion.id).decision is not None:
            for_people.append(one)
        elif status == "unmet":
            empty += 1
    ordered = _ordered(classroom, criterion, for_people, suggested, settings)
    items = tuple(
        _item(classroom, criterion, one, number, standing, suggested, settings)
        for number, one in enumerate(ordered, start=1)
    )
    return QuestionView(criterion, items, tuple(_groups(items)), empty, suggested, standing)


def _ordered(
    classroom: Classroom, criterion: Criterion, found: list[Submitted], suggested: Suggested, settings: Settings
) -> list[Submitted]:
    if settings.order == "name" and not settings.hide_names:
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))
    # Random beneath the groups too: whoever is read last is not always the same.
    mixed = sorted(found, key=lambda one: classroom.shuffled(one, criterion.id))
    if settings.order == "random":
        return mixed
    signatures = {one.id: suggested.drafts[one.id].signature() for one in mixed}
    sizes: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for signature in signatures.values():
        sizes[signature] += 1
    return sorted(mixed, key=lambda one: (-sizes[signatures[one.id]], signatures[one.id]))


def _item(
    classroom: Classroom,
    criterion: Criterion,
    one: Submitted,
    number: int,
    standing: Standings,
    suggested: Suggested,
    settings: Settings,
) -> Item:
    assert criterion.question is not None
    answer = classroom.answers(one).get(criterion.question.id)
    draft = suggested.drafts[one.id]
    stands = standing.get(one.id, criterion.id)
    again = changed_since(criterion, one, stands)
    suggestion = suggested.suggestions.get(one.id)
    decided = stands.decision
    state: State = "open"
    if decided is not None:
        state = "again" if again else "accepted" if decided.mark.automatic else "marked"
    return Item(
        one=one, number=number, label=f"Answer {number}" if settings.hide_names else display_name(one),
        text=answer.text if answer is not None else "", flags=tuple(FLAG_WORDS[flag] for flag in draft.flags),
        draft=draft, suggested=suggested.points(one.id, criterion.points),
        acceptable=suggestion is not None and suggestion.acceptable, standing=stands, state=state, again=again,
    )  # fmt: skip


def changed_since(criterion: Criterion, one: Submitted, standing: Standing) -> tuple[str, ...]:
    """What changed since a criterion was marked."""
    decided = standing.decision
    if decided is None:
        return ()
    points = ("points",) if decided.mark.maximum != criterion.points else ()
    work = ("work",) if decided.mark.basis != one.work.get(criterion.id) else ()
    return (*points, *work)


def display_name(one: Submitted) -> str:
    """A student's name as pages show it."""
    return prose(one.name, 80) or prose(one.id, 80) or "No name given"


def _groups(items: Iterable[Item]) -> Iterable[Group]:
    by: defaultdict[tuple[bool, tuple[str, ...]], list[Item]] = defaultdict(list)
    for item in items:
        by[(not item.text.strip(), item.draft.signature())].append(item)
    ordered = sorted(by.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    for number, (_, members) in enumerate(ordered, start=1):
        draft = members[0].draft
        yield Group(f"g{number}", draft.found, draft.misconceptions, tuple(members))
