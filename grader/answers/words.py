"""Words of a line of Markdown, in a form in which questions can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.lookalikes import skeleton

_WORD = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^<>]{0,200}>")
_ENDINGS = ("ization", "isation", "ation", "ing", "ies", "ed", "es", "s", "e")

FILLERS = frozenset(
    """
    a an and are as at be because been by can concept describe did differ difference do does during each explain for
    from get give has have how important in into is it its let me my of on one or our own purpose reason reasons should
    so term that the their them then there these they this those to us use used useful using was we were what when
    where which while who why will with word words would you your context mean means meant main about between briefly
    answer question
    """.split()  # noqa: SIM905 - a list of words reads best as prose
)
"""Words that questions share; they do not tell one from another."""


GENERIC = frozenset({"data", "dataset", "model", "train", "imag", "layer", "network", "bas", "featur", "weight", "cnn"})
"""Stems that stand in every second heading of such a notebook: they weigh little, and alone they say nothing."""


@dataclass(frozen=True)
class Word:
    """A word in lower case and where it ends in the text it was read from."""

    text: str
    end: int


def words_of(text: str) -> list[Word]:
    """The words of `text` as they look; Markdown, HTML tags and punctuation are left out, `_` separates.

    A word in look-alike letters of another alphabet is the same word (see `grader.lookalikes`).
    """
    # Tags are replaced by blanks of the same length, so that positions stay those of `text`.
    bare = _TAG.sub(lambda tag: " " * len(tag.group()), text)
    return [Word(skeleton(m.group()).casefold(), m.end()) for m in _WORD.finditer(bare)]


def plain(text: str) -> str:
    """The words of `text` with single spaces between."""
    return " ".join(word.text for word in words_of(text))


def stem(word: str) -> str:
    """A crude stem: `freezing`, `freeze` and `freezes` become one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry the topic, in order, without repetition."""
    stems = [stem(word.text) for word in words_of(text) if word.text not in FILLERS and not word.text.isdigit()]
    return list(dict.fromkeys(stems))
