"""One card per criterion: what was decided, why, on which evidence, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from grader.evidence.model import Answer, Cell, Evidence, Place
from grader.report.excerpts import cell_name, excerpts_html
from grader.report.feedback import NOTHING, Feedback, Shown, feedback, parts_of, shown_pictures
from grader.report.visible_text import Block, block, prose
from grader.report.wording import MARKS, STRENGTHS, Mark, counted, day, number
from grader.rubric.model import Criterion, Question, Rubric
from grader.verdict import JudgedFinding, Result, Verdict

LONGEST_SENTENCE = 900
LONGEST_ANSWER = 4_000
MOST_ANSWER_LINES = 60
MOST_FINDINGS = 20
SURE = 0.5
"""Below this confidence that a text answers a question, the page says so."""
REMARKS = {
    "hidden_text": "Some of this cannot be seen when the notebook is read.",
    "hidden_characters": "Invisible characters were taken out.",
    "look_alike_letters": "Some letters are of another alphabet and only look like the ones you would expect.",
    "tutorial_text": "Much of this stands in a published tutorial.",
    "read_from_picture": "This was read from a picture by a machine, so letters may be wrong.",
}
"""What flags of an answer say to whoever marks it."""
LONGEST_COMMENT = 5_000
AGAIN = {"work": "your work changed", "points": "the points for this changed"}
DOUBT = "We are not sure that this is your answer to this question. Your teacher will look."


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a sentence; `code` where the sentence had it between backticks."""

    text: str
    code: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen, what it cost in words, and what to do about it."""

    message: tuple[Piece, ...]
    cost: str
    hint: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """A written question with what was found for it. An empty `text` means nothing was found."""

    question: str
    where: str
    text: Block
    doubt: str
    remarks: tuple[str, ...] = ()
    feedback: Feedback = NOTHING


@dataclass(frozen=True, slots=True)
class Asked:
    """An appeal: what the student asked, and the answer if there is one."""

    question: str
    asked: str
    reply: str
    replied: str


@dataclass(frozen=True, slots=True)
class Person:
    """What people decided and wrote. `decided` and `again` are sentences, empty where there is nothing to say."""

    decided: str
    again: str
    before: tuple[Piece, ...]
    """What the grader itself had found, where a person decided otherwise."""
    comments: tuple[str, ...]
    appeals: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A criterion as a student reads it. `anchor` is its id on the page."""

    anchor: str
    title: str
    mark: Mark
    points: str
    strength: str
    reason: tuple[Piece, ...]
    follows_from: str
    follows_anchor: str
    findings: tuple[Finding, ...]
    hint: tuple[Piece, ...]
    answer: WrittenAnswer | None
    code: Markup
    person: Person
    pictures: tuple[Shown, ...] = ()


NOBODY = Person("", "", (), (), ())


def cards(evidence: Evidence, result: Result, rubric: Rubric) -> tuple[Card, ...]:
    """A card for every verdict in its order, then one for every criterion that has none."""
    cells = parts_of(evidence)
    pictures = {picture.number: picture for picture in evidence.pictures}
    answers = {answer.question: answer for answer in evidence.answers}
    criteria = {criterion.id: criterion for criterion in rubric.criteria}
    judged = {verdict.criterion for verdict in result.verdicts}
    undecided = [_undecided(criterion) for criterion in rubric.criteria if criterion.id not in judged]
    verdicts = [*result.verdicts, *undecided]
    anchors = {verdict.criterion: f"c{index}" for index, verdict in enumerate(verdicts, start=1)}
    titles = {verdict.criterion: verdict.title for verdict in verdicts}
    made = [
        replace(
            _card(verdict, criteria.get(verdict.criterion), cells, answers, anchors, titles),
            pictures=shown_pictures(_places(verdict), cells, pictures),
        )
        for verdict in verdicts
    ]
    return tuple(_without_echo(card, before) for card, before in zip(made, [None, *made], strict=False))


def _without_echo(card: Card, before: Card | None) -> Card:
    """Where many criteria share one reason (nothing could be read, our side failed), say it once."""
    plain = not (card.findings or card.hint or card.answer or card.code or card.person != NOBODY)
    if before is not None and plain and (card.mark, card.reason) == (before.mark, before.reason):
        return replace(card, reason=())
    return card


def pieces(text: str, limit: int = LONGEST_SENTENCE) -> tuple[Piece, ...]:
    """A sentence with what stands between backticks set apart as code."""
    parts = prose(text, limit).split("`")
    if len(parts) % 2 == 0:  # an odd backtick out: take the text as it is
        return (Piece("`".join(parts), code=False),)
    return tuple(Piece(part, code=index % 2 == 1) for index, part in enumerate(parts) if part)


def _undecided(criterion: Criterion) -> Verdict:
    return Verdict(
        criterion=criterion.id, title=criterion.title, status="infrastructure_error", points=0,
        maximum=criterion.points, reason="No decision was made on this criterion.",
    )  # fmt: skip


