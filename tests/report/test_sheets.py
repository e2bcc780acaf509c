"""A class of thousands: everyone is found by name, by total and by state, on pages that run nothing."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from grader.batch.overview_files import write_overview
from grader.report import OverviewRow, render_overview, render_sheets
from grader.report.rows import by_name, need
from grader.report.sheets import MOST_ON_ONE_PAGE, ROWS_PER_SHEET, arrangements
from tests.report.examples import BATCH, class_of, our_fault
from tests.report.lab import RUBRIC
from tests.report.parsed import Page, assert_accessible, assert_safe
from tests.report.test_overview_page import row, table_rows

LARGE = class_of(620)


@functools.cache
def pages_of_large() -> dict[str, Page]:
    return pages_of(LARGE)


def pages_of(rows: list[OverviewRow]) -> dict[str, Page]:
    return {name: assert_safe(html, up="../") for name, html in render_sheets(RUBRIC, rows, BATCH)}


def test_a_class_that_fits_stays_on_one_page() -> None:
    assert pages_of(class_of(MOST_ON_ONE_PAGE)) == {}
    assert len(table_rows(assert_safe(render_overview(RUBRIC, class_of(MOST_ON_ONE_PAGE), BATCH)))) == MOST_ON_ONE_PAGE


def test_everyone_stands_once_among_names_totals_and_states() -> None:
    pages = pages_of_large()
    for kind in ("name", "total", "state"):
        shown = [
            line for name, page in pages.items() if name.startswith(f"overview/{kind}-") for line in table_rows(page)
        ]
        assert len(shown) == len(LARGE)
        assert sorted(shown) == sorted(
            line for name, page in pages.items() if name.startswith("overview/name-") for line in table_rows(page)
        )
    assert max(len(table_rows(page)) for page in pages.values()) == ROWS_PER_SHEET


def test_the_overview_leads_to_every_page_and_each_page_to_its_neighbours() -> None:
    overview = assert_safe(render_overview(RUBRIC, LARGE, BATCH))
    assert_accessible(overview)
    assert table_rows(overview) == []
    pages = pages_of_large()
    linked = {element.attributes["href"] for element in overview.all("a")}
    assert set(pages) <= linked
    second = pages["overview/name-002.html"]
    assert_accessible(second)
    turns = [element.attributes["href"] for element in second.all("a") if element.attributes.get("rel")]
    assert turns[:2] == ["name-001.html", "name-003.html"]
    reports = [
        element.attributes["href"] for element in second.all("a") if element.attributes["href"].endswith("y.html")
    ]
    assert reports[0] == "../exemplary.html"


def test_totals_begin_with_the_lowest_and_end_with_what_is_undecided() -> None:
    rows = [*LARGE, replace(row("Nothing decided"), result=our_fault().result)]
    ordered = by_name(rows)
    totals = arrangements(ordered, [need(one, RUBRIC) for one in ordered])[1]
    assert totals.by_total
    assert totals.sheets[-1].last == "nothing decided"
    shares = [ordered[number].result.total.share for sheet in totals.sheets for number in sheet.rows]
    decided = [share for share in shares if share is not None]
    assert decided == sorted(decided)
    assert shares[: len(decided)] == decided


@settings(max_examples=10)
@given(st.lists(st.text(max_size=40), min_size=300, max_size=400))
def test_names_of_any_kind_are_only_text_on_every_page(names: list[str]) -> None:
    rows = [replace(one, name=names[number % len(names)]) for number, one in enumerate(LARGE[: MOST_ON_ONE_PAGE + 1])]
    assert_safe(render_overview(RUBRIC, rows, BATCH))
    first = next(iter(render_sheets(RUBRIC, rows, BATCH)))
    assert_safe(first[1], up="../")


def test_pages_of_a_larger_class_before_are_removed(tmp_path: Path) -> None:
    write_overview(tmp_path, RUBRIC, LARGE, BATCH)
    before = {page.name for page in (tmp_path / "overview").iterdir()}
    assert "name-003.html" in before
    for element in assert_safe((tmp_path / "index.html").read_text(encoding="utf-8")).all("a"):
        href = unquote(element.attributes["href"])
        assert not href.startswith("overview/") or (tmp_path / href).is_file()
    write_overview(tmp_path, RUBRIC, LARGE[:20], BATCH)
    assert list((tmp_path / "overview").iterdir()) == []
