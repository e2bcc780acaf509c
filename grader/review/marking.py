"""Marking one question across the class: the overview with its groups, and one answer after the other."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, render_template, request, url_for

from grader.gradebook.entries import Acceptance, Change, Subject
from grader.gradebook.journal import Entry, OvertakenError
from grader.review.desk import desk
from grader.review.forms import all_of, author, confirmed, mark_change, number_field, points_field, said_changes
from grader.review.going import see_other
from grader.review.points import choices
from grader.review.question import Item, QuestionView, question_view
from grader.review.trail import sentence
from grader.rubric.model import Criterion

pages = Blueprint("marking", __name__, url_prefix="/questions")


@pages.get("/<criterion_id>")
def question(criterion_id: str) -> str:
    """How far the question is, what is known of the suggestions, and the groups of answers."""
    view = _view(criterion_id)
    return render_template(
        "question.html", view=view, choices=choices(view.criterion.points), undone=_undo(),
        would_accept=_acceptable(view), acceptance=view.standing.acceptances.get(criterion_id),
        comments=_comments(view), again=[item for item in view.items if item.state == "again"],
    )  # fmt: skip


@pages.get("/<criterion_id>/next")
def go_on(criterion_id: str) -> Response:
    """The first answer that waits, else the overview."""
    view = _view(criterion_id)
    return _to(view, view.open[0] if view.open else None)


@pages.get("/<criterion_id>/answers/<handle>")
def answer(criterion_id: str, handle: str) -> str:
    """One answer with all that is needed to mark it."""
    view = _view(criterion_id)
    return _answer_page(view, _item(view, handle))


@pages.post("/<criterion_id>/answers/<handle>")
def mark(criterion_id: str, handle: str) -> Response | tuple[str, int]:
    """Give a mark, comments and a remark, and go on; or take the mark back."""
    view = _view(criterion_id)
    item = _item(view, handle)
    changes = said_changes(view.criterion, item.one, view.standing)
    points = points_field(view.criterion)
    if request.form.get("do") == "confirm":
        changes += all_of([confirmed(view.criterion, item.one, item.standing)])
    elif points is not None:
        seen = number_field("seen")
        changes.append(mark_change(view.criterion, item.one, points, seen=seen, suggested=item.suggested))
    if not changes:
        return _to(view, item)
    try:
        action = desk().classroom.book.journal.write(author(), changes)
    except OvertakenError as problem:
        fresh = _view(criterion_id)
        return _answer_page(fresh, _item(fresh, handle), overtaken=problem.newest, wanted=points), 409
    marked = points is not None or request.form.get("do") == "confirm"
    return _to(view, view.following(item) if marked else item, action)


@pages.post("/<criterion_id>/group")
def mark_group(criterion_id: str) -> Response:
    """Give the same points to the answers of a group that wait."""
    view = _view(criterion_id)
    points = points_field(view.criterion)
    handles = set(request.form.getlist("of"))
    if points is None or not handles:
        abort(400, "Expected points and a group of answers. Load the page again.")
    changes = [
        mark_change(
            view.criterion, item.one, points, seen=item.standing.mark_sequence, suggested=item.suggested
        )
        for item in view.open if item.one.handle in handles
    ]  # fmt: skip
    return _written(view, changes)


@pages.post("/<criterion_id>/confirm")
def confirm_all(criterion_id: str) -> Response:
    """Let all marks stand that were given for other points or other work."""
    view = _view(criterion_id)
    return _written(
        view, all_of(confirmed(view.criterion, item.one, item.standing) for item in view.items if item.again)
    )


@pages.post("/<criterion_id>/acceptance")
def accept(criterion_id: str) -> Response:
    """Turn automatic acceptance on, accept what has come since, or turn it off."""
    view = _view(criterion_id)
    learned = view.suggested.learned
    subject = Subject("acceptance", criterion_id)
    if request.form.get("do") == "off":
        return _written(view, [Change(subject, Acceptance(on=False))])
    if not learned.may_accept_automatically or learned.agreement is None:
        abort(403, learned.why)
    agreement = learned.agreement
    changes = [Change(subject, Acceptance(on=True, agreement=agreement.kappa, marks=agreement.marks))]
    changes += [
        mark_change(
            view.criterion, item.one, item.suggested, seen=item.standing.mark_sequence, suggested=item.suggested,
            automatic=True,
        )
        for item in _acceptable(view)
    ]  # fmt: skip
    return _written(view, changes)


def _view(criterion_id: str) -> QuestionView:
    own = desk()
    criterion = own.classroom.criterion(criterion_id)
    if criterion is None or criterion.question is None:
        abort(404)
    standing = own.classroom.standing(criterion=criterion.id)
    suggested = own.suggester.suggested(criterion, standing)
    return question_view(own.classroom, criterion, standing, suggested, g.settings)


def _item(view: QuestionView, handle: str) -> Item:
    item = view.item(handle)
    if item is None:
        abort(404)
    return item


def _acceptable(view: QuestionView) -> list[Item]:
    """Answers that automatic acceptance would take now: never with a failing mark, never one a person looked at."""
    return [item for item in view.items if item.state == "open" and item.acceptable and item.suggested is not None]


def _comments(view: QuestionView) -> list[tuple[str, str]]:
    """Reusable comments in use for this question: id and words."""
    criterion: Criterion = view.criterion
    return [
        (id_, wording.text)
        for id_, (about, wording) in view.standing.wordings.items()
        if about == criterion.id and wording.text and not wording.retired
    ]


def _answer_page(view: QuestionView, item: Item, *, overtaken: Entry | None = None, wanted: float | None = None) -> str:
    ordered = {other.number: other for other in view.items}
    offered = dict(_comments(view)) | dict(item.standing.comments)
    return render_template(
        "answer.html", view=view, item=item, choices=choices(view.criterion.points), undone=_undo(),
        before=ordered.get(item.number - 1), after=ordered.get(item.number + 1), offered=list(offered.items()),
        given={id_ for id_, _ in item.standing.comments}, overtaken=overtaken, wanted=wanted,
        # What was typed for nothing comes back, to be sent again or not.
        typed=request.form if overtaken is not None else {},
        settings_hide=g.settings.hide_names,
    )  # fmt: skip


def _written(view: QuestionView, changes: list[Change]) -> Response:
    action = desk().classroom.book.journal.write(author(), changes) if changes else ""
    return _to(view, None, action)


def _to(view: QuestionView, item: Item | None, action: str = "") -> Response:
    # An empty `done` leaves no trace in the address.
    if item is None:
        return see_other(url_for(".question", criterion_id=view.criterion.id, done=action or None))
    return see_other(url_for(".answer", criterion_id=view.criterion.id, handle=item.one.handle, done=action or None))


def _undo() -> tuple[str, str] | None:
    """The action just done, and what it was, for the button that takes it back."""
    action = request.args.get("done", "")[:32]
    made = desk().classroom.book.journal.of_action(action) if action else []
    return (action, sentence(made, hide_names=g.settings.hide_names)) if made else None
