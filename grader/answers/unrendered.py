"""Markup whose words a browser, or the mathematics in a notebook, does not show or shows too small to be read.

Sources: the HTML standard's hidden elements (15.3.1) and elements with fallback content; MathJax' TeX commands.
"""

from __future__ import annotations

import re

_ELEMENTS = re.compile(
    r"<(?:area|audio|base|basefont|canvas|datalist|dialog|embed|frameset|head|iframe|input|link|meta|meter|noembed|"
    r"noframes|noscript|object|optgroup|option|param|progress|rp|script|select|style|svg|template|textarea|title|video)\b|"
    r"<(?:![a-z\[]|\?)"
)
_ATTRIBUTES = re.compile(
    r"<[a-z][^<>]{0,500}?\s(?:bgcolor|background)\s{0,3}=|<[a-z][^<>]{0,500}?\s(?:width|height)\s{0,3}=\s{0,3}[\"']?[01]\b"
)
_TEX = re.compile(
    r"\\(?:[hv]phantom|smash|[rl]lap|math[rlc]lap|style|class|cssid|mathcolor|f?colorbox|color\s|tiny|bbox|"
    r"(?:hspace|hskip|kern|mkern|mskip|raise|lower)\b[^a-z]{0,5}-)"
)
_TINY = re.compile(r"(?:<su[bp]\b[^<>]{0,50}>\s{0,3}){4}")
_TAG = re.compile(r"<[a-z][a-z0-9]*\b([^<>]{0,5000})")
_PLAIN_ATTRIBUTES = re.compile(
    r"\b(?:alt|src|href|style|class)\s{0,3}=\s{0,3}"
    r"""(?:"[^"]{0,5000}"|'[^']{0,5000}'|[^\s"']{0,500})"""
)
_TOOLTIP = re.compile(r"""\]\([^()\s]{0,500}[ \t]{1,9}["']([^"'\n]{0,2000})["']\)""")
_LABEL = re.compile(r"^ {0,3}\[([^\]\n]{1,1000})\]:[ \t]{0,9}\S", re.MULTILINE)

MOST_WORDS = 7
"""In a tag, a tooltip or the label of a link's definition: more is text that was put where nobody looks."""


def is_unrendered(text: str) -> bool:
    """Whether words may stand in it that a reader of the notebook does not see.

    Args:
        text: lower case, without HTML comments.
    """
    return (
        any(pattern.search(text) for pattern in (_ELEMENTS, _ATTRIBUTES, _TEX, _TINY))
        or any(_is_long(_PLAIN_ATTRIBUTES.sub(" ", inside)) for inside in _TAG.findall(text))
        or any(_is_long(title) for title in (*_TOOLTIP.findall(text), *_LABEL.findall(text)))
    )


def _is_long(words: str) -> bool:
    return len(words.split()) > MOST_WORDS
