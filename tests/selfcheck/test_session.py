"""A live session as the notebook it would be if it were run from top to bottom now."""

from __future__ import annotations

from grader.selfcheck.session_cells import RanCell, as_cells, current


def test_only_the_last_run_of_a_cell_counts() -> None:
    """In [1] was wrong, mended, and run again as In [3]."""
    ran = [
        RanCell(1, "base.trainable = Flase", cell_id="a", ok=False),
        RanCell(2, "x = 1", cell_id="b"),
        RanCell(3, "base.trainable = False", cell_id="a"),
    ]
    assert [cell.number for cell in current(ran)] == [2, 3]


def test_without_cell_ids_the_text_tells_cells_apart() -> None:
    ran = [RanCell(1, "model.fit(a)"), RanCell(2, "model.fit(b)"), RanCell(3, "model.fit(a)\n")]
    assert [cell.number for cell in current(ran)] == [2, 3]


def test_places_are_prompt_numbers_and_text_comes_after() -> None:
    cells, outcomes = as_cells([RanCell(2, "x"), RanCell(7, "y", ok=False, error_name="NameError")], ["# Why?"])
    assert [(cell.position, cell.code_cell, cell.kind) for cell in cells] == [
        (2, 2, "code"), (7, 7, "code"), (8, None, "markdown"),
    ]  # fmt: skip
    assert [outcome.ok for outcome in outcomes] == [True, False]
