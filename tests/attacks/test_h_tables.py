"""H4 to H6: the files that other programs read."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.exports.grades_csv import grades_csv, safe_cell
from grader.exports.results_json import Batch, results, submission_result
from grader.report import render_report
from tests.attacks.harmless import FORMULA_STARTS, assert_harmless_table
from tests.report.lab import RUBRIC
from tests.report.test_hostile_text import ATTACKS, poisoned

FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://127.0.0.1","x")', "=cmd|' /C calc'!A0",
    "＝1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\x00=1", "\x0b=1", '"=1', "a,=1", "a\n=1", "a\r\n=1,2", "'=1",
    ";=1", 'a";=1', "x ; +1", "|=1", "﹢1", "−1", "%3D1", "1e999", 'DDE("cmd";"/C")',
)  # fmt: skip


def starts_a_formula(cell: str) -> bool:
    """As spreadsheets see it: they drop blanks and what cannot be seen before they look."""
    return cell.strip(" \u00a0\u200b\ufeff\0\x0b\x0c").startswith((*FORMULA_STARTS, "＝", "＋", "－", "＠"))


@pytest.mark.attack("H4")
@pytest.mark.parametrize("text", [*FORMULAS, *ATTACKS])
def test_no_cell_of_the_table_starts_a_formula(text: str) -> None:
    _, judged = poisoned(text)
    table = grades_csv(RUBRIC, [judged, judged])
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert len(rows) == 3
    assert_harmless_table(rows)
    for separator in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(table, newline=""), delimiter=separator):
            assert not any(starts_a_formula(cell) for cell in row), row


@pytest.mark.attack("H4")
@given(st.text(st.one_of(st.characters(codec=None), st.sampled_from("=+-@\t\r\n ,;\"'\0\ufeff")), max_size=40))
def test_no_text_becomes_a_formula_or_a_second_cell(text: str) -> None:
    cell = safe_cell(text)
    cell.encode("utf-8")
    assert not starts_a_formula(cell)
    out = io.StringIO()
    csv.writer(out).writerow([cell, "next"])
    assert list(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [[cell, "next"]]
    assert len(out.getvalue().splitlines()) == 1


def test_an_ordinary_name_stays_as_it_is() -> None:
    assert [safe_cell(name) for name in ("Anna Lee", "O'Neill", "Zoë Müller-Lüdenscheidt", "s-1")] == [
        "Anna Lee", "O'Neill", "Zoë Müller-Lüdenscheidt", "s-1",
    ]  # fmt: skip


@pytest.mark.attack("H5")
@pytest.mark.parametrize("text", ["]]>", "<![CDATA[", "\x00\x01\x08\x0b\x1f", "\ufffe\uffff", "&#0;&bomb;", *ATTACKS])
def test_drawings_inside_a_page_stay_well_formed_and_json_stays_json(text: str, tmp_path: Path) -> None:
    """No XML file is written yet; the drawings in a report are the XML there is."""
    evidence, judged = poisoned(text)
    page = render_report(evidence, judged, RUBRIC)
    for piece in page.split("<svg")[1:]:
        ET.fromstring("<svg" + piece.partition("</svg>")[0] + "</svg>")
    batch = Batch(policy="full", grader_version="0", started="2026-01-01T00:00:00+00:00", seconds=1.0)
    # Lone surrogates never come as far: evidence is stored without them.
    evidence, judged = poisoned(text.encode("utf-8", "replace").decode())
    written = results(RUBRIC, batch, [submission_result(RUBRIC, evidence, judged)]).model_dump_json()
    assert "\n" not in written
    json.loads(written)
