"""Text from outside becomes text one can look at."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report import visible_text

ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=300)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("Ada  Lovelace\n", "Ada Lovelace"),
        ("abc\u202egnp", "abc⟨U+202E⟩gnp"),
        ("a\x00b", "a␀b"),
        ("a\ud800b", "a\ufffdb"),
        ("نام\u200cها", "نام\u200cها"),
        ("\u200fעברית", "עברית"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("Z\u0301\u0301\u0301\u0301\u0301", "Z\u0301\u0301\u0301"),
        ("Ł\u0301ódź 数学", "Ł\u0301ódź 数学"),
    ],
)
def test_prose(given_text: str, shown: str) -> None:
    assert visible_text.prose(given_text, 100) == shown


def test_code_hides_nothing() -> None:
    assert visible_text.code("if x\u200c == 1:\u202e # \x07") == "if x⟨U+200C⟩ == 1:⟨U+202E⟩ # ␇"


def test_terminal_colours_and_links_vanish_and_the_end_is_kept() -> None:
    text = "\n".join(f"line {number}" for number in range(50)) + "\n\x1b[0;31mNameError\x1b[0m: \x1b]8;;http://x\x07y"
    shown = visible_text.terminal(text, characters=500, lines=3)
    assert shown.text == "line 48\nline 49\nNameError: y"
    assert shown.notice == "Only the end is shown."


def test_blocks_keep_white_space_and_say_what_is_missing() -> None:
    assert visible_text.block("a\r\n  b\tc", characters=99, lines=9) == visible_text.Block("a\n  b\tc")
    cut = visible_text.block("a\nb\nc", characters=99, lines=2)
    assert cut == visible_text.Block("a\nb…", "Cut here. The whole text has 5 characters.")


def test_lines_are_counted_as_python_counts_them() -> None:
    assert visible_text.source_lines("a\x0cb\r\nc\u2028d\re") == ["a\x0cb", "c\u2028d", "e"]


@given(ANY_TEXT, st.integers(min_value=1, max_value=50))
def test_nothing_invisible_remains_and_no_limit_is_passed(text: str, limit: int) -> None:
    for shown in (visible_text.prose(text, limit), visible_text.code(text, limit)):
        assert len(shown) <= limit + 1
        shown.encode("utf-8")  # a lone surrogate would raise
        for character in shown:
            assert unicodedata.category(character) not in {"Cc", "Cs"} or character in "\n\t"
            assert unicodedata.bidirectional(character) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "PDI"}


@given(ANY_TEXT)
def test_blocks_stay_within_their_size(text: str) -> None:
    assert len(visible_text.block(text, characters=50, lines=3).text.split("\n")) <= 3
    assert len(visible_text.terminal(text, characters=50, lines=3).text.split("\n")) <= 3
