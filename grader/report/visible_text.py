"""Text from outside, made safe to look at: nothing invisible, nothing that reorders, nothing endless.

Escaping for HTML is the templates' work (autoescape). This module handles what escaping does not: control
characters, bidirectional overrides, zero-width and filler characters, lone surrogates, stacks of combining
marks, terminal escape codes, and sheer size. Idea of making them visible: "Trojan Source", Boucher and
Anderson, 2021 (CVE-2021-42574).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff\ud800-\udfff]"
)
_JOINERS = "\u200c\u200d"
"""Needed to write Persian, Hindi and many emoji: kept in prose, shown in code."""
_DIRECTION_HINTS = "\u200e\u200f\u061c"
"""Weak hints in honest right-to-left prose: dropped there (the page isolates such text), shown in code."""
_STACKED = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
                      "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip
_LINE_END = re.compile("\r\n|\r|\n")
_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # control sequences: colours, cursor moves
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links and other strings
    r"|\x1b[ -/]*[0-~]"  # two-character escapes
)

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Block:
    """Several lines of text, and a notice when they are not all of it (else empty)."""

    text: str
    notice: str = ""


def prose(text: str, limit: int) -> str:
    """One line of text for people: white space collapsed, at most `limit` characters."""
    raw = text[: 4 * limit + 64]
    line = " ".join(_tame(raw.replace("\x85", " "), code=False).split())
    return _cut(line, limit, more=len(text) > len(raw))


def block(text: str, *, characters: int, lines: int) -> Block:
    """Several lines of text for people, white space kept, with a notice when something was left out."""
    rows = _tame(_LINE_END.sub("\n", text[:characters]), code=False).split("\n")
    shown = "\n".join(rows[:lines])
    if len(rows) > lines or len(text) > characters:
        return Block(shown.rstrip() + ELLIPSIS, f"Cut here. The whole text has {len(text):,} characters.")
    return Block(shown)


def code(text: str, limit: int = 100_000) -> str:
    """A piece of code or of output: every unusual character shown by its number, lines ended by `\\n`."""
    return _cut(_tame(_LINE_END.sub("\n", text[: limit + 1]), code=True), limit)


def terminal(text: str, *, characters: int, lines: int) -> Block:
    """Output meant for a terminal, escape codes removed; the last lines, for that is where errors end."""
    raw = text[-4 * characters :]
    rows = _LINE_END.split(_ANSI.sub("", raw)[-characters:])
    shown = _tame("\n".join(rows[-lines:]), code=True)
    if len(rows) > lines or len(text) > characters:
        return Block(shown, "Only the end is shown.")
    return Block(shown)


def source_lines(text: str) -> list[str]:
    """Lines of a source text as Python's parser counts them (form feeds and U+2028 end no line)."""
    return _LINE_END.split(text)


def _tame(text: str, *, code: bool) -> str:
    if text.isascii() and text.isprintable():
        return text
    shown = _SUSPECT.sub(_show_code if code else _show_prose, text)
    return _STACKED.sub(r"\1", shown)


def _show_code(match: re.Match[str]) -> str:
    character = match.group()
    number = ord(character)
    if number < 0x20:
        return chr(0x2400 + number)  # the Unicode pictures of control characters
    return "\ufffd" if 0xD800 <= number <= 0xDFFF else f"⟨U+{number:04X}⟩"


def _show_prose(match: re.Match[str]) -> str:
    character = match.group()
    if character in _JOINERS:
        return character
    if character in _DIRECTION_HINTS:
        return ""
    if character in "\u2028\u2029\x0b\x0c":
        return "\n"
    return _show_code(match)


def _cut(text: str, limit: int, *, more: bool = False) -> str:
    if len(text) > limit:
        return text[: limit - 1].rstrip() + ELLIPSIS
    return text + ELLIPSIS if more else text
