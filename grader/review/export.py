"""Hand the marks over: the finished table to download, and all files of the folder written anew."""

from __future__ import annotations

import threading

from flask import Blueprint, Response, render_template, request, url_for

from grader.exports.grades_csv import grades_csv
from grader.report.wording import counted
from grader.review.desk import desk
from grader.review.going import see_other

pages = Blueprint("export", __name__, url_prefix="/export")
_one_writer = threading.Lock()


@pages.get("")
def index() -> str:
    """What would be handed over."""
    classroom = desk().classroom
    standing = classroom.standing()
    results = [classroom.counts(one, standing) for one in classroom.submissions.values()]
    written = request.args.get("written", "")
    said = (
        f"Written: {counted(int(written), 'report')}, the overview and the tables."
        if written.isdecimal() and len(written) < 7
        else ""
    )
    return render_template(
        "export.html", total=len(results), final=sum(result.total.final for result in results), said=said,
        folder=str(classroom.out),
    )  # fmt: skip


@pages.get("/grades.csv")
def table() -> Response:
    """The class as it counts now; the same columns as `grades.csv` in the folder."""
    classroom = desk().classroom
    standing = classroom.standing()
    only_final = request.args.get("only") == "final"
    results = [classroom.counts(one, standing) for one in classroom.submissions.values()]
    chosen = [result for result in results if result.total.final or not only_final]
    response = Response(grades_csv(classroom.rubric, chosen), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="grades.csv"'
    return response


@pages.post("/write")
def write() -> Response:
    """Write reports, overview and tables in the results folder anew, signed."""
    with _one_writer:
        graded = desk().classroom.write()
    return see_other(url_for(".index", written=len(graded.results)))
