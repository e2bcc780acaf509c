"""An observed line becomes the statement a student recognises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.evidence.model import Cell, Place
from grader.source import statement_around
from grader.source.plain import written_line
from tests.source.cells import code_cells

CELLS = code_cells(
    """
    model.compile(
        optimizer="adam",
        loss="mse",
    )
    for layer in base.layers:
        layer.trainable = False
    @decorated
    def build(a,
              b):
        return Dense(
            1)(a)
    """
)


def around(line: int) -> tuple[int, int]:
    place = statement_around(CELLS, Place(cell=1, first_line=line, last_line=line))
    return place.first_line, place.last_line


def test_a_line_inside_a_call_becomes_the_whole_call() -> None:
    assert around(2) == around(4) == (1, 4)


def test_inside_a_compound_statement_only_the_simple_one_is_taken() -> None:
    assert around(6) == (6, 6)
    assert around(11) == (10, 11)


def test_of_a_compound_statement_the_header_is_taken() -> None:
    assert around(5) == (5, 5)
    assert around(8) == (7, 9)


def test_lines_of_a_cell_with_magics_stay_right() -> None:
    cells = code_cells("%time x = 1\n!ls\nmodel.fit(\n    ds)")
    place = statement_around(cells, Place(cell=1, first_line=4, last_line=4))
    assert (place.code_cell, place.first_line, place.last_line) == (1, 3, 4)


def test_a_place_that_cannot_be_found_stays() -> None:
    place = Place(cell=9, first_line=3, last_line=3)
    assert statement_around(CELLS, place) == place


@given(st.text(st.characters(), max_size=200), st.integers(1, 50), st.integers(1, 50))
def test_any_text_and_any_place_give_a_place_inside_the_cell(source: str, first: int, last: int) -> None:
    cell = Cell(position=1, code_cell=1, kind="code", source=source)
    place = statement_around((cell,), Place(cell=1, first_line=first, last_line=last))
    assert 1 <= place.first_line <= place.last_line <= source.count("\n") + 1


@pytest.mark.parametrize(
    ("source", "ran", "written"),
    [
        ("x", 1, 1),
        ("\n  \nx\ny", 2, 4),
        ("!wget a \\\n  b \\\n  c\nx", 2, 4),
        ("files = !ls \\\n -a\nx", 2, 3),
        ("x = [1,\n2]\ny", 3, 3),
        ("\n%%time\nx\ny", 3, 4),
        ("%%time\n\n!ls \\\n -a\nx", 3, 5),
        ("x", 7, 7),
    ],
)
def test_lines_that_ipython_drops_or_joins_are_counted_again(source: str, ran: int, written: int) -> None:
    assert written_line(source, ran) == written
