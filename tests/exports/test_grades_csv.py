"""The gradebook as a table."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.exports import write_grades_csv
from grader.exports.grades_csv import grades_csv, number, safe_cell
from tests.exports.examples import RUBRIC, result


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_row_per_submission_and_two_columns_per_criterion(tmp_path: Path) -> None:
    write_grades_csv(tmp_path / "grades.csv", RUBRIC, [result(), result("Ben", "ben")])
    first, second = rows((tmp_path / "grades.csv").read_text(encoding="utf-8"))
    assert first == {
        "id": "anna-lee", "name": "Anna Lee", "status": "needs_review",
        "frozen": "3", "frozen status": "met",
        "accuracy": "1.25", "accuracy status": "partial",
        "why": "", "why status": "needs_review",
        "total": "4.25", "maximum": "9.5", "counted": "5.5", "pending": "4", "excluded": "0", "final": "no",
    }  # fmt: skip
    assert second["id"] == "ben"


def test_lines_end_as_rfc_4180_asks() -> None:
    assert grades_csv(RUBRIC, [result()]).count("\r\n") == 2


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "\n=1", "＝1"])
def test_a_name_that_a_spreadsheet_would_run_is_disarmed(name: str) -> None:
    (row,) = rows(grades_csv(RUBRIC, [result(name)]))
    assert row["name"] == f"'{name.strip()}"


def test_a_criterion_without_verdict_stays_empty() -> None:
    (row,) = rows(grades_csv(RUBRIC, [result(verdicts=(), status="unreadable")]))
    assert (row["frozen"], row["frozen status"]) == ("", "")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_survives_the_table_and_never_starts_a_formula(name: str) -> None:
    (row,) = rows(grades_csv(RUBRIC, [result(name)]))
    assert row["name"] == safe_cell(name)
    assert not row["name"].startswith(("=", "+", "-", "@", "\t", "\r"))
    stacked = any(unicodedata.category(character).startswith("M") for character in name)  # towers of accents are cut
    if name.isprintable() and name == " ".join(name.split()) and len(name) < 300 and not stacked:
        assert row["name"].replace("'", "") == name.replace("'", "")


@given(st.floats(0, 1000))
def test_points_are_plain_decimal_numbers(points: float) -> None:
    assert float(number(points)) == pytest.approx(points, abs=1e-6)
    assert "e" not in number(points)
