"""From a file's bytes to JSON values: tolerant of encodings, strict about depth and number of parts."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field
from typing import Any

from grader.errors import SubmissionError

MAX_PARTS = 3_000_000
"""Opening brackets in a notebook's text: bounds the memory that its objects and lists take."""

MAX_DIGITS = 300
"""Of one number; longer ones stop Python's conversion or every reader after us."""

_SAVE_AGAIN = "Open it in Jupyter or Colab, save it under a new name, and hand that in."

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte-order mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


def decode(content: bytes, repairs: list[str]) -> str:
    """The text of `content`; anything but plain UTF-8 adds a sentence to `repairs`. Never fails."""
    for mark, encoding, name in _MARKS:
        if content.startswith(mark):
            repairs.append(f"The file was stored as {name}; it was read as that.")
            return content.decode(encoding, "replace")
    if b"\0" in content[:4]:
        # JSON begins with an ASCII character, so NULs among the first bytes betray the width (RFC 4627, section 3).
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
        repairs.append("The file was stored as UTF-16 without a mark; it was read as that.")
        return content.decode(encoding, "replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        repairs.append("The file is not UTF-8; it was read as Western European text, some characters may be wrong.")
        return content.decode("cp1252", "replace")


def parse(text: str, where: str, repairs: list[str]) -> Any:
    """The JSON value in `text`; what JSON forbids but Python can read adds a sentence to `repairs`.

    Raises:
        SubmissionError: not JSON (with line and column), too deep, or too many parts.
    """
    _refuse_other_files(text, where)
    parts = text.count("{") + text.count("[")
    if parts > MAX_PARTS:
        raise SubmissionError(
            expected=f"at most {MAX_PARTS} objects and lists", received=str(parts), where=where,
            todo='Choose "Clear all outputs" in Jupyter, save, and hand it in again.',
        )  # fmt: skip
    oddities = _Oddities()
    try:
        try:
            value = oddities.read(text)
        except json.JSONDecodeError as error:
            value = _without_trailing_commas(text, error, oddities, repairs)
    except json.JSONDecodeError as error:
        problem = error.msg.removesuffix(" starting at")
        raise SubmissionError(
            expected="a notebook in JSON",
            received=f"text that stops being JSON at line {error.lineno}, column {error.colno} ({problem})",
            where=f"{where}:{error.lineno}", todo=_SAVE_AGAIN,
        ) from None  # fmt: skip
    except (RecursionError, MemoryError):
        raise SubmissionError(
            expected="a notebook", received="JSON nested too deeply to be one", where=where, todo=_SAVE_AGAIN
        ) from None
    repairs.extend(oddities.sentences())
    return value


_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=[ \t\r\n]*[\]}])', re.DOTALL)


def _without_trailing_commas(text: str, error: json.JSONDecodeError, oddities: _Oddities, repairs: list[str]) -> Any:
    """Read `text` again without commas before a closing bracket: what resolving a Git merge by hand leaves behind.

    Raises:
        json.JSONDecodeError: the first `error`, if that was not (all of) the trouble.
    """
    before = text[max(0, error.pos - 1000) : error.pos].rstrip()
    if not before.endswith(",") and text[error.pos : error.pos + 1] != ",":
        raise error
    mended = _STRING_OR_COMMA.sub(lambda found: "" if found.group() == "," else found.group(), text)
    try:
        value = oddities.read(mended)
    except json.JSONDecodeError:
        raise error from None
    repairs.append(f"A comma too many was left out (first at line {error.lineno}).")
    return value


def _refuse_other_files(text: str, where: str) -> None:
    start = text[:4096].lstrip().lower()
    looks_like = None
    if not start:
        looks_like = "an empty file"
    elif start.startswith(("<!doctype", "<html", "<?xml")):
        looks_like = "a web page (the page around the notebook was saved, not the notebook)"
    elif start.startswith("version https://git-lfs"):
        looks_like = "a Git LFS pointer, not the file it points to"
    elif start.startswith("pk\x03\x04"):
        looks_like = "a zip archive"
    elif start.startswith("%pdf"):
        looks_like = "a PDF document"
    elif "\n<<<<<<< " in text and "\n>>>>>>> " in text:
        looks_like = "a file with the marks of an unresolved Git merge (<<<<<<<)"
    if looks_like:
        raise SubmissionError(expected="a notebook in JSON", received=looks_like, where=where, todo=_SAVE_AGAIN)


@dataclass
class _Oddities:
    """Counts what was read although JSON does not allow it."""

    doubled: set[str] = field(default_factory=set)
    constants: int = 0
    numbers: int = 0

    def read(self, text: str) -> Any:
        """The JSON value in `text`."""
        return json.loads(
            text,
            object_pairs_hook=self.object,
            parse_constant=self.constant,
            parse_int=self.integer,
            parse_float=self.decimal,
        )

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs) and len(self.doubled) < 5:
            names = [name for name, _ in pairs]
            self.doubled.update(sorted({name[:40] for name in names if names.count(name) > 1})[:5] if len(names) < 100
                                else ["(many)"])  # fmt: skip
        return value

    def constant(self, _: str) -> None:
        self.constants += 1

    def integer(self, digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            self.numbers += 1
            return 0
        return int(digits)

    def decimal(self, digits: str) -> float:
        if len(digits) > MAX_DIGITS:
            self.numbers += 1
            return 0.0
        return float(digits)

    def sentences(self) -> list[str]:
        found = []
        if self.doubled:
            keys = ", ".join(f"“{name}”" for name in sorted(self.doubled))
            found.append(f"Some keys stood twice in one object ({keys}); the last one counted.")
        if self.constants:
            found.append("NaN or Infinity stood in the file, which JSON does not know; they were left out.")
        if self.numbers:
            found.append(f"Numbers of more than {MAX_DIGITS} digits were left out.")
        return found
