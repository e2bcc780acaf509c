"""The language in which a teacher writes how something may be said, and finding it in an answer.

A phrase is a few words that must stand near one another in one sentence, in any order and with any ending::

    reuse/use/apply  pre-trained  model/network

- `/` parts words of which any will do.
- `-` joins words: `pre-trained` is also found as "pretrained" and "pre trained".
- `*` at the end stands for any ending: `generali*`.
- `>` anywhere means: in this order. `scratch > needs > less`.
- `not` stands for any negation (no, never, without, don't). A phrase without it is not found where the sentence
  negates it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import OSA

from grader.answers.tokens import NEGATORS, Sentence, Token, lowered, stem_of

MOST_WORDS = 8
"""A phrase of more words than this matches nothing that people write."""

SLACK = 7
"""Words that may stand between those of a phrase, beside two for each of them."""

_MISSPELT_FROM = 6
"""Letters from which on a word with one wrong, missing, extra or swapped letter is still that word."""


@dataclass(frozen=True)
class _Slot:
    stems: frozenset[str]
    prefixes: tuple[str, ...]
    negation: bool


@dataclass(frozen=True)
class ParsedPhrase:
    """A phrase, ready to be looked for."""

    text: str
    slots: tuple[_Slot, ...]
    ordered: bool

    @property
    def negative(self) -> bool:
        """Whether the phrase itself says "not"."""
        return any(slot.negation for slot in self.slots)


@dataclass(frozen=True)
class Match:
    """A phrase found: the words that show it, and whether a "not" turns it round."""

    phrase: str
    tokens: tuple[Token, ...]
    negated: bool


@functools.lru_cache(maxsize=4096)
def parse_phrase(text: str) -> ParsedPhrase:
    """Read a phrase.

    Raises:
        ValueError: it has no word, too many, or an empty alternative.
    """
    words = text.split()
    slots = [word for word in words if word != ">"]
    if not slots or len(slots) > MOST_WORDS:
        raise ValueError(f"Expected a phrase of 1 to {MOST_WORDS} words. Received {len(slots)}: {text[:80]!r}")
    return ParsedPhrase(text, tuple(_slot(word, text) for word in slots), ">" in words)


def _slot(written: str, phrase: str) -> _Slot:
    stems: set[str] = set()
    prefixes: list[str] = []
    negation = False
    for alternative in written.split("/"):
        bare = lowered(alternative.replace("-", ""))
        ending = bare.endswith("*")
        bare = bare.removesuffix("*")
        if not bare.isalnum():
            raise ValueError(
                "Expected words with / between alternatives, - within a word and * at its end. "
                f"Received {alternative[:40]!r} in {phrase[:80]!r}"
            )
        if bare == "not":
            negation = True
        elif ending:
            prefixes.append(bare)
        else:
            stems.add(stem_of(bare))
    return _Slot(frozenset(stems), tuple(prefixes), negation)


def find_phrases(phrases: Iterable[str], sentences: Sequence[Sentence]) -> Match | None:
    """The first phrase that some sentence says; a negated one only where none is said plainly."""
    turned: Match | None = None
    for text in phrases:
        phrase = parse_phrase(text)
        for sentence in sentences:
            match = _find(phrase, sentence)
            if match is not None and not match.negated:
                return match
            turned = turned or match
    return turned


def _find(phrase: ParsedPhrase, sentence: Sentence) -> Match | None:
    places = []
    for slot in phrase.slots:
        at = _positions(slot, sentence)
        if not at:
            return None
        places.append(at)
    width = SLACK + 3 * len(places)
    windows = _in_order(places, width) if phrase.ordered else _in_any_order(places, width)
    turned: Match | None = None
    for chosen in windows:
        negated = not phrase.negative and sentence.negated(min(chosen), max(chosen))
        match = Match(phrase.text, tuple(sentence.tokens[position] for position in sorted(chosen)), negated)
        if not negated:
            return match
        turned = turned or match
    return turned


def _positions(slot: _Slot, sentence: Sentence) -> list[int]:
    found: set[int] = set()
    for stem in slot.stems:
        found.update(sentence.stems.get(stem, ()))
    if slot.prefixes:
        for stem, at in sentence.stems.items():
            if stem.startswith(slot.prefixes):
                found.update(at)
        found.update(i for i, token in enumerate(sentence.tokens) if token.word.startswith(slot.prefixes))
    if slot.negation:
        found.update(i for i, token in enumerate(sentence.tokens) if token.word in NEGATORS)
    if not found:
        found.update(_misspelt(slot, sentence))
    return sorted(found)


def _misspelt(slot: _Slot, sentence: Sentence) -> Iterable[int]:
    for wanted in slot.stems:
        if len(wanted) < _MISSPELT_FROM:
            continue
        for stem, at in sentence.stems.items():
            # First letters are hardly ever wrong, and "unfreeze" is not "freeze".
            if (
                len(stem) >= _MISSPELT_FROM - 1
                and stem[0] == wanted[0]
                and abs(len(stem) - len(wanted)) <= 1
                and OSA.distance(stem, wanted, score_cutoff=1) <= 1
            ):
                yield from at


def _in_order(places: Sequence[Sequence[int]], width: int) -> Iterable[tuple[int, ...]]:
    for start in places[0]:
        chosen = [start]
        for at in places[1:]:
            following = next((position for position in at if position > chosen[-1]), None)
            if following is None:
                break
            chosen.append(following)
        if len(chosen) == len(places) and chosen[-1] - start < width:
            yield tuple(chosen)


def _in_any_order(places: Sequence[Sequence[int]], width: int) -> Iterable[tuple[int, ...]]:
    """Windows that hold one position of each, by moving the leftmost pointer on (smallest-range merge)."""
    at = [0] * len(places)
    while True:
        chosen = tuple(each[index] for each, index in zip(places, at, strict=True))
        ordered = sorted(chosen)
        if ordered[-1] - ordered[0] < width and all(a != b for a, b in pairwise(ordered)):
            yield chosen
        left = min(range(len(places)), key=chosen.__getitem__)
        at[left] += 1
        if at[left] >= len(places[left]):
            return
