"""The first page of a large class: a page of rows at a time, and everybody can be found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.marking import as_it_counts
from grader.gradebook.basis import bases
from grader.gradebook.standing import Standings
from grader.judge import judge
from grader.review import everyone as listing
from grader.review.everyone import CHOICES, ROWS, Line, everyone
from tests.report.examples import EXAMPLES
from tests.review.classes import LAB, Visitor, visiting

RESULT = judge(LAB, EXAMPLES["exemplary"]().evidence)


def line(number: int, waits: tuple[str, ...] = ()) -> Line:
    """A student called after a number."""
    return Line(f"s{number:04}", f"Student {number:04}", RESULT, waits, 0)


CLASS = [line(number, ("Question 1",) if number % 2 else ()) for number in range(1000)]


def test_a_large_class_stands_on_pages_that_say_who_is_on_them() -> None:
    first, third = everyone(CLASS, {}), everyone(CLASS, {"page": "3"})
    assert len(first.rows) == len(third.rows) == ROWS
    assert [leaf.number for leaf in first.leaves] == [1, 2, 3, 4]
    assert (third.leaves[2].first, third.leaves[2].last) == (third.rows[0].name, third.rows[-1].name)
    assert third.begin == 2 * ROWS + 1


def test_anyone_is_found_by_a_part_of_the_name_or_id() -> None:
    assert [one.id for one in everyone(CLASS, {"q": "student 0042"}).rows] == ["s0042"]
    assert [one.id for one in everyone(CLASS, {"q": "S0042"}).rows] == ["s0042"]
    assert everyone(CLASS, {"q": "nobody"}).rows == ()


def test_who_waits_for_a_person_is_listed_alone() -> None:
    assert everyone(CLASS, {"show": "waiting"}).found == 500


@given(st.dictionaries(st.sampled_from(["q", "show", "page"]), st.text() | st.sampled_from(["-1", "0", "²", "1e9"])))
def test_any_address_shows_a_page(asked: dict[str, str]) -> None:
    """Typed by hand, or sent by a page that was open while the class shrank."""
    shown = everyone(CLASS, asked)
    assert len(shown.rows) == min(ROWS, shown.found - max(0, shown.begin - 1))
    assert shown.chosen in CHOICES


def test_all_pages_together_show_everyone_once() -> None:
    pages = [everyone(CLASS, {"page": str(leaf.number)}) for leaf in everyone(CLASS, {}).leaves]
    assert [one.id for page in pages for one in page.rows] == [one.id for one in CLASS]


def test_the_page_leads_through_the_class(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "ROWS", 2)
    with visiting(out) as visitor:
        first, last = visitor.text("/"), visitor.text("/?page=3")
    assert "1 to 2 of 5 submissions, by name." in first
    assert "Ada" in first
    assert "Emre" not in first.split("<table>")[1].split("</table>")[0]
    assert "Emre" in last.split("<table>")[1]
    assert 'aria-current="page"' in last


def test_a_search_shows_what_was_searched_and_nothing_else(visitor: Visitor) -> None:
    page = visitor.text("/?q=%22%3E%3Cb%3E&show=final")
    assert "No submission is like that." in page
    assert 'value="&#34;&gt;&lt;b&gt;"' in page


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_where_nobody_decided_anything_the_graders_result_counts(name: str) -> None:
    """So a class of thousands need not be put together anew for each page."""
    evidence = EXAMPLES[name]().evidence
    judged = judge(LAB, evidence)
    assert as_it_counts(LAB, judged, bases(LAB, evidence), Standings()) == judged
