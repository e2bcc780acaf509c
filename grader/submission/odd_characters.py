"""Code that a person reads as something else than Python does: invisible, reordering and look-alike characters.

Nothing is taken out: the notebook runs as it was handed in. A teacher is told where to look ("Trojan Source", Boucher
and Anderson, 2021, CVE-2021-42574 and CVE-2021-42694).
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable
from typing import Any

from grader.lookalikes import skeleton
from grader.submission.identity import display_name

MAX_READ = 2_000_000
"""Characters of non-ASCII code that are looked at in one notebook."""

_SHOWN = 5
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f\xad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\u3164"
    "\ufeff\uffa0\U000e0000-\U000e007f]"
)
_IN_EMOJI = re.compile("(?<=[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|\u2640\ufe0f|\u2642\ufe0f")
_QUOTED = re.compile(
    r"""\"{3}(?:[^"\\]|\\.|"(?!""))*+(?:"{3}|\\?\Z)|'{3}(?:[^'\\]|\\.|'(?!''))*+(?:'{3}|\\?\Z)"""
    r"""|"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|\#[^\n]*+""",
    re.DOTALL,
)
"""Strings and comments. A string that is never closed ends with the text: every character is read once."""
_NAME = re.compile(r"[^\W\d]\w{0,100}")
_KNOWN = frozenset(dir(builtins))


def odd_characters(cells: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """Sentences for a teacher about the code of a mended notebook; empty for almost every honest one."""
    reordering: list[str] = []
    invisible: list[str] = []
    alike: dict[str, str] = {}
    plain_names: set[str] = set()
    strange: dict[str, str] = {}
    left = MAX_READ
    for position, cell in enumerate(cells, start=1):
        source = cell["source"]
        if cell["cell_type"] != "code":
            continue
        if source.isascii() and source.isprintable():
            plain_names.update(_NAME.findall(source[:10_000]))
            continue
        left -= len(source)
        if left < 0:
            break
        where = f"cell {position}"
        reordering += [f"{_number(found)} in {where}" for found in _distinct(_REORDERING, source)]
        invisible += [f"{_number(found)} in {where}" for found in _distinct(_INVISIBLE, _IN_EMOJI.sub("", source))]
        for name in set(_NAME.findall(_QUOTED.sub(" ", source))):
            if name.isascii():
                plain_names.add(name)
            else:
                strange.setdefault(name, where)
    for name, where in strange.items():
        look = skeleton(name)
        # Mixed with Latin letters, or in the place of a known name: `модель` and `σ` are honest names.
        if look.isascii() and (look in plain_names or look in _KNOWN or any(c.isascii() and c.isalpha() for c in name)):
            alike[name] = where
    sentences = []
    if reordering:
        sentences.append(f"Characters that turn the reading direction round stand in the code ({_some(reordering)}).")
    if invisible:
        sentences.append(f"Invisible characters stand in the code ({_some(invisible)}).")
    if alike:
        named = [f"“{display_name(name, 40)}” ({_letters(name)}) in {where}" for name, where in sorted(alike.items())]
        sentences.append(f"Names in the code are spelled with look-alike letters: {_some(named)}.")
    return tuple(sentences)


def _distinct(pattern: re.Pattern[str], source: str) -> list[str]:
    return sorted(set(pattern.findall(source)))


def _number(character: str) -> str:
    return f"U+{ord(character):04X}"


def _letters(name: str) -> str:
    return " ".join(_number(letter) for letter in dict.fromkeys(name) if not letter.isascii())[:60]


def _some(items: list[str]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more
