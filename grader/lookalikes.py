"""Letters that look like others: names that read the same and are not."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

_CYRILLIC = dict(zip("аеорсухіјѕԁһԛԝӏкАЕОРСУХІЈЅКМНВТԌԚԜӀ", "aeopcyxijsdhqwlkAEOPCYXIJSKMHBTGQWI", strict=True))
_GREEK = dict(zip("ονιαρκυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oviapkuABEZHIKMNOPTYX", strict=True))
_OTHERS = dict(zip("օսհոցքɑɡıℓ", "ouhngqagil", strict=True))
_LIKE = str.maketrans(_CYRILLIC | _GREEK | _OTHERS)
"""The part of Unicode's confusables (UTS #39, confusables.txt) that keyboards and attackers use for Latin letters."""

_JOINED = re.compile(r"[\W_]+")


def skeleton(text: str) -> str:
    """`text` as it looks: compatibility forms and look-alike letters replaced by the Latin ones they look like."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text.translate(_LIKE)).translate(_LIKE)


def mixes_alphabets(word: str) -> bool:
    """Whether look-alikes of Latin letters stand between Latin ones, as in no language."""
    return not word.isascii() and word.translate(_LIKE).isascii() and any(c.isascii() and c.isalpha() for c in word)


def reads_like_another(names: Sequence[str]) -> tuple[bool, ...]:
    """For each name whether another one looks the same to a person, but for case, blanks and punctuation."""
    looks = [_JOINED.sub(" ", skeleton(name)).casefold().strip() for name in names]
    owners: dict[str, set[int]] = defaultdict(set)
    for index, look in enumerate(looks):
        owners[look].add(index)
    return tuple(len(owners[look]) > 1 for look in looks)