def _card(
    verdict: Verdict,
    criterion: Criterion | None,
    cells: Mapping[int, Cell],
    answers: Mapping[str, Answer],
    anchors: Mapping[str, str],
    titles: Mapping[str, str],
) -> Card:
    blocker = verdict.blocked_by if verdict.status == "blocked" else None
    question = criterion.question if criterion is not None else None
    written = None
    if question is not None and _was_looked_at(verdict, cells):
        written = _written(question, answers.get(question.id), cells)
    found = _findings(verdict)
    return Card(
        anchor=anchors[verdict.criterion],
        title=prose(verdict.title, 160),
        mark=MARKS[verdict.status],
        points=_points(verdict),
        strength="" if verdict.decision is not None or verdict.status == "infrastructure_error" or not verdict.strength
        else STRENGTHS[verdict.strength],
        reason=() if verdict.decision is not None or _said_by(found, verdict) else pieces(verdict.reason),
        follows_from=prose(titles.get(blocker, blocker), 160) if blocker else "",
        follows_anchor=anchors.get(blocker, "") if blocker else "",
        findings=found,
        hint=pieces(verdict.hint),
        answer=written,
        code=Markup() if question is not None else excerpts_html(_beside_pictures(verdict, cells), cells),
        person=_person(verdict, written_question=question is not None),
    )  # fmt: skip


def _person(verdict: Verdict, *, written_question: bool) -> Person:
    decision = verdict.decision
    decided, again, before = "", "", ""
    if decision is not None:
        on = day(decision.at)
        decided = (
            f"Accepted by your teacher's rule on {on}" if decision.automatic else f"Decided by your teacher on {on}"
        )
        if decision.again:
            changed = " and ".join(AGAIN[what] for what in decision.again)
            again = f"This mark is not final: {changed} after it was given. Your teacher will look again."
        if not written_question:
            before = verdict.reason
    return Person(
        decided=decided,
        again=again,
        before=pieces(before),
        comments=tuple(filter(None, (_said(words) for words in verdict.comments))),
        appeals=tuple(
            Asked(
                _said(appeal.question), day(appeal.asked),
                _said(appeal.reply), day(appeal.replied) if appeal.reply else "",
            )
            for appeal in verdict.appeals
        ),
    )  # fmt: skip


def _said(words: str) -> str:
    """What a person wrote, with its lines."""
    return block(words.strip(), characters=LONGEST_COMMENT, lines=MOST_ANSWER_LINES).text


def _points(verdict: Verdict) -> str:
    of_all = counted(verdict.maximum, "point")
    if verdict.status == "needs_review":
        return f"{of_all} open"
    if verdict.status == "blocked":
        return f"{of_all} not counted"
    if verdict.status == "infrastructure_error":
        return "no points lost"
    return f"{number(verdict.points)} of {of_all}"


def _places(verdict: Verdict) -> Iterable[Place]:
    return verdict.places or tuple(place for finding in verdict.findings for place in finding.places)


def _beside_pictures(verdict: Verdict, cells: Mapping[int, Cell]) -> list[Place]:
    """Places to be shown as text: not what a machine made of a picture that it could not read as code."""
    return [
        place
        for place in _places(verdict)
        if (cell := cells.get(place.cell)) is None or cell.picture is None or cell.kind == "code"
    ]


def _findings(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings, unless they say no more than the reason does: neither what each costs nor what to do about it."""
    found = tuple(
        Finding(
            message=pieces(finding.message),
            cost=_cost(finding, verdict),
            hint=pieces(finding.hint) if finding.hint.strip() != verdict.hint.strip() else (),
        )
        for finding in verdict.findings[:MOST_FINDINGS]
    )
    said = all(finding.message.strip() in verdict.reason for finding in verdict.findings)
    more = any(each.cost or each.hint for each in found)
    return () if said and (len(found) == 1 or not more) else found


def _said_by(found: Sequence[Finding], verdict: Verdict) -> bool:
    """Whether the reason is nothing but the findings that are listed below it, one after the other."""
    left = verdict.reason
    for finding in verdict.findings[: len(found)]:
        left = left.replace(finding.message.strip(), "", 1)
    return bool(found) and not left.strip()


def _cost(finding: JudgedFinding, verdict: Verdict) -> str:
    if verdict.decision is not None or verdict.status in {"blocked", "infrastructure_error"}:
        return ""
    if finding.cost is None:
        return "your teacher decides"
    if finding.cost <= 0:
        return ""
    return f"costs {counted(finding.cost * verdict.maximum, 'point')}"


def _was_looked_at(verdict: Verdict, cells: Mapping[int, Cell]) -> bool:
    """Whether "we found no answer" would be true: someone looked, and there was something to look at."""
    return bool(cells) and verdict.status != "infrastructure_error"


def _written(asked: Question, answer: Answer | None, cells: Mapping[int, Cell]) -> WrittenAnswer:
    question = prose(asked.text, 600)
    if answer is None or not answer.found or not answer.text.strip():
        return WrittenAnswer(question, "", Block(""), "")
    where = cell_name(answer.place, cells.get(answer.place.cell)) if answer.place is not None else ""
    text = block(answer.text.strip("\r\n"), characters=LONGEST_ANSWER, lines=MOST_ANSWER_LINES)
    if answer.truncated and not text.notice:
        text = Block(text.text, "Cut here: the answer is very long.")
    remarks = tuple(words for flag, words in REMARKS.items() if flag in answer.flags)
    doubt = DOUBT if answer.confidence < SURE else ""
    return WrittenAnswer(question, where, text, doubt, remarks, feedback(asked, answer))
