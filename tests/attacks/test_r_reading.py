"""R9: notebooks that are small to write and huge to read. Bounded before they are built, told to their student."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from grader.answers.find import find_answers
from grader.errors import SubmissionError
from grader.evidence.model import Cell
from grader.source import read_statements
from grader.submission import ReadNotebook, cells_of, read_notebook
from grader.submission.mending import MendLimits
from tests.attacks.road import RUBRIC
from tests.submission.notebooks import code, notebook

HEAD = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": '


def read_all(path: Path) -> tuple[ReadNotebook, tuple[Cell, ...]]:
    """Everything that is done with a notebook before it runs."""
    read = read_notebook(path)
    cells = cells_of(read.notebook)
    read_statements(cells)
    find_answers(cells, RUBRIC.questions())
    return read, cells


@pytest.mark.attack("R9")
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":', '{"cells":['])
def test_json_nested_a_hundred_thousand_deep_is_refused_in_words(tmp_path: Path, opening: str) -> None:
    path = tmp_path / "lab.ipynb"
    path.write_text(HEAD + opening * 100_000)
    with pytest.raises(SubmissionError, match="nested too deeply"):
        read_notebook(path)
    closing = {"[": "]", '{"a":': "}", '[{"a":': "}]", '{"cells":[': "]}"}[opening]
    path.write_text(f"{HEAD}[], {json.dumps('x')}: {opening * 5_000}1{closing * 5_000}}}")
    with pytest.raises(SubmissionError, match="nested too deeply"):
        read_notebook(path)


@pytest.mark.attack("R9")
def test_a_million_cells_are_cut_to_the_first_two_thousand_and_said(tmp_path: Path) -> None:
    path = tmp_path / "lab.ipynb"
    path.write_text(f"{HEAD}[{','.join(['{}'] * 1_000_000)}]}}")
    read, cells = read_all(path)
    assert len(cells) == MendLimits().cells
    assert "Only the first 2000 cells were taken." in read.repairs


@pytest.mark.attack("R9")
@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n" * 1_000_000, "x" * 6_000_000, "(" * 2_000_000, "x = " + "9" * 2_000_000, "-" * 500_000 + "1",
        "a." * 500_000 + "b", "if 1:\n" + " " * 3_000_000 + "x", "f(" * 300 + ")" * 300, "[" * 150 + "]" * 150,
        "x = [" + "1," * 1_000_000 + "]", "1+" * 100_000 + "1", "'''" * 700_000, "\\\n" * 900_000, "a=" * 40_000 + "1",
        "lambda:" * 20_000 + "1", "not " * 40_000 + "x", "x if x else " * 20_000 + "x", "f'{" * 50_000,
        "@a\n" * 200_000,
        "10 ** 10 ** 10 ** 10", "model.fit(epochs=9 ** 9 ** 9)", "'a' * 10 ** 12", "%" * 1_000_000, "!\\\n" * 300_000,
    ],
    ids=lambda source: f"{source[:12]!r} x {len(source)}",
)  # fmt: skip
def test_one_huge_cell_is_read_within_bounds(tmp_path: Path, source: str) -> None:
    path = tmp_path / "lab.ipynb"
    path.write_text(json.dumps(notebook(code(source))))
    _, cells = read_all(path)
    assert len(cells[0].source) <= 100_000
    assert cells[0].truncated is (len(source) > len(cells[0].source))


@pytest.mark.attack("R9")
def test_a_notebook_of_huge_parts_takes_memory_in_proportion_to_its_file(tmp_path: Path) -> None:
    path = tmp_path / "lab.ipynb"
    cell = json.dumps(code("y = 2\n" * 20_000, outputs=[{"output_type": "stream", "text": "z" * 100_000}]))
    path.write_text(f"{HEAD}[{','.join([cell] * 150)}]}}")
    tracemalloc.start()
    read_notebook(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * path.stat().st_size


@pytest.mark.attack("R9")
@pytest.mark.parametrize("number", ["9" * 5_000_000, "-" + "9" * 5000, "1e999999999", "0." + "0" * 100_000, "1E+400"])
def test_giant_numbers_in_the_file_stop_nobody(tmp_path: Path, number: str) -> None:
    path = tmp_path / "lab.ipynb"
    path.write_text(f'{HEAD}[{{"cell_type": "code", "source": "x", "execution_count": {number}}}], "n": {number}}}')
    _, cells = read_all(path)
    assert [cell.source for cell in cells] == ["x"]
