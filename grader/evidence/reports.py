"""What a written report holds, as evidence: documents, pictures with text in them, differences from the notebook."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from grader.evidence.base import Document

DocumentKind = Literal["docx", "pdf", "markdown", "text"]

SURE_READING = 0.95
"""Agreement of two readings of a picture from which on its code is judged; below it, a person looks.

Measured on screenshots of code: .98 and more when sharp, in light or dark, at 14 to 22 pixels a letter; below .9 when
blurred so that people have to guess."""


class Picture(Document):
    """A picture in which text was looked for."""

    number: int = Field(ge=1)
    """Counted over all pictures of a submission from 1."""
    document: str
    page: int | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    """How sure the text recognition was: how far two readings, at two sizes, agree. None when there was no text."""
    problem: str = ""
    """Why it was not read, in words."""
    png: str = ""
    """The picture itself, made anew and made smaller: PNG in Base64. Empty for those beyond the limit."""


class ReportDocument(Document):
    """One document that was handed in as a report, or beside a notebook."""

    name: str
    kind: DocumentKind
    sha256: str
    pages: int | None = None
    characters: int = 0
    left_out: int = 0
    """Lines of pasted code that are no Python, those in pictures included."""
    notes: tuple[str, ...] = ()
    """What could not be read, in words."""


class Difference(Document):
    """What a report says otherwise than the notebook of the same submission."""

    topic: str
    """As in `Statement.topic`."""
    words: str
    """Both sides, as a sentence for people. May hold names from the student's code: escape it."""
