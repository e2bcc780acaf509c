"""Moodle: a zip of feedback files (assignment, "Upload multiple feedback files in a zip").

Moodle brings a file to a participant by the name of its folder, which must be as in its own download of all
submissions: `Full name_NUMBER_assignsubmission_file` (mod/assign/feedback/file/importziplib.php).
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from grader.errors import EvidenceError, SubmissionError
from grader.exports.results_json import ResultsDocument, SubmissionResult
from grader.lms.moodle import MoodleColumns, moodle_people
from grader.lms.people import match_people
from grader.lms.table import Table
from grader.submission.files import read_regular_file
from grader.submission.identity import display_name

LARGEST_REPORT = 64 * 2**20
_STAMP = (2000, 1, 1, 0, 0, 0)
"""The same results give the same zip."""


@dataclass(frozen=True)
class FeedbackZip:
    """The zip, and who is not in it."""

    content: bytes
    people: tuple[str, ...]
    left_out: tuple[str, ...]


def moodle_feedback_zip(
    results: ResultsDocument, folder: Path, worksheet: Table | None = None, listed: dict[str, str] | None = None,
    columns: MoodleColumns | None = None,
) -> FeedbackZip:  # fmt: skip
    """Each student's report in a folder that Moodle knows.

    Args:
        results: the class.
        folder: where `results.json` and the reports lie.
        worksheet: who is who, when the submissions did not come from Moodle's own download.
        listed: the teacher's own list.
        columns: headings of the worksheet.

    Raises:
        EvidenceError: a report is missing.
    """
    numbers = _numbers(results, worksheet, listed, columns or MoodleColumns())
    out = io.BytesIO()
    done, left = [], []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in results.submissions:
            person = numbers.get(entry.submission.id)
            if person is None or entry.report is None or entry.status == "infrastructure_error":
                left.append(entry.submission.name)
                continue
            number, name = person
            place = f"{_folder_name(name)}_{number}_assignsubmission_file/{results.lab.id}-report.html"
            info = zipfile.ZipInfo(place, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, _report(folder, entry.report))
            done.append(entry.submission.name)
    return FeedbackZip(out.getvalue(), tuple(done), tuple(left))


def _numbers(
    results: ResultsDocument, worksheet: Table | None, listed: dict[str, str] | None, columns: MoodleColumns
) -> dict[str, tuple[str, str]]:
    """Submission id → participant's number and name."""
    if worksheet is not None:
        people = {person.row: person for person in moodle_people(worksheet, columns) if person.number}
        matched = match_people(list(people.values()), results.submissions, listed)
        return {
            entry.submission.id: (people[row].number, people[row].name) for row, (entry, _) in matched.pairs.items()
        }
    return {
        entry.submission.id: (entry.submission.sender.user_id, entry.submission.sender.name or entry.submission.name)
        for entry in results.submissions
        if _from_moodle(entry) and entry.submission.sender is not None and entry.submission.sender.user_id
    }


def _from_moodle(entry: SubmissionResult) -> bool:
    return entry.submission.sender is not None and entry.submission.sender.platform == "moodle"


def _folder_name(name: str) -> str:
    """The name without what would end it: an underscore or a slash; Moodle reads only the number behind it."""
    plain = "".join(" " if character in '_/\\:*?"<>|' else character for character in display_name(name))
    return " ".join(plain.split()).lstrip(".~") or "participant"


def _report(folder: Path, address: str) -> bytes:
    path = folder / address
    if not path.resolve().is_relative_to(folder.resolve()):
        raise EvidenceError(expected="a report in the results folder", received="one elsewhere", where=address)
    try:
        return read_regular_file(path, LARGEST_REPORT)
    except SubmissionError as problem:
        raise EvidenceError(
            expected="the report that results.json names", received=problem.received, where=path,
            todo="`grader judge DIR` writes it anew.",
        ) from problem  # fmt: skip
