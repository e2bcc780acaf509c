"""Markdown and plain text."""

from __future__ import annotations

import re

from grader.submission.decoding import decode
from grader.submission.documents.gathering import Gathering

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*)")


def read_plain(data: bytes, into: Gathering) -> None:
    """Text with its headings and listings. Markdown's pictures are files elsewhere, and are not looked for."""
    repairs: list[str] = []
    text = decode(data, repairs)
    for note in repairs:
        into.note(note)
    paragraph: list[str] = []
    fence = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                into.text("\n".join(paragraph), "code")
                paragraph, fence = [], ""
            else:
                paragraph.append(line)
            continue
        heading = _HEADING.match(line)
        if mark or heading or not line.strip():
            into.text("\n".join(paragraph))
            paragraph = []
            if mark:
                fence = mark[1]
            elif heading:
                into.text(heading[2], "heading", level=len(heading[1]))
            continue
        paragraph.append(line)
    into.text("\n".join(paragraph), "code" if fence else "text")
