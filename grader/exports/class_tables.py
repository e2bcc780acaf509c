"""Tables of a whole class in the columns of otter-grader and nbgrader, for scripts that read those."""

from __future__ import annotations

import csv
import io

from grader.exports.grades_csv import number, safe_cell
from grader.exports.mark import mark_of
from grader.exports.results_json import ResultsDocument, SubmissionResult

NBGRADER_COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score",
)  # fmt: skip


def otter_final_grades(results: ResultsDocument) -> str:
    """`final_grades.csv`: a row `points-per-question`, then one per submission; undecided cells are empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    ids = list(results.rubric.criteria)
    writer.writerow(["file", *ids, "total_points_earned", "percent_correct", "grading_status"])
    worth = {criterion.id: criterion.maximum for entry in results.submissions for criterion in entry.criteria}
    possible = [number(worth[id_]) if id_ in worth else "" for id_ in ids]
    writer.writerow(["points-per-question", *possible, number(results.rubric.maximum), "1", ""])
    for entry in results.submissions:
        points = {criterion.id: criterion.points for criterion in entry.criteria}
        cells = ["" if (value := points.get(id_)) is None else number(value) for id_ in ids]
        share = entry.total.share
        file = f"{entry.submission.id}/{entry.submission.notebook or ''}"
        writer.writerow(
            [
                safe_cell(file), *cells, number(entry.total.points),
                "" if share is None else f"{share:.6g}", _otter_status(entry),
            ]
        )  # fmt: skip
    return out.getvalue()


def _otter_status(entry: SubmissionResult) -> str:
    if entry.status == "infrastructure_error":
        return "Failed: our side"
    return "Completed" if entry.total.final else "Completed; some points wait for a person"


def nbgrader_grades(results: ResultsDocument) -> str:
    """The columns of nbgrader's CSV exporter. `raw_score` is what has been decided; `score` waits until it is final."""
    out = io.StringIO()
    writer = csv.DictWriter(out, NBGRADER_COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for entry in results.submissions:
        mark = mark_of(entry.total)
        ours = entry.status == "infrastructure_error"
        writer.writerow(
            {
                "assignment": results.lab.id,
                "student_id": safe_cell(entry.submission.id),
                "last_name": safe_cell(entry.submission.name),
                "raw_score": "" if ours else number(entry.total.points),
                "late_submission_penalty": "0",
                "score": "" if ours or mark is None or not mark.final else number(mark.value),
                "max_score": number(entry.total.maximum),
            }
        )
    return out.getvalue()
