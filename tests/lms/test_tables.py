"""Platforms' own lists, filled in: never a column lost, never a mark wiped, nobody mistaken for somebody else."""

from __future__ import annotations

import contextlib
import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import EvidenceError, UsageError
from grader.evidence.sender import Sender
from grader.exports.results_json import Identity, SubmissionResult
from grader.lms.canvas import fill_canvas
from grader.lms.filled import Rules
from grader.lms.moodle import MoodleColumns, fill_moodle
from grader.lms.moodle_feedback import moodle_feedback_zip
from grader.lms.people import read_people
from grader.lms.table import Form, Table, table_bytes, table_from
from tests.exports.other_forms import ACCURACY, FROZEN, OPEN, criterion, entry, failed_on_our_side, results

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Transfer learning (4711),Essay (4712),Current Score
    Points Possible,,,,,10,20,(read only)
"Lee, Anna",101,S-1,anna.lee@uni.example,L1,,15,75.00
"Carter, Ben",102,S-2,bcarter,L1,3,,80.00
"Student, Test",103,,f00,L1,,,
"""

MOODLE = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments
Participant 101,Anna Lee,anna.lee@uni.example,Submitted,,10.00,Yes,"Monday, 2 March 2026, 2:00 PM",-,
Participant 102,Ben Carter,ben@uni.example,Submitted,3.00,10.00,Yes,-,"Monday, 2 March 2026, 2:00 PM",Well done
Participant 103,Cleo Diaz,cleo@uni.example,No submission,5.00,10.00,Yes,-,-,Keep me
"""


def person(id_: str, shown: str, *criteria: Any, **sender: Any) -> SubmissionResult:
    made = entry(*(criteria or (FROZEN, ACCURACY)), id_=id_, name=shown)
    who = Sender(**sender) if sender else None
    return made.model_copy(update={"submission": Identity(id=id_, name=shown, sender=who)})


def rows(table: Table) -> list[list[str]]:
    """The file as another program reads it."""
    text = table_bytes(table).removeprefix(b"\xef\xbb\xbf").decode(table.form.encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=table.form.separator))


class TestCanvas:
    def fill(self, *entries: SubmissionResult, roster: str = CANVAS, rules: Rules | None = None, **more: Any) -> Any:
        return fill_canvas(results(*entries), table_from(roster.encode(), "roster.csv"), rules=rules, **more)

    def test_a_mark_lands_in_its_cell_and_nothing_else_changes(self) -> None:
        filled = self.fill(person("anna", "Anna", platform="canvas", user_id="101"))
        before = list(csv.reader(io.StringIO(CANVAS)))
        before[2][5] = "6"  # 3 of 5 points, on Canvas's scale of 10
        assert rows(filled.table) == before

    def test_a_mark_that_can_still_rise_is_not_written_and_wipes_nothing(self) -> None:
        filled = self.fill(person("ben", "Ben", FROZEN, OPEN, platform="canvas", user_id="102"))
        assert rows(filled.table)[3][5] == "3"
        assert filled.waiting == ["Ben"]
        asked = self.fill(
            person("ben", "Ben", FROZEN, OPEN, platform="canvas", user_id="102"), rules=Rules(provisional=True)
        )
        assert rows(asked.table)[3][5] == "4.29"
        assert asked.changed == ["Ben: 3 becomes 4.29"]

    def test_our_failure_writes_nothing(self) -> None:
        ours = failed_on_our_side("bcarter")
        filled = self.fill(ours)
        assert rows(filled.table)[3][5] == "3"
        assert filled.ours == ["Ben"]

    def test_a_mark_that_stands_there_can_be_kept(self) -> None:
        filled = self.fill(person("ben", "Ben", platform="canvas", user_id="102"), rules=Rules(keep=True))
        assert rows(filled.table)[3][5] == "3"
        assert filled.kept == ["Ben: 3 stays, 6 was found"]

    @pytest.mark.parametrize(
        ("id_", "name", "how"),
        [
            ("anna.lee", "x", "id"),
            ("s-2", "x", "id"),
            ("x", "bcarter", "id"),
            ("x", "anna_lee", "name"),
            ("x", "ANNA LEE", "name"),
        ],
    )
    def test_without_the_platforms_word_ids_and_names_are_compared(self, id_: str, name: str, how: str) -> None:
        filled = self.fill(person(id_, name))
        ((_, found),) = filled.matched.pairs.values()
        assert found == how

    def test_the_platforms_number_beats_a_name(self) -> None:
        """Ben calls his file "Anna Lee"; Canvas says that it is Ben's."""
        filled = self.fill(person("x", "Anna Lee", platform="canvas", user_id="102"))
        assert list(filled.matched.pairs) == [2]

    @pytest.mark.attack("P1")
    def test_a_number_that_nobody_has_is_not_replaced_by_a_name(self) -> None:
        filled = self.fill(person("x", "Anna Lee", platform="canvas", user_id="999"))
        assert not filled.matched.pairs
        assert filled.matched.unmatched[0][1] == "nobody in the list fits"

    @pytest.mark.attack("P1")
    def test_two_submissions_for_one_person_are_left_to_the_teacher(self) -> None:
        filled = self.fill(person("a", "Anna Lee"), person("anna.lee", "Somebody"))
        assert not filled.matched.pairs
        assert len(filled.matched.unmatched) == 2

    def test_two_people_of_one_name_are_left_to_the_teacher(self) -> None:
        roster = CANVAS.replace('"Carter, Ben"', '"Anna, Lee"')
        filled = self.fill(person("x", "Anna Lee"), roster=roster)
        assert filled.matched.unmatched[0][1] == "2 people in the list fit"
        settled = self.fill(person("x", "Anna Lee"), roster=roster, listed={"x": "102"})
        assert list(settled.matched.pairs) == [2]

    def test_no_column_is_ever_added(self) -> None:
        with pytest.raises(UsageError, match="Essay"):
            self.fill(person("anna", "Anna"), assignment="Lab 7")
        assert rows(self.fill(person("bcarter", "x"), assignment="4712").table)[3][6] == "12"

    @pytest.mark.attack("H4")
    def test_a_hostile_name_in_the_list_is_disarmed_and_ids_are_left(self) -> None:
        roster = CANVAS.replace('"Carter, Ben"', "=HYPERLINK(1)")
        filled = self.fill(person("bcarter", "x"), roster=roster)
        row = rows(filled.table)[3]
        assert (row[0], row[1], row[5]) == ("'=HYPERLINK(1)", "102", "6")
        assert any("apostrophe" in note for note in filled.notes)


