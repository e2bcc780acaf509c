"""The trail: who did what and when, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, g, render_template, request, url_for

from grader.gradebook.entries import Acceptance, Appeal, Comment, Mark, Remark, Reply, Wording
from grader.gradebook.journal import Entry, OvertakenError
from grader.report.visible_text import prose
from grader.report.wording import moment, number
from grader.review.desk import desk
from grader.review.forms import author
from grader.review.going import see_other
from grader.review.question import display_name

pages = Blueprint("trail", __name__)
PAGE = 200


@dataclass(frozen=True, slots=True)
class Done:
    """One action in words."""

    action: str
    words: str
    author: str
    at: str
    undoes: bool


@pages.get("/history")
def history() -> str:
    """The newest actions of everyone, with a way back for each."""
    before = request.args.get("before", "")
    entries = desk().classroom.book.journal.history(
        limit=PAGE, before=int(before) if before.isdecimal() and len(before) < 16 else None
    )
    done = []
    for action, made in groupby(entries, key=lambda entry: entry.action):
        together = list(made)
        first = together[0]
        words = sentence(together, hide_names=g.settings.hide_names)
        done.append(Done(action, words, prose(first.author, 80), moment(first.at.isoformat()), bool(first.undoes)))
    further = entries[-1].id if len(entries) == PAGE else None
    return render_template("history.html", done=done, further=further)


@pages.post("/undo")
def undo() -> Response:
    """Take an action back, by a new entry; then return to where the button was."""
    action = request.form.get("action", "")
    try:
        desk().classroom.book.journal.take_back(author(), action)
    except LookupError:
        abort(404)
    except OvertakenError as problem:
        who = prose(problem.newest.author, 80)
        abort(409, f"Something that this did was changed later, by {who}. Take that back first, under History.")
    return see_other(_own_address(request.form.get("back", "")))


def _own_address(address: str) -> str:
    """A path on this server, or the first page: never another site."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return url_for("home.index")
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and not parts.scheme and not parts.netloc else url_for("home.index")


def sentence(made: Sequence[Entry], *, hide_names: bool) -> str:
    """What was done, in words."""
    marks = [entry for entry in made if isinstance(entry.value, Mark)]
    parts = []
    if len(marks) > 1:
        first = marks[0].value
        assert isinstance(first, Mark)
        what = "accepted automatically" if first.automatic else "marked"
        parts.append(f"{len(marks)} submissions {what}: {_title(marks[0])}")
    elif marks:
        parts.append(_mark(marks[0], hide_names=hide_names))
    others = [entry for entry in made if not isinstance(entry.value, Mark)]
    parts += [_other(entry, hide_names=hide_names) for entry in others[:3]]
    if len(others) > 3:
        parts.append(f"{len(others) - 3} more")
    words = "; ".join(parts)
    return f"Taken back: {words}" if made and made[0].undoes else words


def _mark(entry: Entry, *, hide_names: bool) -> str:
    mark = entry.value
    assert isinstance(mark, Mark)
    given = "the grader’s verdict again" if mark.points is None else f"{number(mark.points)} of {number(mark.maximum)}"
    how = ", accepted automatically" if mark.automatic else ""
    return f"{_who(entry, hide_names)}{given}{how} for “{_title(entry)}”"


def _other(entry: Entry, *, hide_names: bool) -> str:
    who, title = _who(entry, hide_names), _title(entry)
    match entry.value:
        case Remark(text=text):
            return f"{who}remark “{prose(text, 60)}”" if text else f"{who}remark removed"
        case Comment(given=given):
            return f"{who}comment {'given' if given else 'taken away'}"
        case Wording(text=text, retired=retired):
            return f"comment {'put away' if retired else 'worded'}: “{prose(text, 60)}”"
        case Appeal(text=text):
            return f"{who}question about {title}: “{prose(text, 60)}”" if text else f"{who}question removed"
        case Reply(text=text):
            return f"{who}answer about {title}: “{prose(text, 60)}”" if text else f"{who}answer removed"
        case Acceptance(on=on):
            return f"automatic acceptance {'on' if on else 'off'}: {title}"
        case _:
            return title


def _who(entry: Entry, hide: bool) -> str:
    one = desk().classroom.submissions.get(entry.subject.submission)
    if hide or not entry.subject.submission:
        return ""
    return f"{display_name(one) if one is not None else prose(entry.subject.submission, 80)}: "


def _title(entry: Entry) -> str:
    criterion = desk().classroom.criterion(entry.subject.criterion)
    return prose(criterion.title if criterion is not None else entry.subject.criterion, 100)
