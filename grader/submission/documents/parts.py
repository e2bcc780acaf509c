"""From a document's blocks to parts: prose as Markdown, listings as Python, pictures as what was read in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from grader.evidence.model import Cell
from grader.evidence.reports import Picture, ReportDocument
from grader.source.pasted import looks_like_code, repair
from grader.submission.documents.blocks import Block
from grader.submission.documents.read import ReadDocument

MAX_PART = 100_000
"""Characters of one part."""
MOST_KEPT_PICTURES = 24

_SHARE_OF_CODE = 0.5
"""Share of a picture's lines that look like code from which on it is taken for a picture of code."""


@dataclass
class ReportContent:
    """All documents of one submission."""

    documents: list[ReportDocument] = field(default_factory=list)
    parts: list[Cell] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


def report_content(documents: Iterable[ReadDocument], *, after: int = 0) -> ReportContent:
    """Parts and pictures of all documents, numbered through.

    Args:
        after: number of cells in the notebook that came with them: positions go on from there.
    """
    content = ReportContent()
    positions = count(after + 1)
    for document in documents:
        left_out = 0
        for kind, text, picture in _pieces(document, content):
            source, problems = (text, 0) if kind == "markdown" else _python(text, picture)
            left_out += problems
            if not source.strip():
                kind, source = "markdown", text
            if source.strip():
                content.parts.append(
                    Cell(
                        position=next(positions), kind="code" if kind == "code" else "markdown",
                        source=source[:MAX_PART], truncated=len(source) > MAX_PART, document=document.name,
                        picture=picture,
                    )
                )  # fmt: skip
        notes = list(document.blocks.notes)
        if left_out:
            notes.append(f"{left_out} lines of pasted code are no Python and were left out.")
        content.documents.append(
            ReportDocument(
                name=document.name, kind=document.kind, sha256=document.sha256, pages=document.blocks.pages,
                characters=sum(len(block.text) for block in document.blocks.blocks), left_out=left_out,
                notes=tuple(notes),
            )
        )  # fmt: skip
    return content


def _python(text: str, picture: int | None) -> tuple[str, int]:
    pasted = repair(text, from_picture=picture is not None)
    return pasted.source, len(pasted.left_out)


def _pieces(document: ReadDocument, content: ReportContent) -> Iterator[tuple[str, str, int | None]]:
    """`markdown` or `code`, its text, and the number of the picture it was read from."""
    prose: list[str] = []
    code: list[str] = []
    for block in document.blocks.blocks:
        if block.kind == "picture":
            yield from _flushed(prose, code)
            yield from _of_picture(block, document, content)
            continue
        if block.kind == "heading":
            if code:
                yield from _flushed(prose, code)
            prose.append("#" * block.level + " " + " ".join(block.text.split()))
            continue
        for line in block.text.split("\n"):
            if block.kind == "code" and line.strip():
                is_code = True
            elif not line.strip():
                # A blank line belongs to whatever stands around it.
                (code or prose).append("")
                continue
            else:
                is_code = looks_like_code(line) or (bool(code) and _goes_on(code))
            if is_code:
                if prose:
                    yield from _flushed(prose, [])
                code.append(line)
            else:
                if code:
                    yield from _flushed([], code)
                prose.append(line)
        if prose:
            # Paragraphs are parted; pasted lines of code, each of them a paragraph, are not.
            prose.append("")
    yield from _flushed(prose, code)


def _flushed(prose: list[str], code: list[str]) -> Iterator[tuple[str, str, int | None]]:
    for kind, lines in (("markdown", prose), ("code", code)):
        text = "\n".join(lines).strip("\n")
        lines.clear()
        if text.strip():
            yield kind, text, None


def _goes_on(code: list[str]) -> bool:
    """Whether the code so far has open brackets, so that the next line belongs to it."""
    recent = "\n".join(code[-25:])
    if sum(map(recent.count, "([{")) > sum(map(recent.count, ")]}")):
        return True
    return code[-1].rstrip().endswith((",", "\\", "="))


def _of_picture(block: Block, document: ReadDocument, content: ReportContent) -> Iterator[tuple[str, str, int | None]]:
    number = len(content.pictures) + 1
    content.pictures.append(
        Picture(
            number=number, document=document.name, page=block.page, confidence=block.confidence,
            problem=block.problem, png=block.png if number <= MOST_KEPT_PICTURES else "",
        )
    )  # fmt: skip
    lines = [line for line in block.text.split("\n") if line.strip()]
    if not lines:
        return
    like_code = sum(map(looks_like_code, lines))
    if (like_code >= 2 and like_code >= _SHARE_OF_CODE * len(lines)) or like_code == len(lines):
        yield "code", block.text, number
        return
    if like_code < 2:
        yield "markdown", block.text, number
        return
    # A scanned page holds both.
    page = Block(kind="text", text=block.text, page=block.page)
    mixed = ReadDocument(
        document.name, document.kind, document.sha256, document.blocks.model_copy(update={"blocks": (page,)})
    )
    for kind, text, _ in _pieces(mixed, content):
        yield kind, text, number
