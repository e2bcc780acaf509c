"""Canvas: marks in the gradebook's own export (Grades → Export), for Grades → Import.

Columns: `Student, ID, SIS User ID, SIS Login ID, Section`, then a column per assignment, `NAME (NUMBER)`. The second
row holds "Points Possible". A column that Canvas does not know would become a new assignment, so none is ever added.
"""

from __future__ import annotations

import re

from grader.errors import UsageError
from grader.exports.grades_csv import number
from grader.exports.results_json import ResultsDocument
from grader.lms.filled import Filled, Rules, disarm, mark_to_write, number_in
from grader.lms.people import Person, match_people
from grader.lms.table import Table

_ASSIGNMENT = re.compile(r"(?P<name>.*\S)\s*\((?P<number>[0-9]+)\)\s*", re.DOTALL)


def fill_canvas(
    results: ResultsDocument, table: Table, assignment: str | None = None, listed: dict[str, str] | None = None,
    rules: Rules | None = None,
) -> Filled:  # fmt: skip
    """Put the marks of `results` into a gradebook export, in place.

    Args:
        results: the class.
        table: the export.
        assignment: name, number or whole heading of the column. Default: the one named like the lab.
        listed: the teacher's own list of who is who.
        rules: what may be written.

    Raises:
        UsageError: it is no gradebook export, or the column cannot be told or written.
    """
    rules = rules or Rules()
    student, id_ = table.column("Student"), table.column("ID")
    if student is None or id_ is None:
        raise UsageError(
            expected="Canvas's gradebook export, with the columns Student and ID",
            received=", ".join(table.head)[:200], todo="In Canvas: Grades, Export, Export Entire Gradebook.",
        )  # fmt: skip
    column = _column(results, table, assignment)
    possible = _possible(table, student, column)
    if possible is None:
        possible = results.rubric.maximum
    others = (id_, table.column("SIS User ID"), table.column("SIS Login ID"))
    people = [
        Person(
            row, table.cell(row, student), table.cell(row, id_).strip(),
            tuple(table.cell(row, other) for other in others[1:] if other is not None), "canvas",
        )
        for row in range(len(table.rows))
        if table.cell(row, id_).strip()
    ]  # fmt: skip
    filled = Filled(table, match_people(people, results.submissions, listed))
    for row, (entry, _) in sorted(filled.matched.pairs.items()):
        mark = mark_to_write(filled, entry, possible, table.cell(row, column), rules)
        if mark is not None:
            table.put(row, column, number(mark.value))
    filled.notes += disarm(table, others)
    return filled


def _column(results: ResultsDocument, table: Table, asked: str | None) -> int:
    found = {at: _ASSIGNMENT.fullmatch(name) for at, name in enumerate(table.head)}
    columns = {at: match for at, match in found.items() if match is not None}
    wanted = {(asked or "").strip().casefold()} if asked else {results.lab.title.casefold(), results.lab.id.casefold()}
    fitting = [
        at
        for at, match in columns.items()
        if wanted & {match["name"].casefold(), match["number"], table.head[at].strip().casefold()}
    ]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(table.head[at].strip() for at in columns) or "no assignment"
    raise UsageError(
        expected=f"one assignment named {asked or results.lab.title!r}",
        received=f"{len(fitting)} among: {known[:400]}",
        todo="Name the column with --assignment. None is added: Canvas would make a new assignment of it.",
    )


def _possible(table: Table, student: int, column: int) -> float | None:
    for row in range(min(4, len(table.rows))):
        if table.cell(row, student).strip().casefold() == "points possible":
            cell = table.cell(row, column).strip()
            if "read only" in cell.casefold():
                raise UsageError(
                    expected="an assignment that takes marks",
                    received="one that is read only",
                    where=table.head[column],
                )
            return number_in(cell)
    return None
