"""Names from the outside become names for people and ids for files."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from grader.submission.identity import MAX_ID, MAX_NAME, display_name, unique_ids

ANY_TEXT = st.text(st.characters(), max_size=300)


def test_an_ordinary_name_stays_readable() -> None:
    assert unique_ids(["Lena Müller", "lukas.brandt", "s1234567"]) == ("lena-muller", "lukas.brandt", "s1234567")


def test_names_that_a_file_system_may_confuse_get_different_ids() -> None:
    ids = unique_ids(["anna", "Anna", "ANNA"])
    assert ids[0] == "anna"
    assert len({id_.casefold() for id_ in ids}) == 3


def test_another_students_name_does_not_change_an_exact_id() -> None:
    assert unique_ids(["anna"])[0] == unique_ids(["ANNA", "anna", "änna"])[1]


def test_nobody_takes_anothers_id_by_coming_first() -> None:
    both = unique_ids(["anna", "anna", "ben"], ["anna", "anna.ipynb", "ben"])
    assert "anna" not in both
    assert both[0] != both[1]
    assert unique_ids(["anna", "anna"], ["anna.ipynb", "anna"]) == (both[1], both[0])


def test_hostile_names_become_dull_ids() -> None:
    hostile = [
        "../../etc/passwd",
        "-rf",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "a\nb",
        "con",
        "\u202eabc",
        ".",
    ]
    for id_ in unique_ids(hostile):
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", id_), id_


def test_a_name_for_people_shows_no_invisible_or_reversing_characters() -> None:
    assert display_name("Ev\u200bil\u202e gpj.exe\x1b[31m\r\n") == "Ev il gpj.exe [31m"
    assert display_name("\u0000\u200b") == "(no name)"


@given(st.lists(ANY_TEXT, max_size=20))
def test_ids_are_always_safe_and_unique(names: list[str]) -> None:
    ids = unique_ids(names)
    assert len(ids) == len(names)
    assert len({id_.casefold() for id_ in ids}) == len(ids)
    for id_ in ids:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", id_)
        assert len(id_) <= MAX_ID + 8


@given(ANY_TEXT)
def test_names_for_people_can_always_be_written(name: str) -> None:
    shown = display_name(name)
    assert shown
    assert len(shown) <= MAX_NAME
    shown.encode("utf-8")
