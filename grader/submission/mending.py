"""Build a clean format-4.5 notebook from whatever JSON value a file held."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from grader.errors import SubmissionError
from grader.submission.identity import display_name
from grader.submission.nbgrader_cells import nbgrader_cell


@dataclass(frozen=True)
class MendLimits:
    """How much of a notebook is taken."""

    cells: int = 2_000
    cell_characters: int = 1_000_000
    total_characters: int = 20_000_000
    tags: int = 20


@dataclass(frozen=True)
class Mended:
    """A clean notebook as plain dictionaries, and what was done to get there."""

    notebook: dict[str, Any]
    repairs: tuple[str, ...]


_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_KERNEL_NAME = re.compile(r"[A-Za-z0-9._ ()+-]{1,100}")
_EMBEDDED = re.compile(r"data:[\w/+.;=-]{0,100};base64,[A-Za-z0-9+/=]{200,}+")
_SURROGATE = re.compile("[\ud800-\udfff\0]")
_KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
_OPEN_AND_SAVE = "Open it in Jupyter or Colab, save it under a new name, and hand that in."


def mend(value: Any, where: str, limits: MendLimits) -> Mended:
    """A clean notebook with the code, Markdown and raw cells of `value`.

    Raises:
        SubmissionError: `value` is no notebook of format 3 or 4.
    """
    repairs = _Repairs()
    cells: list[dict[str, Any]] = []
    used: set[str] = set()
    left = limits.total_characters
    for position, cell in enumerate(_raw_cells(value, where, repairs), start=1):
        if position > limits.cells:
            repairs.note(f"Only the first {limits.cells} cells were taken.")
            break
        source = _source(cell, min(limits.cell_characters, left), repairs)
        left -= len(source)
        cells.append(_clean_cell(cell, position, source, used, repairs, limits))
    minor = value.get("nbformat_minor")
    has_ids = value.get("nbformat") == 4 and isinstance(minor, int) and minor >= 5
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": dict(_KERNELSPEC), "language_info": {"name": "python"}},
        "cells": cells,
    }
    _check_kernel(value, repairs)
    return Mended(notebook, repairs.sentences(has_ids))


@dataclass
class _Repairs:
    """Collects what was mended: sentences of their own, and counts of what happens per cell."""

    own: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, sentence: str) -> None:
        if sentence not in self.own:
            self.own.append(sentence)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def sentences(self, has_ids: bool) -> tuple[str, ...]:
        # Formats before 4.5 know no ids: their absence is no slip.
        counted = [f"{what} ({n} ×)." for what, n in self.counts.items() if has_ids or what != _MISSING_ID]
        return (*self.own, *counted)


_MISSING_ID = "A cell without a valid id got one"


def _raw_cells(value: Any, where: str, repairs: _Repairs) -> Iterator[Any]:
    if not isinstance(value, dict):
        raise _no_notebook(f"JSON of another kind ({_kind(value)})", where)
    cells, worksheets = value.get("cells"), value.get("worksheets")
    if value.get("nbformat") not in (3, 4):
        # A number only: a stranger's nested value has no business in our sentence.
        stated = value.get("nbformat")
        said = str(stated) if isinstance(stated, int) and abs(stated) < 1000 else "none that is known"
        repairs.note(f"The notebook format is {said}; it was read as format 4.")
    if isinstance(cells, list):
        return iter(cells)
    if isinstance(worksheets, list):
        repairs.note("A notebook of format 3 was brought to format 4.")
        sheets = (sheet.get("cells") for sheet in worksheets if isinstance(sheet, dict))
        return (cell for sheet in sheets if isinstance(sheet, list) for cell in sheet)
    if isinstance(cells, dict):
        repairs.note("The cells stood in an object instead of a list.")
        return iter(cells.values())
    raise _no_notebook("JSON without a list of cells", where)


def _clean_cell(
    cell: Any, position: int, source: str, used: set[str], repairs: _Repairs, limits: MendLimits
) -> dict[str, Any]:
    cell = cell if isinstance(cell, dict) else {}
    kind = _cell_kind(cell, repairs)
    if kind == "markdown" and cell.get("cell_type") == "heading":
        level = cell.get("level")
        source = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " " + source
    metadata = cell.get("metadata")
    if not isinstance(metadata, dict):
        repairs.count("A cell without metadata got some")
        metadata = {}
    if cell.get("attachments"):
        repairs.count("An attached picture or file was left out")
    if kind == "markdown" and "base64," in source:
        # Colab writes pasted pictures into the text, megabytes in one line: they would push out the words after them.
        source, pictures = _EMBEDDED.subn("data:,", source)
        for _ in range(pictures):
            repairs.count("A picture embedded in a text cell was left out")
    clean: dict[str, Any] = {
        "cell_type": kind,
        "id": _cell_id(cell, position, used, repairs),
        "metadata": _tags(metadata, limits) | _nbgrader(metadata, kind),
        "source": source,
    }
    if kind == "code":
        if not source.strip() and cell.get("outputs"):
            # Outputs are dropped everywhere; without any code that could have made them they are worth a word.
            repairs.count("An output stored in a cell without code was left out")
        clean |= {"execution_count": None, "outputs": []}
    return clean


def _cell_kind(cell: dict[str, Any], repairs: _Repairs) -> str:
    kind = cell.get("cell_type")
    if kind in ("code", "markdown", "raw"):
        return str(kind)
    if kind in ("heading", "html"):
        return "markdown"
    if kind is None and "outputs" in cell:
        repairs.count("A cell without a type was taken for code")
        return "code"
    repairs.count("A cell of an unknown type was taken for raw text")
    return "raw"


def _source(cell: Any, limit: int, repairs: _Repairs) -> str:
    stated: Any = ""
    if isinstance(cell, dict):
        # Format 3 keeps code under `input`.
        stated = cell.get("source", cell.get("input", ""))
    else:
        repairs.count("A cell that was no object was emptied")
    pieces = [piece for piece in stated if isinstance(piece, str)] if isinstance(stated, list) else [stated]
    if isinstance(stated, list) and len(pieces) != len(stated):
        repairs.count("Parts of a cell's source that were no text were left out")
    if not all(isinstance(piece, str) for piece in pieces):
        repairs.count("A cell whose source was no text was emptied")
        pieces = []
    source = "".join(pieces)
    if len(source) > limit:
        repairs.count("A cell too long to be taken as a whole was cut")
        source = source[:limit]
    if _SURROGATE.search(source):
        repairs.count("Characters that no file may hold were replaced in a cell")
        source = _SURROGATE.sub("\ufffd", source)
    return source.replace("\r\n", "\n").replace("\r", "\n")


def _cell_id(cell: dict[str, Any], position: int, used: set[str], repairs: _Repairs) -> str:
    stated = cell.get("id")
    if isinstance(stated, str) and _CELL_ID.fullmatch(stated):
        if stated not in used:
            used.add(stated)
            return stated
        repairs.count("A cell id that stood twice was replaced")
    else:
        repairs.count(_MISSING_ID)
    made = f"cell-{position}"
    while made in used:
        made += "-x"
    used.add(made)
    return made


def _tags(metadata: dict[str, Any], limits: MendLimits) -> dict[str, Any]:
    """Tags survive: a cell that announces `raises-exception` is meant to fail.

    `skip-execution` does not: nbclient obeys it, while "Restart and run all" in Jupyter runs the cell.
    """
    tags = metadata.get("tags")
    if not isinstance(tags, list):
        return {}
    plain = [tag for tag in tags[: limits.tags * 10] if isinstance(tag, str) and re.fullmatch(r"[\w.:-]{1,64}", tag)]
    kept = [tag for tag in dict.fromkeys(plain) if tag != "skip-execution"][: limits.tags]
    return {"tags": kept} if kept else {}


def _nbgrader(metadata: dict[str, Any], kind: str) -> dict[str, Any]:
    said = nbgrader_cell(metadata, kind)
    return {} if said is None else {"nbgrader": said.model_dump()}


def _check_kernel(value: dict[str, Any], repairs: _Repairs) -> None:
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        repairs.note("The notebook had no metadata.")
        return
    spec, info = metadata.get("kernelspec"), metadata.get("language_info")
    spec = spec if isinstance(spec, dict) else {}
    info = info if isinstance(info, dict) else {}
    language = next((text for text in (info.get("name"), spec.get("language")) if isinstance(text, str)), "python")
    name = spec.get("name")
    if not language.casefold().startswith(("python", "ipython")):
        repairs.note(f"The notebook says it is written in {display_name(language, 40)}; it is run as Python.")
    elif not isinstance(name, str):
        repairs.note("The notebook names no kernel; it is run with Python 3.")
    elif not _KERNEL_NAME.fullmatch(name):
        repairs.note("The name of the notebook's kernel is not usable; it is run with Python 3.")


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false"}.get(
        type(value), "nothing"
    )


def _no_notebook(received: str, where: str) -> SubmissionError:
    return SubmissionError(expected="a notebook", received=received, where=where, todo=_OPEN_AND_SAVE)
