"""The web application: its pages, its door, and the headers that tell browsers to run nothing else."""

from __future__ import annotations

from flask import Flask, Response, abort, g, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from grader import __version__
from grader.errors import GraderError
from grader.gradebook.journal import OvertakenError
from grader.report.page import style_sheet
from grader.report.visible_text import prose
from grader.report.wording import counted, number
from grader.review import comments, export, home, marking, submissions, trail
from grader.review.access import Access
from grader.review.classroom import Classroom
from grader.review.desk import Desk, desk, settings_of
from grader.review.going import see_other
from grader.review.suggesting import Suggester

MOST_FORM_BYTES = 256_000
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


OPEN_TO_ALL = ("_enter", "static", "page_css")
"""What strangers may see: the door itself, and style sheets."""


def create_app(classroom: Classroom, access: Access) -> Flask:
    """The app for one class."""
    app = Flask("grader.review", static_url_path="/static")
    app.config.update(MAX_CONTENT_LENGTH=MOST_FORM_BYTES, MAX_FORM_PARTS=2_000)
    app.extensions["desk"] = Desk(classroom, Suggester(classroom), access)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(number=number, counted=counted, prose=prose, version=__version__)
    for pages in (home.pages, marking.pages, submissions.pages, comments.pages, trail.pages, export.pages):
        app.register_blueprint(pages)
    app.add_url_rule("/enter", view_func=_enter)
    app.add_url_rule("/page.css", "page_css", _page_css)
    app.before_request(_door)
    app.after_request(_headers)
    app.register_error_handler(HTTPException, _problem)
    app.register_error_handler(GraderError, _our_problem)
    app.context_processor(_shared)
    return app


def _door() -> None:
    access = desk().access
    if not access.our_host(request):
        abort(421, "This address is not one under which the review app answers.")
    if request.endpoint in OPEN_TO_ALL:
        return
    author = access.author(request)
    if author is None:
        abort(401)
    if request.method not in ("GET", "HEAD") and not access.from_our_page(request, author):
        abort(403, "This change was not asked for on a page of this app. Load the page again and repeat it.")
    g.author = author
    g.settings = settings_of(request)
    desk().classroom.refresh()


def _enter() -> Response:
    access = desk().access
    session = access.enter(request.args.get("token", ""))
    if session is None:
        abort(401)
    response = see_other(url_for("home.index"))
    response.set_cookie(access.cookie, session, httponly=True, samesite="Strict", secure=access.secure)
    return response


def _page_css() -> Response:
    return Response(style_sheet("page.css"), mimetype="text/css")


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Not `no-referrer`: browsers would then hide the origin of our own forms from us.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.endpoint not in ("static", "page_css"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _shared() -> dict[str, object]:
    author = g.get("author")
    if author is None:
        return {"author": None, "token": "", "settings": None, "rubric": None}
    own = desk()
    return {
        "author": author, "token": own.access.form_token(author), "settings": g.settings,
        "rubric": own.classroom.rubric,
    }  # fmt: skip


_TITLES = {
    400: "Not done", 401: "Please come in by the link", 403: "Not done", 404: "There is no such page", 405: "Not done",
    409: "Changed since", 413: "Too long", 421: "Wrong address",
}  # fmt: skip
_WORDS = {
    401: "The link that `grader review` printed works once. Start the command again to get a new one.",
    404: "It may have been removed from the class, or the app was started again since you opened the page before.",
    413: "Texts may have 5,000 characters.",
}


def _problem(problem: HTTPException) -> tuple[str, int]:
    code = problem.code or 500
    words = _WORDS.get(code) or problem.description or ""
    return render_template("problem.html", title=_TITLES.get(code, "Something went wrong"), words=words), code


def _our_problem(problem: GraderError) -> tuple[str, int]:
    if isinstance(problem, OvertakenError):
        who = prose(problem.newest.author, 80)
        words = f"{who} was faster. Nothing of yours was written; go back, load the page again and look."
        return render_template("problem.html", title="Someone else changed this", words=words), 409
    return render_template("problem.html", title="This cannot be shown", words=prose(str(problem), 600)), 500
