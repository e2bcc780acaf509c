"""What a reader of the rendered notebook does not see of a text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_HIDING = re.compile(
    r"color\s{0,3}[:=]\s{0,3}[\"']?(?:white|#fff|transparent|rgba?\(\s{0,3}255)|display\s{0,3}:\s{0,3}none|font-size\s{0,3}:\s{0,3}0"
    r"|visibility\s{0,3}:\s{0,3}hidden|opacity\s{0,3}:\s{0,3}0(?!\.?\d*[1-9])|\bhidden\b(?=[^<>]{0,40}>)|\\phantom\b"
    r"|\\(?:text)?color\s{0,3}\{white\}"
)
_MIN_COMMENT_WORDS = 4
"""Shorter comments are left by editors and templates."""


@dataclass(frozen=True)
class Visible:
    """A text without what cannot be seen, and flags for what was there."""

    text: str
    flags: tuple[str, ...]


def strip_hidden(text: str) -> Visible:
    """Take out invisible characters and HTML comments; text hidden by style stays, flagged `hidden_text`."""
    flags: list[str] = []
    shown = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cf", "Cc", "Cs", "Co"))
    # A joiner inside an emoji or a soft hyphen is no trick; dozens of invisible characters, or tags, are.
    if len(text) - len(shown) > _harmless(text):
        flags.append("hidden_characters")
    without, comments = _without_comments(shown)
    if len(comments.split()) >= _MIN_COMMENT_WORDS or _HIDING.search(without.lower()):
        flags.append("hidden_text")
    return Visible(without.strip(), tuple(flags))


def _harmless(text: str) -> int:
    return sum(text.count(c) for c in "\u00ad\u200d\ufeff\r")


def _without_comments(text: str) -> tuple[str, str]:
    kept: list[str] = []
    removed: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        kept.append(text[position:start])
        end = text.find("-->", start + 4)
        removed.append(text[start + 4 : end if end >= 0 else len(text)])
        position = end + 3 if end >= 0 else len(text)
    kept.append(text[position:])
    return "".join(kept), " ".join(removed)
