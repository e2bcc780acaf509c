"""A CSV file as a learning platform made it, read and written back so that only what was changed differs.

Encoding, byte order mark, separator, line ends and quoting stay as they were; so do columns nobody asked about.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.errors import SubmissionError, UsageError
from grader.submission.files import read_regular_file

LARGEST_FILE: Final = 32 * 2**20
LONGEST_CELL: Final = 2**20
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SEPARATORS: Final = (",", ";", "\t")
_FORMULA: Final = re.compile("[=+\\-@\t\r]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,12}([.,][0-9]{1,9})?")


@dataclass(frozen=True)
class Form:
    """How the file is written."""

    encoding: str = "utf-8"
    mark: bytes = b""
    """The byte order mark, if there is one."""
    separator: str = ","
    line_end: str = "\r\n"
    quote_all: bool = False


@dataclass
class Table:
    """A head and rows; rows may be shorter or longer than the head, as they came."""

    head: list[str]
    rows: list[list[str]]
    form: Form

    def column(self, *names: str) -> int | None:
        """The first column with one of these names, letter case and blanks around it apart."""
        wanted = {name.casefold() for name in names}
        return next((at for at, name in enumerate(self.head) if name.strip().casefold() in wanted), None)

    def cell(self, row: int, column: int | None) -> str:
        """What stands there; empty beyond a row's end or for a column that is not there."""
        cells = self.rows[row]
        return cells[column] if column is not None and column < len(cells) else ""

    def put(self, row: int, column: int, text: str) -> None:
        """Write a cell; a row that is too short grows."""
        cells = self.rows[row]
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = text


def read_table(path: Path) -> Table:
    """Read the CSV at `path`.

    Raises:
        UsageError: it cannot be read, is too large, or is no table.
    """
    try:
        content = read_regular_file(path, LARGEST_FILE)
    except SubmissionError as problem:
        raise UsageError(expected="a CSV file", received=problem.received, where=path) from problem
    return table_from(content, str(path))


def table_from(content: bytes, where: str) -> Table:
    """Read a CSV file's bytes; `where` names it in errors.

    Raises:
        UsageError: it is no table.
    """
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "utf-8"))
    raw = content[len(mark) :]
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as problem:
        if mark:
            raise UsageError(
                expected=f"text in {encoding}, as its first bytes say", received="other bytes", where=where,
                todo="Download the file again.",
            ) from problem  # fmt: skip
        encoding = "cp1252" if not set(raw) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "latin-1"
        text = raw.decode(encoding)
    first = _first_record(text)
    separator = max(_SEPARATORS, key=lambda one: len(_records(first, one, where)[0]) if first.strip() else 0)
    ended = re.search(r"\r\n|\n|\r", text[len(first) :])
    form = Form(encoding, mark, separator, ended.group() if ended else "\r\n", _all_quoted(first, separator))
    records = _records(text, separator, where)
    if not records or not any(cell.strip() for cell in records[0]):
        raise UsageError(
            expected="a table with a head", received="none", where=where,
            todo="Download the file from your platform as CSV.",
        )  # fmt: skip
    return Table(records[0], records[1:], form)


def table_bytes(table: Table) -> bytes:
    """The file's bytes. Characters that its encoding lacks become `?`."""
    out = io.StringIO()
    form = table.form
    writers = {
        quoting: csv.writer(out, delimiter=form.separator, lineterminator=form.line_end, quoting=quoting)
        for quoting in (csv.QUOTE_ALL, csv.QUOTE_MINIMAL)
    }
    for row in (table.head, *table.rows):
        # Python leaves a line end bare that is not the file's own kind of line end.
        quoted = form.quote_all or any("\r" in cell or "\n" in cell for cell in row)
        writers[csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL].writerow(row)
    return table.form.mark + out.getvalue().encode(table.form.encoding, "replace")


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet may run that cell: it starts like a formula, says something, and is no number.

    A lone `-` is what Moodle writes for "never".
    """
    if _FORMULA.match(text) is None or _NUMBER.fullmatch(text.strip()) is not None:
        return False
    return any(character.isalnum() for character in text)


def disarmed(text: str) -> str:
    """`text` with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if starts_formula(text) else text


def _records(text: str, separator: str, where: str) -> list[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as problem:
        raise UsageError(
            expected="a CSV file", received=f"a damaged one ({problem})", where=where, todo="Download the file again."
        ) from problem


def _first_record(text: str) -> str:
    """The head as it is written, without its line end; a quoted cell may hold line ends."""
    quoted = False
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            return text[:at]
    return text


def _all_quoted(record: str, separator: str) -> bool:
    return re.fullmatch(rf'"(?:[^"]|"")*"(?:{re.escape(separator)}"(?:[^"]|"")*")*', record) is not None
