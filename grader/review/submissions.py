"""One submission: the report beside the controls. Any criterion can be overridden, and appeals are answered here."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from grader.gradebook.entries import Appeal, Change, Reply, Subject
from grader.gradebook.standing import Standing, Standings
from grader.report.visible_text import prose
from grader.report.wording import MARKS, Mark, moment
from grader.review.classroom import Submitted
from grader.review.desk import desk
from grader.review.forms import (
    all_of,
    author,
    confirmed,
    mark_change,
    new_id,
    number_field,
    points_field,
    said_changes,
    text_field,
)
from grader.review.going import see_other
from grader.review.points import Choice, choices
from grader.review.question import changed_since, display_name
from grader.rubric.model import Criterion
from grader.verdict import Verdict

pages = Blueprint("submissions", __name__, url_prefix="/submissions")

REPORT_POLICY_ADDED = "; frame-ancestors 'self'; sandbox"


@dataclass(frozen=True, slots=True)
class Control:
    """What can be decided about one criterion."""

    criterion: Criterion
    verdict: Verdict
    mark: Mark
    machine: str
    """What the grader itself had said, in words."""
    reason: str
    standing: Standing
    decided: str
    """Who decided and when, in words; empty when nobody did."""
    again: tuple[str, ...]
    choices: tuple[Choice, ...]
    offered: tuple[tuple[str, str], ...]
    """Reusable comments: id and words."""
    given: frozenset[str]


@pages.get("/<id_>")
def page(id_: str) -> str:
    """The report and all controls."""
    classroom = desk().classroom
    one = classroom.looked_at(_one(id_))
    standing = classroom.standing()
    result = classroom.counts(one, standing)
    names = sorted(classroom.submissions.values(), key=lambda other: (display_name(other).casefold(), other.id))
    place = next(index for index, other in enumerate(names) if other.id == one.id)
    return render_template(
        "submission.html", one=one, name=display_name(one), result=result,
        controls=[_control(criterion, one, result.verdicts, standing) for criterion in classroom.rubric.criteria],
        before=names[place - 1] if place else None, after=names[place + 1] if place + 1 < len(names) else None,
        place=place + 1, of=len(names), display_name=display_name, moment=moment,
    )  # fmt: skip


@pages.get("/<id_>/report")
def report(id_: str) -> Response:
    """The report as it would be written now, for the frame beside the controls."""
    shown = desk().classroom.report(_one(id_))
    # The page brings a policy of its own, with the digest of its style sheet; all that is added here narrows it.
    start = shown.index('content="', shown.index("Content-Security-Policy")) + len('content="')
    policy = shown[start : shown.index('"', start)].replace("&#39;", "'")
    response = make_response(shown)
    response.headers["Content-Security-Policy"] = policy + REPORT_POLICY_ADDED
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@pages.post("/<id_>/criteria/<criterion_id>")
def decide(id_: str, criterion_id: str) -> Response:
    """Override a criterion, confirm or take back a decision, write a remark, give comments."""
    one, criterion = _one(id_), _criterion(criterion_id)
    standing = desk().classroom.standing(criterion=criterion.id)
    changes = said_changes(criterion, one, standing)
    do = request.form.get("do", "")
    points = points_field(criterion)
    stands = standing.get(one.id, criterion.id)
    if do == "withdraw":
        changes.append(mark_change(criterion, one, None, seen=number_field("seen")))
    elif do == "confirm":
        changes += all_of([confirmed(criterion, one, stands)])
    elif points is not None:
        decided = stands.decision
        same = decided is not None and decided.points == points and not changed_since(criterion, one, stands)
        if not same:
            changes.append(mark_change(criterion, one, points, seen=number_field("seen")))
    if changes:
        desk().classroom.book.journal.write(author(), changes)
    return _back(one, criterion.id)


@pages.post("/<id_>/appeals/<criterion_id>")
def appeal(id_: str, criterion_id: str) -> Response:
    """Record a student's question about a criterion, or answer one."""
    one, criterion = _one(id_), _criterion(criterion_id)
    text = text_field("text")
    known = request.form.get("appeal", "")
    stands = desk().classroom.standing(criterion=criterion.id).get(one.id, criterion.id)
    if known:
        asked = next((entry for entry in stands.appeals if entry.id == known), None)
        if asked is None:
            abort(404)
        change = Change(Subject("reply", criterion.id, one.id, asked.id), Reply(text=text), number_field("reply_seen"))
    elif text:
        change = Change(Subject("appeal", criterion.id, one.id, new_id()), Appeal(text=text), 0)
    else:
        abort(400, "Expected the student’s question. Received nothing.")
    desk().classroom.book.journal.write(author(), [change])
    return _back(one, criterion.id)


def _one(id_: str) -> Submitted:
    one = desk().classroom.submissions.get(id_)
    if one is None:
        abort(404)
    return one


def _criterion(criterion_id: str) -> Criterion:
    criterion = desk().classroom.criterion(criterion_id)
    if criterion is None:
        abort(404)
    return criterion


def _control(criterion: Criterion, one: Submitted, verdicts: tuple[Verdict, ...], standings: Standings) -> Control:
    verdict = next(v for v in verdicts if v.criterion == criterion.id)
    machine = next(v for v in one.judged.verdicts if v.criterion == criterion.id)
    standing = standings.get(one.id, criterion.id)
    decided = standing.decision
    words = ""
    if decided is not None:
        how = "Accepted automatically, by" if decided.mark.automatic else "Decided by"
        words = f"{how} {prose(decided.author, 80)}, {moment(decided.at.isoformat())}"
    offered = {
        id_: wording.text for id_, (about, wording) in standings.wordings.items()
        if about == criterion.id and wording.text and not wording.retired
    } | dict(standing.comments)  # fmt: skip
    return Control(
        criterion=criterion, verdict=verdict, mark=MARKS[verdict.status], machine=MARKS[machine.status].word,
        reason=prose(machine.reason, 700), standing=standing, decided=words,
        again=changed_since(criterion, one, standing), choices=tuple(choices(criterion.points)),
        offered=tuple(offered.items()), given=frozenset(id_ for id_, _ in standing.comments),
    )  # fmt: skip


def _back(one: Submitted, criterion_id: str) -> Response:
    return see_other(url_for(".page", id_=one.id, _anchor=f"c-{criterion_id}"))
