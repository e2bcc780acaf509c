"""Moodle: marks and feedback in an assignment's own offline grading worksheet.

Columns: `Identifier, Full name, Email address, Status, Grade, Maximum Grade, Grade can be changed, Last modified
(submission), Last modified (grade), Feedback comments`, some of them only by settings. An import of feedback without a
grade wipes the grade, so a row gets both or stays as it was. "Last modified (grade)" is what Moodle tells a newer mark
by; it is never touched.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from grader.errors import UsageError
from grader.exports.grades_csv import number
from grader.exports.results_json import ResultsDocument
from grader.exports.sentences import feedback
from grader.lms.filled import Filled, Rules, disarm, mark_to_write, number_in
from grader.lms.people import Person, match_people
from grader.lms.table import Table, disarmed


@dataclass(frozen=True)
class MoodleColumns:
    """Headings, for worksheets in other languages than English."""

    identifier: str = "Identifier"
    name: str = "Full name"
    grade: str = "Grade"
    maximum: str = "Maximum Grade"
    changeable: str = "Grade can be changed"
    feedback: str = "Feedback comments"


def fill_moodle(
    results: ResultsDocument, table: Table, listed: dict[str, str] | None = None, rules: Rules | None = None,
    columns: MoodleColumns | None = None,
) -> Filled:  # fmt: skip
    """Put marks and feedback into a grading worksheet, in place.

    Raises:
        UsageError: it is no grading worksheet.
    """
    rules, columns = rules or Rules(), columns or MoodleColumns()
    grade = table.column(columns.grade)
    keys = moodle_keys(table, columns)
    if grade is None or not any(key is not None for key in keys):
        raise UsageError(
            expected=f"Moodle's grading worksheet, with {columns.grade!r} and a column that says who",
            received=", ".join(table.head)[:200],
            todo="In Moodle: the assignment, View all submissions, Download grading worksheet. In another language: "
            "--identifier-column, --grade-column, --maximum-column, --feedback-column.",
        )  # fmt: skip
    maximum, changeable = table.column(columns.maximum), table.column(columns.changeable)
    comments = table.column(columns.feedback)
    filled = Filled(table, match_people(moodle_people(table, columns), results.submissions, listed))
    if comments is None:
        filled.notes.append("The worksheet has no column for feedback: only marks were written.")
    for row, (entry, _) in sorted(filled.matched.pairs.items()):
        top = table.cell(row, maximum)
        possible = number_in(top)
        if top.strip() and possible is None:
            filled.notes.append(f"{entry.submission.name}: its maximum is no number, so no mark was written.")
            continue
        if table.cell(row, changeable).strip().casefold() in ("no", "0"):
            filled.kept.append(f"{entry.submission.name}: Moodle says that this grade cannot be changed")
            continue
        mark = mark_to_write(filled, entry, possible or results.rubric.maximum, table.cell(row, grade), rules)
        if mark is None:
            continue
        text = number(mark.value)
        table.put(row, grade, text.replace(".", ",") if "," in top else text)
        if comments is not None:
            table.put(row, comments, disarmed(as_html(feedback(entry))))
    filled.notes += disarm(table, (*keys, table.column(columns.changeable)))
    return filled


def moodle_people(table: Table, columns: MoodleColumns) -> list[Person]:
    """The people of a worksheet or of a grade export."""
    identifier, email, number_at, login = moodle_keys(table, columns)
    name = table.column(columns.name)
    people = []
    for row in range(len(table.rows)):
        logins = tuple(table.cell(row, at).strip() for at in (email, number_at, login) if at is not None)
        participant = re.search(r"([0-9]+)\s*$", table.cell(row, identifier))
        if participant or any(logins):
            own = str(int(participant[1])) if participant else ""
            people.append(Person(row, table.cell(row, name), own, logins, "moodle" if own else ""))
    return people


def moodle_keys(table: Table, columns: MoodleColumns) -> tuple[int | None, int | None, int | None, int | None]:
    """The columns that Moodle finds people by: identifier, address, ID number, user name."""
    return (
        table.column(columns.identifier), table.column("Email address", "Email"), table.column("ID number"),
        table.column("Username"),
    )  # fmt: skip


def as_html(text: str) -> str:
    """Plain text as Moodle's editor keeps it: nothing in it is markup but the line ends."""
    return html.escape(text, quote=False).replace("\n", "<br>")
