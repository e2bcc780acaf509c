"""Read what a form sent, and turn it into entries of the gradebook."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from flask import abort, g, request

from grader.gradebook.entries import LONGEST_TEXT, Change, Comment, Mark, Remark, Subject, Wording
from grader.gradebook.standing import Standing, Standings
from grader.review.classroom import Submitted
from grader.review.points import parse_points
from grader.rubric.model import Criterion

_ID = re.compile(r"[0-9a-f]{32}")


def author() -> str:
    """Who is working."""
    return str(g.author.name)


def new_id() -> str:
    """An id for a comment or an appeal."""
    return uuid.uuid4().hex


def text_field(name: str) -> str:
    """A text from the form, line ends as `\\n`. Too long a one ends the request."""
    text = request.form.get(name, "").replace("\r\n", "\n").replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        abort(413)
    return text


def points_field(criterion: Criterion) -> float | None:
    """Points from the form; None when no button with points was used. What is no number ends the request."""
    sent = request.form.get("points", "").strip() or request.form.get("typed", "").strip()
    if not sent:
        return None
    points = parse_points(sent, criterion.points)
    if points is None:
        abort(400, f"Expected points from 0 to {criterion.points:g}. Received something else.")
    return points


def number_field(name: str) -> int:
    """A number that one of our own forms sent."""
    sent = request.form.get(name, "")
    if not sent.isdecimal() or len(sent) > 9:
        abort(400, "The form is not complete. Load the page again.")
    return int(sent)


def said_changes(criterion: Criterion, one: Submitted, standings: Standings) -> list[Change]:
    """Comments ticked and unticked, a new reusable comment, and the remark, as far as they differ from what stands."""
    standing = standings.get(one.id, criterion.id)
    given = {id_ for id_, _ in standing.comments}
    ticked = {id_ for id_ in request.form.getlist("comment") if _ID.fullmatch(id_)}
    differing = sorted(given ^ (ticked & (given | set(standings.wordings))))
    changes = [_give(criterion, one.id, id_, given=id_ in ticked) for id_ in differing]
    fresh = text_field("new_comment")
    if fresh:
        id_ = new_id()
        changes.append(Change(Subject("wording", criterion.id, target=id_), Wording(text=fresh)))
        changes.append(_give(criterion, one.id, id_, given=True))
    if "remark" in request.form and text_field("remark") != standing.remark:
        seen = number_field("remark_seen")
        changes.append(Change(Subject("remark", criterion.id, one.id), Remark(text=text_field("remark")), seen))
    return changes


def mark_change(
    criterion: Criterion, one: Submitted, points: float | None, *, seen: int | None, suggested: float | None = None,
    automatic: bool = False,
) -> Change:  # fmt: skip
    """A mark for the work as it is now."""
    mark = Mark(
        points=points, maximum=criterion.points, basis=one.work.get(criterion.id, ""), suggested=suggested,
        automatic=automatic,
    )  # fmt: skip
    return Change(Subject("mark", criterion.id, one.id), mark, seen)


def confirmed(criterion: Criterion, one: Submitted, standing: Standing) -> Change | None:
    """The mark that stands, given again for the work and the points as they are now."""
    decided = standing.decision
    if decided is None:
        return None
    points = decided.points
    if decided.mark.maximum != criterion.points and decided.mark.maximum > 0:
        points = min(criterion.points, round(criterion.points * points / decided.mark.maximum, 2))
    return mark_change(criterion, one, points, seen=standing.mark_sequence)


def _give(criterion: Criterion, submission: str, comment: str, *, given: bool) -> Change:
    return Change(Subject("comment", criterion.id, submission, comment), Comment(given=given))


def all_of(changes: Iterable[Change | None]) -> list[Change]:
    """The changes that there are."""
    return [change for change in changes if change is not None]
