"""The first page: what is done, what waits, and where to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, url_for

from grader.gradebook.standing import Standings
from grader.report.wording import MARKS
from grader.review.desk import SETTINGS_COOKIE, Settings, desk
from grader.review.everyone import CHOICES, Line, everyone
from grader.review.going import see_other
from grader.review.question import changed_since, display_name
from grader.rubric.model import Criterion
from grader.verdict import Result

pages = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one criterion is. `of` counts the submissions that need or needed a person."""

    criterion: Criterion
    done: int
    of: int
    again: int


@pages.get("/")
def index() -> str:
    """Questions, other criteria that wait, and everyone."""
    own = desk()
    standing = own.classroom.standing()
    titles = {criterion.id: criterion.title for criterion in own.classroom.rubric.criteria}
    lines = [
        _line(one.id, display_name(one), own.classroom.counts(one, standing), titles)
        for one in own.classroom.submissions.values()
    ]
    lines.sort(key=lambda line: (line.name.casefold(), line.id))
    criteria = own.classroom.rubric.criteria
    progress = [_progress(criterion, standing) for criterion in criteria]
    return render_template(
        "home.html",
        questions=[one for one in progress if one.criterion.question is not None],
        others=[one for one in progress if one.criterion.question is None and one.of],
        submissions=len(lines), everyone=everyone(lines, request.args), choices=CHOICES,
        final=sum(line.result.total.final for line in lines), marks=MARKS,
        appeals=[line for line in lines if line.appeals],
    )  # fmt: skip


@pages.post("/settings")
def settings() -> Response:
    """Order, names, keys."""
    order = request.form.get("order", "")
    chosen = Settings(
        order="random" if order == "random" else "name" if order == "name" else "grouped",
        hide_names=request.form.get("names") == "hidden", keys=request.form.get("keys") == "on",
    )  # fmt: skip
    criterion = request.form.get("criterion", "")
    known = desk().classroom.criterion(criterion) is not None
    response = see_other(url_for("marking.question", criterion_id=criterion) if known else url_for(".index"))
    response.set_cookie(
        SETTINGS_COOKIE, chosen.text(), httponly=True, samesite="Strict", secure=desk().access.secure,
        max_age=365 * 24 * 3600,
    )  # fmt: skip
    return response


def _line(id_: str, name: str, result: Result, titles: Mapping[str, str]) -> Line:
    waits = tuple(
        titles[v.criterion] for v in result.verdicts
        if v.status in ("needs_review", "infrastructure_error") or (v.decision is not None and v.decision.again)
    )  # fmt: skip
    asked = sum(not appeal.reply for verdict in result.verdicts for appeal in verdict.appeals)
    return Line(id_, name, result, waits, asked)


def _progress(criterion: Criterion, standing: Standings) -> Progress:
    classroom = desk().classroom
    done = of = again = 0
    for one in classroom.submissions.values():
        stands = standing.get(one.id, criterion.id)
        machine = next(v.status for v in one.judged.verdicts if v.criterion == criterion.id)
        if stands.decision is None and machine not in ("needs_review", "infrastructure_error"):
            continue
        of += 1
        changed = bool(changed_since(criterion, one, stands))
        again += changed
        done += stands.decision is not None and not changed
    return Progress(criterion, done, of, again)
