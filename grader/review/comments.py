"""Reusable comments: worded once, changed for everyone who has them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, request, url_for

from grader.gradebook.entries import Change, Subject, Wording
from grader.gradebook.standing import Standings
from grader.review.desk import desk
from grader.review.forms import author, new_id, number_field, text_field
from grader.review.going import see_other
from grader.rubric.model import Criterion

pages = Blueprint("comments", __name__, url_prefix="/comments")


@dataclass(frozen=True, slots=True)
class Reusable:
    """One comment, how often it was given, and the number of its wording."""

    id: str
    text: str
    retired: bool
    given: int
    seen: int


@pages.get("/<criterion_id>")
def listing(criterion_id: str) -> str:
    """All comments on one criterion."""
    criterion = _criterion(criterion_id)
    book = desk().classroom.book
    entries = book.journal.newest(criterion=criterion.id, kinds=["wording", "comment"])
    given = Counter(
        e.subject.target for e in entries if e.subject.kind == "comment" and getattr(e.value, "given", False)
    )
    found = [
        Reusable(e.subject.target, e.value.text, e.value.retired, given[e.subject.target], e.sequence)
        for e in entries if isinstance(e.value, Wording) and e.value.text
    ]  # fmt: skip
    return render_template("comments.html", criterion=criterion, comments=found)


@pages.post("/<criterion_id>")
def write(criterion_id: str) -> Response:
    """Word a new comment, or another one anew; or put one away."""
    criterion = _criterion(criterion_id)
    text = text_field("text")
    known = request.form.get("comment", "")
    do = request.form.get("do", "")
    if known:
        wording = _known(criterion, known)
        retired = do == "retire" or (wording.retired and do != "use")
        change = Change(
            Subject("wording", criterion.id, target=known),
            Wording(text=text or wording.text, retired=retired), number_field("seen"),
        )  # fmt: skip
    elif text:
        change = Change(Subject("wording", criterion.id, target=new_id()), Wording(text=text), 0)
    else:
        abort(400, "Expected the words of a comment. Received nothing.")
    desk().classroom.book.journal.write(author(), [change])
    return see_other(url_for(".listing", criterion_id=criterion.id))


def _criterion(criterion_id: str) -> Criterion:
    criterion = desk().classroom.criterion(criterion_id)
    if criterion is None:
        abort(404)
    return criterion


def _known(criterion: Criterion, id_: str) -> Wording:
    standing: Standings = desk().classroom.standing(criterion=criterion.id)
    found = standing.wordings.get(id_)
    if found is None or found[0] != criterion.id:
        abort(404)
    return found[1]