class TestMoodle:
    def fill(self, *entries: SubmissionResult, sheet: str = MOODLE, **more: Any) -> Any:
        return fill_moodle(results(*entries), table_from(sheet.encode(), "worksheet.csv"), **more)

    def test_mark_and_feedback_go_together(self) -> None:
        filled = self.fill(person("x", "Whoever", platform="moodle", user_id="101"))
        row = rows(filled.table)[1]
        assert row[4] == "6"
        assert row[9].startswith("3 of 5 points decided.<br>Frozen: met")
        assert row[5:9] == ["10.00", "Yes", "Monday, 2 March 2026, 2:00 PM", "-"]

    def test_rows_without_a_final_mark_keep_both_mark_and_feedback(self) -> None:
        filled = self.fill(person("x", "x", FROZEN, OPEN, platform="moodle", user_id="102"))
        assert rows(filled.table)[1:] == list(csv.reader(io.StringIO(MOODLE)))[1:]

    @given(st.lists(st.sampled_from([101, 102, 103]), unique=True), st.booleans(), st.booleans())
    def test_no_row_ever_gets_feedback_without_a_mark_or_loses_a_mark(
        self, numbers: list[int], final: bool, keep: bool
    ) -> None:
        criteria = (FROZEN,) if final else (FROZEN, OPEN)
        entries = [person(f"p{n}", f"P {n}", *criteria, platform="moodle", user_id=str(n)) for n in numbers]
        filled = fill_moodle(
            results(entry(), *entries), table_from(MOODLE.encode(), "w"), rules=Rules(provisional=not final, keep=keep)
        )
        for old, new in zip(list(csv.reader(io.StringIO(MOODLE)))[1:], rows(filled.table)[1:], strict=True):
            assert new[4] or not new[9]
            assert new[4] or not old[4]
            assert new[:4] + new[5:9] == old[:4] + old[5:9]

    def test_what_moodle_does_not_let_change_stays(self) -> None:
        filled = self.fill(
            person("x", "x", platform="moodle", user_id="102"),
            sheet=MOODLE.replace('10.00,Yes,-,"Mon', '10.00,No,-,"Mon'),
        )
        assert rows(filled.table)[2][4] == "3.00"
        assert filled.kept

    def test_a_worksheet_in_german(self) -> None:
        head = "ID;Vollständiger Name;Bewertung;Bestwertung;Feedback als Kommentar"
        sheet = f"{head}\r\nTeilnehmer/in 101;Anna Lee;;10,00;\r\n"
        columns = MoodleColumns("ID", "Vollständiger Name", "Bewertung", "Bestwertung", "x", "Feedback als Kommentar")
        table = table_from(b"\xef\xbb\xbf" + sheet.encode(), "w")
        filled = fill_moodle(
            results(person("x", "Anna Lee", FROZEN, criterion("c", "unmet", 0, 1))), table, columns=columns
        )
        written = table_bytes(filled.table)
        assert written.startswith(b"\xef\xbb\xbfID;")
        assert written.count(b"\r\n") == 2
        assert rows(filled.table)[1][2] == "7,5"

    @pytest.mark.attack("H1")
    def test_feedback_is_no_markup(self) -> None:
        hostile = criterion("head", "unmet", 0, 1, reason="<img src=x onerror=alert(1)>")
        filled = self.fill(person("x", "x", hostile, platform="moodle", user_id="101"))
        assert "<img" not in rows(filled.table)[1][9]
        assert "&lt;img" in rows(filled.table)[1][9]

    def test_another_file(self) -> None:
        with pytest.raises(UsageError, match="grading worksheet"):
            self.fill(person("x", "x"), sheet="a,b\n1,2\n")


