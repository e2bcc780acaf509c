"""Notebook files as students really have them, and as an attacker makes them."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionError
from grader.submission import ReadNotebook, cells_of, read_notebook
from grader.submission.mending import MendLimits
from grader.submission.notebook import MAX_SHOWN_SOURCE, ReadLimits
from tests.submission.notebooks import code, notebook, text, write


def read(path: Path, content: Any) -> ReadNotebook:
    """Write `content` (bytes, text, or a value for JSON) to a file and read it as a valid notebook."""
    if not isinstance(content, bytes | str):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = read_notebook(path)
    nbformat.validate(result.notebook)
    return result


def sources(result: ReadNotebook) -> list[str]:
    return [cell.source for cell in result.notebook.cells]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lab.ipynb"


def test_a_sound_notebook_needs_no_repair(path: Path) -> None:
    result = read(path, notebook(text("# Lab"), code("x = 1\n")))
    assert result.repairs == ()
    assert sources(result) == ["# Lab", "x = 1\n"]


def test_stored_outputs_and_attachments_never_get_past(path: Path) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "PASSED 100/100"}
    picture = {"a.png": {"image/png": "AAAA"}}
    result = read(
        path, notebook(code("1", outputs=[output], execution_count=7), text("![](a.png)", attachments=picture))
    )
    assert "PASSED" not in nbformat.writes(result.notebook)
    assert "AAAA" not in nbformat.writes(result.notebook)
    assert result.repairs == ("An attached picture or file was left out (1 ×).",)


@pytest.mark.parametrize(
    ("encoded", "said"),
    [
        (codecs.BOM_UTF8 + json.dumps(notebook(text("é")), ensure_ascii=False).encode(), "byte-order mark"),
        (json.dumps(notebook(text("é")), ensure_ascii=False).encode("utf-16"), "UTF-16"),
        (json.dumps(notebook(text("é")), ensure_ascii=False).encode("utf-16-le"), "UTF-16 without a mark"),
        (json.dumps(notebook(text("é")), ensure_ascii=False).encode("utf-32"), "UTF-32"),
        (json.dumps(notebook(text("é")), ensure_ascii=False).encode("latin-1"), "Western European"),
    ],
)
def test_other_encodings_are_read_and_said(path: Path, encoded: bytes, said: str) -> None:
    result = read(path, encoded)
    assert sources(result) == ["é"]
    assert said in result.repairs[0]


def test_broken_json_names_line_column_and_what_to_do(path: Path) -> None:
    broken = json.dumps(notebook(code("1")), indent=1).replace('"outputs"', "outputs")
    with pytest.raises(SubmissionError, match=r"lab\.ipynb:\d+: Expected a notebook in JSON\. .* line \d+, column \d+"):
        read(path, broken)
    with pytest.raises(SubmissionError, match="save it under a new name"):
        read(path, broken)


def test_a_comma_left_over_from_a_merge_is_mended(path: Path) -> None:
    result = read(path, json.dumps(notebook(code("a = [1,]"))).replace("]}", "],}"))
    assert sources(result) == ["a = [1,]"]
    assert "comma" in result.repairs[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "an empty file"),
        ("<!DOCTYPE html><html>", "a web page"),
        ('{"cells": [\n<<<<<<< HEAD\n>>>>>>> main\n]}', "unresolved Git merge"),
        ("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ("[1, 2]", "a list"),
        ("null", "nothing"),
        ('{"nbformat": 4}', "without a list of cells"),
        ("[" * 200_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ("[[],".ljust(20, "[") * 1_000_000, "20000000"),
    ],
)
def test_what_is_no_notebook_is_named(path: Path, content: str, said: str) -> None:
    if said == "20000000":
        said = "at most 3000000 objects"
    with pytest.raises(SubmissionError, match=said):
        read(path, content)


def test_what_json_forbids_is_read_and_said(path: Path) -> None:
    content = json.dumps(notebook(code("1"), more=float("nan"))).replace('"nbformat":', '"nbformat": 3, "nbformat":')
    result = read(path, content)
    assert any("stood twice" in repair for repair in result.repairs)
    assert any("NaN" in repair for repair in result.repairs)


def test_giant_numbers_do_not_stop_the_reader(path: Path) -> None:
    result = read(
        path, json.dumps(notebook(code("1"))).replace('"execution_count": null', '"execution_count": ' + "9" * 9999)
    )
    assert any("digits" in repair for repair in result.repairs)


def test_format_3_is_brought_to_format_4(path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Lab"]},
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "outputs": [], "language": "python"},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    result = read(path, old)
    assert sources(result) == ["## Lab", "x = 1\ny = 2"]
    assert "A notebook of format 3 was brought to format 4." in result.repairs


def test_schema_slips_are_mended(path: Path) -> None:
    slips = [
        {"cell_type": "code", "source": ["a\n", "b"]},
        {"cell_type": "code", "id": "same", "metadata": {}, "source": None, "outputs": "x"},
        {"cell_type": "markdown", "id": "same", "metadata": [], "source": "t"},
        {
            "cell_type": "widget",
            "id": "not valid!",
            "metadata": {"tags": ["raises-exception", "skip-execution", 3, "<b>"]},
            "source": 7,
        },
        {"source": "x", "outputs": []},
        "no cell",
    ]
    result = read(path, {"nbformat": 4, "nbformat_minor": 5, "cells": slips})
    assert sources(result) == ["a\nb", "", "t", "", "x", ""]
    assert len({cell.id for cell in result.notebook.cells}) == len(slips)
    assert result.notebook.cells[3].metadata == {"tags": ["raises-exception"]}
    assert any("twice" in repair for repair in result.repairs)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({}, "names no kernel"),
        ({"kernelspec": {"name": "../../evil", "language": "python"}}, "not usable"),
        ({"kernelspec": {"name": "ir", "language": "R"}}, "written in R"),
    ],
)
def test_whatever_kernel_is_named_it_is_run_as_python_3(path: Path, metadata: dict[str, Any], said: str) -> None:
    result = read(path, notebook(code("1"), metadata=metadata))
    assert result.notebook.metadata.kernelspec.name == "python3"
    assert said in result.repairs[0]


def test_characters_no_file_may_hold_are_replaced(path: Path) -> None:
    result = read(path, notebook(text("a\ud800b\0c\r\nd")))
    assert sources(result) == ["a\ufffdb\ufffdc\nd"]


def test_a_flood_of_cells_and_one_huge_cell_are_cut(path: Path) -> None:
    result = read(path, notebook(*[code("1")] * 5_000))
    assert len(result.notebook.cells) == 2_000
    path.write_text(json.dumps(notebook(code("x" * 50))))
    cut = read_notebook(path, ReadLimits(mend=MendLimits(cell_characters=10)))
    assert sources(cut) == ["x" * 10]


def test_only_small_regular_files_are_read(path: Path, tmp_path: Path) -> None:
    write(path, code("1"))
    with pytest.raises(SubmissionError, match="at most 0 MB"):
        read_notebook(path, ReadLimits(file_bytes=10))
    (tmp_path / "link.ipynb").symlink_to(path)
    with pytest.raises(SubmissionError, match="Links are not followed"):
        read_notebook(tmp_path / "link.ipynb")
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(SubmissionError, match="Expected a regular file"):
        read_notebook(tmp_path / "pipe.ipynb")
    with pytest.raises(SubmissionError, match="readable file"):
        read_notebook(tmp_path / "missing.ipynb")


def test_code_cells_are_numbered_as_jupyter_does_after_run_all(path: Path) -> None:
    cells = cells_of(read(path, notebook(text("t"), code("a"), code("  \n"), code("# only a comment"))).notebook)
    assert [(cell.position, cell.code_cell) for cell in cells] == [(1, None), (2, 1), (3, None), (4, 2)]


def test_long_sources_are_cut_at_the_end_of_a_line_in_evidence(path: Path) -> None:
    (cell,) = cells_of(read(path, notebook(code("x = 1\n" * MAX_SHOWN_SOURCE))).notebook)
    assert cell.truncated
    assert len(cell.source) <= MAX_SHOWN_SOURCE
    assert cell.source.endswith("x = 1")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "cell_type",
                    "source",
                    "metadata",
                    "nbformat",
                    "worksheets",
                    "id",
                    "tags",
                    "kernelspec",
                    "input",
                    "level",
                ]
            ),
            inner | st.sampled_from(["code", "markdown", 3, 4]),
            max_size=6,
        )
    ),
    max_leaves=40,
)


@given(JSON)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_json_is_a_valid_notebook_or_our_error(tmp_path: Path, value: Any) -> None:
    try:
        result = read(tmp_path / "x.ipynb", value)
    except SubmissionError:
        return
    for cell in cells_of(result.notebook):
        cell.model_dump_json()


@given(st.binary(max_size=200))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_a_valid_notebook_or_our_error(tmp_path: Path, content: bytes) -> None:
    try:
        read(tmp_path / "x.ipynb", content)
    except SubmissionError as error:
        str(error).encode("utf-8")
