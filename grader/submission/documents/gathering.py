"""Collect a document's blocks within the limits; what is left out is said."""

from __future__ import annotations

from grader.submission.documents.blocks import (
    MAX_BLOCKS,
    MAX_CHARACTERS,
    MAX_KEPT_PICTURES,
    MAX_NOTES,
    MAX_PICTURES,
    Block,
    BlockKind,
    ReadBlocks,
)
from grader.submission.documents.recognise import Recogniser


class UnreadableError(Exception):
    """The document is not what it says it is, or too large. The message is for people."""


class Gathering:
    """Blocks so far. Everything is in reading order."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._blocks: list[Block] = []
        self._notes: list[str] = []
        self._characters = 0
        self._pictures = 0
        self._recogniser = recogniser

    def note(self, words: str) -> None:
        """Remember what could not be read; each sentence once."""
        if words not in self._notes and len(self._notes) < MAX_NOTES:
            self._notes.append(words[:500])

    def text(self, text: str, kind: BlockKind = "text", *, level: int = 1, page: int | None = None) -> None:
        """A paragraph, heading or listing."""
        text = text.replace("\x00", "")
        if not text.strip():
            return
        room = MAX_CHARACTERS - self._characters
        if room <= 0 or len(self._blocks) >= MAX_BLOCKS:
            self.note("The document is very long: only its beginning was read.")
            return
        self._characters += min(len(text), room)
        level = min(6, max(1, level))
        self._blocks.append(Block(kind=kind, text=_clean(text[:room]), level=level, page=page))

    def picture(self, data: bytes, *, page: int | None = None) -> None:
        """A picture, in which text is looked for."""
        if len(self._blocks) >= MAX_BLOCKS:
            return
        self._pictures += 1
        if self._pictures > MAX_PICTURES:
            self.note(f"Only the first {MAX_PICTURES} pictures were looked at.")
            return
        seen = self._recogniser.read(data, keep=self._pictures <= MAX_KEPT_PICTURES)
        if seen is not None:
            self._blocks.append(
                Block(kind="picture", text=_clean(seen.text), page=page, confidence=seen.confidence,
                      problem=seen.problem[:300], png=seen.png)
            )  # fmt: skip

    def done(self, pages: int | None = None) -> ReadBlocks:
        """All of it."""
        return ReadBlocks(blocks=tuple(self._blocks), pages=pages, notes=tuple(self._notes))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