class TestFeedbackZip:
    def test_folders_that_moodle_brings_to_their_people(self, tmp_path: Path) -> None:
        """Read back as `importziplib.php` does: split at underscores, the second part is the participant."""
        one = person("anna", "Anna Lee", platform="moodle", user_id="101", name="Anna /.. Lee_9_")
        one = one.model_copy(update={"report": "reports/anna.html"})
        (tmp_path / "reports").mkdir()
        (tmp_path / "reports/anna.html").write_text("<html></html>")
        made = moodle_feedback_zip(results(one, person("ben", "Ben")), tmp_path)
        assert (made.people, made.left_out) == (("Anna Lee",), ("Ben",))
        with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
            (name,) = archive.namelist()
        folder, _, file = name.partition("/")
        assert folder.split("_", 4)[1:] == ["101", "assignsubmission", "file"]
        assert file == "lab06-report.html"

    def test_the_worksheet_says_who_where_moodle_did_not(self, tmp_path: Path) -> None:
        (tmp_path / "ben.html").write_text("x")
        ben = person("bcarter", "Ben Carter").model_copy(update={"report": "ben.html"})
        made = moodle_feedback_zip(results(ben), tmp_path, table_from(MOODLE.encode(), "w"))
        with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
            assert archive.namelist() == ["Ben Carter_102_assignsubmission_file/lab06-report.html"]

    def test_a_report_elsewhere_is_not_taken(self, tmp_path: Path) -> None:
        one = person("a", "A", platform="moodle", user_id="1").model_copy(update={"report": "../../etc/passwd"})
        with pytest.raises(EvidenceError, match="elsewhere"):
            moodle_feedback_zip(results(one), tmp_path)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"))


class TestTable:
    @given(
        st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=4),
        st.sampled_from([",", ";", "\t"]), st.sampled_from(["\r\n", "\n"]), st.booleans(),
        st.sampled_from([(b"", "utf-8"), (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le")]),
    )  # fmt: skip
    def test_what_is_read_and_written_again_is_the_same_file(
        self, body: list[list[str]], separator: str, end: str, quoted: bool, mark: tuple[bytes, str]
    ) -> None:
        out = io.StringIO()
        writer = csv.writer(
            out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
        )
        writer.writerows([["Student", "ID", "Lab (1)"], *body])
        content = mark[0] + out.getvalue().encode(mark[1])
        table = table_from(content, "x.csv")
        assert (table.head, table.rows) == (["Student", "ID", "Lab (1)"], body)
        assert table_bytes(table) == content

    def test_an_old_encoding_stays(self) -> None:
        content = "Student,ID\r\nZoë – Müller,1\r\n".encode("cp1252")
        assert table_bytes(table_from(content, "x")) == content

    @given(st.binary(max_size=300))
    def test_any_bytes_are_a_table_or_a_clear_refusal(self, content: bytes) -> None:
        with contextlib.suppress(UsageError):
            table = table_from(content, "x.csv")
            table_from(table_bytes(table), "x.csv")

    @given(st.lists(st.text('ab\r\n",;', max_size=6), min_size=2, max_size=3))
    def test_line_ends_within_cells_stay_within_cells(self, cells: list[str]) -> None:
        table = Table(["a", "b"], [cells, ["next", "row"]], Form(line_end="\n"))
        assert table_from(table_bytes(table), "x").rows == [cells, ["next", "row"]]

    def test_a_list_of_the_teachers_own(self, tmp_path: Path) -> None:
        (tmp_path / "people.csv").write_text("submission,login\nlab-7,bcarter\n,\n")
        assert read_people(tmp_path / "people.csv") == {"lab-7": "bcarter"}
        (tmp_path / "people.csv").write_text("submission,login\na,b\na,c\n")
        with pytest.raises(UsageError, match="twice"):
            read_people(tmp_path / "people.csv")
        (tmp_path / "people.csv").write_text("student,login\na,b\n")
        with pytest.raises(UsageError, match="`submission`"):
            read_people(tmp_path / "people.csv")
