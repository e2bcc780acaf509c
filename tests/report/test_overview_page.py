"""What an instructor finds on the overview."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from grader.report import OverviewRow, render_overview
from grader.report.class_table import link
from grader.report.rows import by_name, need
from tests.report.examples import BATCH, class_of, crashed, exemplary, our_fault, unreadable
from tests.report.lab import RUBRIC, Change, result
from tests.report.parsed import Page, assert_accessible, assert_safe


def row(name: str, **changes: object) -> OverviewRow:
    made = OverviewRow(id=name.lower(), name=name, result=result(name), href=f"{name}.html", seconds=12.0,
                       run_status="completed", accuracy=0.965)  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def page_of(rows: list[OverviewRow]) -> Page:
    page = assert_safe(render_overview(RUBRIC, rows, BATCH))
    assert_accessible(page)
    return page


def table_rows(page: Page) -> list[str]:
    found = [element for element in page.all("tr") if element.attributes.get("id", "").startswith("r")]
    return [" ".join(element.text.split()) for element in found]


def ranks(page: Page, property_: str) -> list[int]:
    """The rank of every row, in the order in which rows stand in the page."""
    return [int(number) for number in re.findall(rf"#r\d+{{[^}}]*{property_}:(\d+)", page.all("style")[0].text)]


@pytest.mark.parametrize("size", [0, 1, 12, 300])
def test_classes_of_any_size(size: int) -> None:
    page = page_of(class_of(size))
    assert len(table_rows(page)) == size


def test_rows_stand_in_the_order_of_names_whatever_their_case_and_accents() -> None:
    names = [row.name for row in by_name([row("émile"), row("Zoe"), row("Eve"), row("adam"), row("Östen")])]
    assert names == ["adam", "émile", "Eve", "Östen", "Zoe"]


def test_orders_by_total_put_undecided_submissions_last() -> None:
    low = row("Low", result=result("Low", {"frozen_base": Change("unmet", "No.")}))
    undecided = row("Nothing", result=our_fault().result)
    page = page_of([row("High"), low, undecided])
    assert ranks(page, "--l") == [1, 0, 2]
    assert ranks(page, "--h") == [0, 1, 2]


def test_those_who_need_a_human_first() -> None:
    done = {c.id: Change("met", "Fine.", points=c.points) for c in RUBRIC.criteria if c.question}
    rows = [
        row("A done", result=result("A", done)),
        row("B written"),
        row("C code", result=crashed().result),
        row("D unreadable", result=unreadable().result),
        row("E ours", result=our_fault().result),
    ]
    assert [need(one, RUBRIC) for one in rows] == ["none", "written", "code", "unreadable", "ours"]
    page = page_of(rows)
    assert ranks(page, "--n") == [4, 3, 2, 1, 0]
    groups = [" ".join(element.text.split()) for element in page.all("summary")]
    assert groups == [
        "Our side failed 1",
        "Could not be read 1",
        "Code to look at: Random flips and rotations, only in training 1",
        "Only written answers to mark 1",
    ]
    headings = [heading.text for heading in page.all("h2")]
    assert headings[0] == "Who needs a person"


def test_a_student_with_several_open_criteria_is_listed_once() -> None:
    changes = {id_: Change("needs_review", "Hm.") for id_ in ("head", "augmentation", "accuracy", "frozen_base")}
    page = page_of([row("Ada", result=result("Ada", changes))])
    people = [element.text for element in page.all("ul", class_="people")]
    assert len(people) == 1
    assert "Ada" in people[0]
    assert "and 1 more" in people[0]


def test_long_lists_of_people_point_to_the_table() -> None:
    page = page_of([row(f"Student {number:03}") for number in range(80)])
    assert "And 20 more. Sort the table below by “Needs a person first”." in page.text
    assert not [element for element in page.all("details") if "open" in element.attributes]


def test_every_criterion_is_a_column_with_a_word_for_every_mark() -> None:
    page = page_of([row("Ada", result=crashed().result)])
    heads = [element.text for element in page.all("th", role="columnheader")]
    titles = [criterion.title for criterion in RUBRIC.criteria]
    assert heads == ["Student", *titles, "Total", "Status", "Accuracy", "Run"]
    marks = [element.text for element in page.all("td", class_="sign")]
    assert marks[:4] == ["Not met yet", "Met", "Not counted again", "Needs a person"]
    assert table_rows(page)[0].endswith("2 of 3+6 openneeds a person0.965ran through12 s")


def test_partial_marks_say_how_much() -> None:
    half = result("Ada", {"head": Change("partial", "Half.", points=1)})
    page = page_of([row("Ada", result=half)])
    assert "Partly met, 1 of 2" in [element.text for element in page.all("td", class_="partial")]


def test_sorting_needs_no_script_and_falls_back_to_names() -> None:
    page = page_of([row("Ada")])
    radios = page.all("input", type="radio", name="order")
    assert [radio.attributes["id"] for radio in radios] == ["by-name", "by-low", "by-high", "by-need"]
    assert ["checked" in radio.attributes for radio in radios] == [True, False, False, False]
    style = page.all("style")[0].text
    assert ".sheet:has(#by-low:checked) tbody tr { order: var(--l); }" in style
    assert "@supports not selector(:has(a)) { .orders { display: none; } }" in style


def test_the_hardest_criterion_comes_first_with_its_numbers() -> None:
    hard = result("Ada", {"augmentation": Change("unmet", "None.")})
    page = page_of([row("Ada", result=hard), row("Bob")])
    hardest = " ".join(page.all("ol", class_="hard")[0].text.split())
    assert hardest.startswith("Random flips and rotations, only in training 50\u202f% earned 1 met, 1 not met".replace(
        "\u202f", " "))  # fmt: skip


def test_what_mostly_waits_is_not_the_hardest() -> None:
    wrong, waiting = Change("unmet", "None."), Change("needs_review", "A person decides.")
    rows = [
        row("A", result=result("A", {"augmentation": wrong})),
        row("B", result=result("B", {"augmentation": wrong})),
    ]
    rows += [row("C", result=result("C", {"frozen_base": wrong}))]
    rows += [row(name, result=result(name, {"frozen_base": waiting})) for name in "DEF"]
    hardest = " ".join(page_of(rows).all("ol", class_="hard")[0].text.split())
    assert hardest.startswith("Random flips and rotations, only in training 67 % earned 4 met, 2 not met")
    assert "67 % earned so far 2 met, 1 not met, 3 waiting for a person" in hardest


def test_the_distribution_is_told_in_words_too() -> None:
    low = result("Low", {"frozen_base": Change("unmet", "No.")})
    page = page_of([row("A"), row("B"), row("C", result=low), row("D", result=our_fault().result)])
    assert "Median 100\u202f%, lowest 82\u202f%, highest 100\u202f%." in page.text
    assert "Left out: 1 submission without decided points." in page.text


def test_the_pack_notice_and_what_was_run() -> None:
    page = page_of([row("Ada")])
    assert "They are not ImageNet weights." in page.all("header")[0].text
    for fact in ("bubblewrap", "30 min 34 s", "2026-03-02 14:00 UTC", "demo"):
        assert fact in page.text


@pytest.mark.parametrize(
    ("href", "encoded"),
    [
        ("ada.html", "ada.html"),
        ("reports/ada lovelace.html", "reports/ada%20lovelace.html"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("//evil.example/x", ""),
        ("https://evil.example/x", ""),
        ("../../etc/passwd", ""),
        ("/etc/passwd", ""),
        ("", ""),
        ('x" onclick="alert(1)', "x%22%20onclick%3D%22alert%281%29"),
        ("\ud800.html", "%3F.html"),
    ],
)
def test_links_stay_below_the_overview(href: str, encoded: str) -> None:
    assert link(href) == encoded


def test_a_report_that_is_missing_from_the_result_leaves_a_dash() -> None:
    short = exemplary().result.model_copy(update={"verdicts": exemplary().result.verdicts[:3]})
    page = page_of([row("Ada", result=short, href="")])
    assert len(page.all("td", class_="absent")) == len(RUBRIC.criteria) - 3
