"""What a document consists of, as it crosses from the process that reads it to the grader."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_CHARACTERS = 1_000_000
"""Of text kept of one document; a thesis has half of that."""
MAX_BLOCKS = 20_000
MAX_PICTURES = 24
"""Pictures of one document in which text is looked for; four pieces of code take four."""
MAX_PICTURE_BASE64 = 700_000
MAX_KEPT_PICTURES = 12
MAX_NOTES = 50

BlockKind = Literal["heading", "text", "code", "picture"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Block(_Part):
    """A paragraph, a heading, a listing, or a picture with what was read in it."""

    kind: BlockKind
    text: Annotated[str, Field(max_length=MAX_CHARACTERS)] = ""
    level: Annotated[int, Field(ge=1, le=6)] = 1
    """Of a heading."""
    page: int | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    """Of a picture: how far two readings of it agree; None where nothing was recognised."""
    problem: Annotated[str, Field(max_length=300)] = ""
    png: Annotated[str, Field(max_length=MAX_PICTURE_BASE64)] = ""


class ReadBlocks(_Part):
    """All of a document."""

    blocks: Annotated[tuple[Block, ...], Field(max_length=MAX_BLOCKS)] = ()
    pages: int | None = None
    notes: Annotated[tuple[Annotated[str, Field(max_length=500)], ...], Field(max_length=MAX_NOTES)] = ()


class Refused(_Part):
    """Why a document could not be read, in words."""

    refused: Annotated[str, Field(max_length=500)]
