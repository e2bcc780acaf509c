"""Word documents, by python-docx: paragraphs, tables and pictures in reading order."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from grader.submission.documents.gathering import Gathering, UnreadableError
from grader.zip_errors import DECODER_ERRORS

MAX_MEMBERS = 3000
MAX_UNPACKED = 250_000_000
"""Bytes of all members together; a report with forty screenshots has 20 million."""
MAX_XML = 40_000_000
"""Bytes of one XML member: it is parsed into memory at some ten times its size."""
MAX_DEPTH = 8
"""Of tables within tables."""

_DAMAGED = (
    ValueError, KeyError, AttributeError, TypeError, IndexError, OSError, NotImplementedError, EOFError,
    zipfile.BadZipFile, *DECODER_ERRORS,
)  # fmt: skip
"""python-docx has no error of its own for documents that are not as the standard says."""

_MONOSPACED = re.compile(r"consol|courier|mono|menlo|monaco|source ?code|fira ?code|jetbrains", re.IGNORECASE)
_CODE_STYLE = re.compile(r"code|preformatted|listing|verbatim|plain ?text", re.IGNORECASE)
_HEADING = re.compile(r"(?:heading|title|überschrift|título|titre)\s*(\d?)", re.IGNORECASE)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"


def read_docx(data: bytes, into: Gathering) -> None:
    """Add all that a reader sees of a Word document.

    Raises:
        UnreadableError: no Word document, locked, or a bomb.
    """
    _check_archive(data)
    import docx
    from lxml import etree

    try:
        document = docx.Document(io.BytesIO(data))
        _content(document, into, 0)
    except (*_DAMAGED, etree.Error) as problem:
        raise UnreadableError(f"The Word document is damaged ({type(problem).__name__}).") from problem


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, *DECODER_ERRORS) as problem:
        raise UnreadableError("This is no Word document (.docx), or it is damaged.") from problem
    if any(member.flag_bits & 0x1 for member in members):
        raise UnreadableError("The Word document is locked with a password.")
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED:
        raise UnreadableError("The Word document unpacks to more than a report can hold.")
    if any(member.file_size > MAX_XML for member in members if member.filename.casefold().endswith((".xml", ".rels"))):
        raise UnreadableError("The Word document unpacks to more than a report can hold.")


def _content(container: Any, into: Gathering, depth: int) -> None:
    from docx.table import Table

    for item in container.iter_inner_content():
        if isinstance(item, Table):
            _table(item, into, depth)
        else:
            _paragraph(item, into)


def _table(table: Any, into: Gathering, depth: int) -> None:
    if depth >= MAX_DEPTH:
        into.note("Tables within tables were left out.")
        return
    seen: set[int] = set()
    for row in table.rows:
        for cell in row.cells:
            # A merged cell is given once for each column it spans.
            if id(cell._tc) not in seen:
                seen.add(id(cell._tc))
                _content(cell, into, depth + 1)


def _paragraph(paragraph: Any, into: Gathering) -> None:
    style = str(getattr(paragraph.style, "name", "") or "")
    text = _with_breaks(paragraph)
    heading = _HEADING.match(style)
    if heading:
        into.text(text, "heading", level=int(heading[1] or 1))
    elif _CODE_STYLE.search(style) or _is_monospaced(paragraph):
        into.text(text, "code")
    else:
        into.text(_bullet(style) + text if text.strip() else "")
    for blip in paragraph._p.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}blip"):
        part = paragraph.part.related_parts.get(blip.get(_RELATION))
        blob = getattr(part, "blob", None)
        if isinstance(blob, bytes):
            into.picture(blob)


def _with_breaks(paragraph: Any) -> str:
    """The text with links, and without what is marked as hidden."""
    pieces: list[str] = []
    for inner in paragraph.iter_inner_content():
        for run in getattr(inner, "runs", None) or [inner]:
            if getattr(getattr(run, "font", None), "hidden", None):
                continue
            pieces.append(run.text)
    return "".join(pieces)


def _is_monospaced(paragraph: Any) -> bool:
    runs = [run for run in paragraph.runs if run.text.strip()]
    names = [str(run.font.name or getattr(getattr(paragraph.style, "font", None), "name", "") or "") for run in runs]
    return bool(names) and all(_MONOSPACED.search(name) for name in names)


def _bullet(style: str) -> str:
    return "- " if style.casefold().startswith("list") else ""
