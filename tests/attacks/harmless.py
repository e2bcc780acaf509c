"""What must hold of everything that leaves the grader, whatever came in."""

from __future__ import annotations

import unicodedata

from tests.attacks.road import Delivered
from tests.report.parsed import assert_accessible, assert_safe

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def assert_harmless_on_a_terminal(text: str) -> None:
    """Nothing but printable text and line feeds; no CI service finds a command in it."""
    for character in text:
        kind = unicodedata.category(character)
        assert character == "\n" or kind not in ("Cc", "Cs", "Zl", "Zp"), f"U+{ord(character):04X}"
        assert character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b"
    for line in text.splitlines():
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line
        assert "##vso[" not in line
        assert "##teamcity[" not in line


def assert_harmless_table(rows: list[list[str]]) -> None:
    """Every row has the head's width; no cell starts a formula; no cell breaks a line."""
    for row in rows:
        assert len(row) == len(rows[0])
        for cell in row:
            assert not cell.startswith(FORMULA_STARTS), cell
            assert "\n" not in cell
            assert "\0" not in cell


def assert_harmless(delivered: Delivered) -> None:
    """All forms at once."""
    for page in (*delivered.reports.values(), delivered.overview):
        assert_accessible(assert_safe(page))
    assert_harmless_table(delivered.rows)
    assert_harmless_on_a_terminal(delivered.terminal)
    stored = {entry.name for entry in (delivered.out / "reports").iterdir()}
    assert stored == {f"{id_}.html" for id_ in delivered.reports}
