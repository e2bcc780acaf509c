"""What a reader of the rendered notebook does not see of a text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from grader.answers.unrendered import is_unrendered

_HIDING = re.compile(
    r"\bhidden\b(?=[^<>]{0,40}>)|\\phantom\b|\\(?:text)?color\s{0,3}\{|<style\b"
    r"""|\bclass\s{0,3}=\s{0,3}["'][^"'<>]{0,80}?(?:hid|sr-only|invisible)"""
)
_STYLE = re.compile(r"""\bstyle\s{0,3}=\s{0,3}(?:"([^"]{0,1000})|'([^']{0,1000})|([^\s>]{0,1000}))""")
_FONT_COLOR = re.compile(r"""<font\b[^>]{0,200}?\bcolor\s{0,3}=\s{0,3}["']?([^"'\s>]{0,50})""")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]\n]{1,100}\]:[ \t]{0,9}\S{1,200}[ \t]{1,9}[\"'(](.{0,2000})", re.MULTILINE)
"""A link definition: its title is shown nowhere unless the link is used, so people write comments that way."""

_HONEST_PROPERTIES = frozenset({
    "font-weight", "font-style", "font-family", "text-align", "text-decoration", "padding", "border", "border-radius",
    "border-left",
})  # fmt: skip
_DARK_NAMES = frozenset({
    "black", "blue", "red", "green", "navy", "teal", "purple", "maroon", "brown", "gray", "grey", "darkblue", "darkred",
    "darkgreen", "orange", "darkorange", "crimson", "indigo", "magenta", "steelblue", "royalblue", "tomato",
})  # fmt: skip
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_TOO_LIGHT = 0.8
"""Luminance in [0, 1] from which on text on white is not readable."""
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
    if len(comments.split()) >= _MIN_COMMENT_WORDS or _is_styled_away(without.lower()):
        flags.append("hidden_text")
    return Visible(without.strip(), tuple(flags))


def _is_styled_away(text: str) -> bool:
    """Whether a style that is not plainly honest stands in it. Only known good ones pass: there are too many others."""
    styles = [double or single or bare for double, single, bare in _STYLE.findall(text)]
    return (
        _HIDING.search(text) is not None
        or is_unrendered(text)
        or any(not _is_readable(color) for color in _FONT_COLOR.findall(text))
        or any(not _is_honest(declaration) for style in styles for declaration in style.split(";"))
        or any(len(title.split()) >= _MIN_COMMENT_WORDS for title in _REFERENCE.findall(text))
    )


def _is_honest(declaration: str) -> bool:
    name, _, value = (part.strip() for part in declaration.partition(":"))
    return not name or name in _HONEST_PROPERTIES or (name == "color" and _is_readable(value))


def _is_readable(color: str) -> bool:
    if not _HEX.fullmatch(color):
        return color in _DARK_NAMES
    digits = color[1:] if len(color) == 7 else "".join(digit * 2 for digit in color[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < _TOO_LIGHT


_JOINED = re.compile("(?<=[\u0600-\u08ff\u0900-\u0dff])\u200c")


def _harmless(text: str) -> int:
    """Invisible characters that honest text needs: soft hyphens, joiners in emoji and in Persian and Indian words."""
    return sum(text.count(c) for c in "\u00ad\u200d\ufeff\r") + len(_JOINED.findall(text))


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
