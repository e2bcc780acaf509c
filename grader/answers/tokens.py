"""The words of an answer as they are compared: stems with positions, sentence by sentence."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from dataclasses import dataclass

import snowballstemmer

from grader.lookalikes import skeleton

MAX_TEXT = 20_000
"""Characters of an answer that are looked at."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|\n")
_CLAUSE_WORDS = frozenset({"but", "because", "since", "so", "while", "whereas", "although", "though", "if", "when"})
NEGATORS = frozenset(
    """
    not no never without cannot cant dont doesnt isnt arent wont didnt wasnt werent couldnt shouldnt wouldnt neither
    nor hardly none
    """.split()  # noqa: SIM905 - a list of words reads best as prose
)
_NOT_NEGATING = frozenset({"only", "just", "merely", "necessarily", "matter"})
"""After "not" they do not turn the meaning round."""


@dataclass(frozen=True)
class Token:
    """A word: as it looks in lower case, its stem, and where it stands in the text."""

    word: str
    stem: str
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """A run of words up to a full stop or the end of a line."""

    tokens: tuple[Token, ...]
    stems: dict[str, tuple[int, ...]]
    """Stem → positions in `tokens`. Two neighbours are also one word: `pre` `trained` is `pretrained`."""
    negators: tuple[int, ...]
    clauses: tuple[int, ...]
    """Number of the clause of each token: commas, brackets and words such as "but" part them."""

    def negated(self, first: int, last: int) -> bool:
        """Whether a "not" stands among the words from `first` to `last`, or up to three before them in their clause."""
        return any(
            first - 3 <= at <= last and (at >= first or self.clauses[at] == self.clauses[first]) for at in self.negators
        )


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text; beyond `MAX_TEXT` characters nothing is read."""
    text = text[:MAX_TEXT]
    found: list[Sentence] = []
    start = 0
    for end in [match.end() for match in _SENTENCE_END.finditer(text)] + [len(text)]:
        made = _sentence(text, start, end)
        if made is not None:
            found.append(made)
        start = end
    return tuple(found)


@functools.lru_cache(maxsize=20_000)
def stem_of(word: str) -> str:
    """The stem by the Porter2 algorithm (snowballstem.org); `word` in lower case."""
    return str(_STEMMER.stemWord(word))


_STEMMER = snowballstemmer.stemmer("english")


def lowered(word: str) -> str:
    """A word as it is compared: as it looks, in lower case, without apostrophes."""
    return skeleton(word).casefold().replace("'", "").replace("’", "")


def _sentence(text: str, start: int, end: int) -> Sentence | None:
    tokens: list[Token] = []
    clauses: list[int] = []
    clause = 0
    previous = start
    for match in _WORD.finditer(text, start, end):
        word = lowered(match.group())
        if any(mark in text[previous : match.start()] for mark in ",():–—") or word in _CLAUSE_WORDS:
            clause += 1
        tokens.append(Token(word, stem_of(word), match.start(), match.end()))
        clauses.append(clause)
        previous = match.end()
    if not tokens:
        return None
    stems: dict[str, list[int]] = defaultdict(list)
    for position, token in enumerate(tokens):
        stems[token.stem].append(position)
        if position + 1 < len(tokens) and token.end + 1 >= tokens[position + 1].start:
            joined = stem_of(token.word + tokens[position + 1].word)
            if joined != token.stem:
                stems[joined].append(position)
    negators = tuple(
        position
        for position, token in enumerate(tokens)
        if token.word in NEGATORS
        and not (position + 1 < len(tokens) and tokens[position + 1].word in _NOT_NEGATING)
        and not (token.word == "no" and position + 1 < len(tokens) and clauses[position + 1] != clauses[position])
    )
    return Sentence(tuple(tokens), {stem: tuple(at) for stem, at in stems.items()}, negators, tuple(clauses))
