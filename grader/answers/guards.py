"""What in an answer keeps a machine from judging it: each is a flag for the person who marks, never a mark."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from grader.answers.fingerprint import copied_share
from grader.answers.tokens import Sentence
from grader.answers.visible import strip_hidden
from grader.lookalikes import mixes_alphabets, skeleton

FLAG_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "empty": "Nothing is written here.",
        "too_short": "Very short for this question.",
        "other_language": "Not in the language of the question, so nothing could be looked for.",
        "question_repeated": "Repeats the question.",
        "keyword_list": "A list of words rather than sentences.",
        "negated": "Says a key point with a “not”: read closely.",
        "misconception": "Seems to hold a common misunderstanding.",
        "addresses_grader": "Contains words addressed to whoever or whatever marks it.",
        "hidden_characters": "Invisible characters were taken out.",
        "hidden_text": "Some of this cannot be seen when the notebook is read.",
        "look_alike_letters": "Some letters are of another alphabet and only look like the ones you would expect.",
        "classmates_text": "Nearly the same text was handed in by somebody else.",
        "tutorial_text": "Much of this stands in a published tutorial.",
        "read_from_picture": "Read from a picture by a machine: letters may be wrong.",
        "truncated": "Very long: only the beginning was looked at.",
    }
)
"""Every flag and what it says to whoever marks the answer."""

WITHHOLDING = frozenset({
    "empty", "other_language", "question_repeated", "addresses_grader", "hidden_characters", "hidden_text",
    "look_alike_letters", "tutorial_text",
})  # fmt: skip
"""Flags with which no mark is suggested: what would be counted is not the student's own, plain, readable answer."""

SHORTEST = 4
"""Words below which an answer is flagged as very short; "It prevents overfitting" has three."""

_MOSTLY = 0.5
_TO_THE_GRADER = re.compile(
    r"\b(?:ignor\w+|disregard\w*|forget|overrid\w+)\b[^.!?\n]{0,60}\b(?:rubric|instruct\w+|prompt|criteri\w+)"
    r"|\b(?:full|maximum|max|top|all|100|10/10)\s+(?:the\s+)?(?:marks?|points?|scores?|credits?|grades?)\b"
    r"|\b(?:dear|hey|hello|note to(?: the)?|attention)\s+(?:\w+\s+)?"
    r"(?:grader|marker|examiner|teacher|professor|ta|ai|llm|model)\b"
    r"|\b(?:grader|marker|examiner|assistant|llm|chatgpt|system)\s*:"
    r"|\b(?:as an?|you are an?)\s+(?:ai|llm|language model|grader|marker|assistant)\b"
    r"|\b(?:mark|grade|score|rate)\s+(?:this|my|the)\s+(?:answer|submission|response|work)\b"
    r"|\b(?:give|award|assign|grant)\s+(?:me|this|it|the student|full)\b[^.!?\n]{0,40}"
    r"\b(?:marks?|points?|scores?|credits?|grades?|pass|a\+?)\b"
    r"|<\|?(?:im_start|system|endoftext)|\[/?(?:inst|system)\]",
    re.IGNORECASE,
)
"""Ways of speaking to whoever marks. Every repetition is bounded, so no text makes it slow."""

_ENGLISH = frozenset(
    """
    the a an of to and in is it that for on with as are be this by from or we so can which at have not but will more
    because they these our when its use used using if you your has than their then do does i into
    """.split()  # noqa: SIM905 - a list of words reads best as prose
)
_OTHER = frozenset(
    """
    de la el los las un una que en y es por con para del se al lo como mas pero sus le ya o este porque cuando e do da
    em os no na ao dos das uma nao com seu sua sao ser tem mais ou der die das und ist den von zu mit sich des auf fur
    im dem nicht ein eine als auch wird werden durch aus bei les des du et est dans qui que pour pas sur une par avec
    il sont plus cette ce het een van ik je dat niet zijn op te aan voor di che non sono della il per och att som
    """.split()  # noqa: SIM905
)
"""Common words of Spanish, Portuguese, German, French, Dutch, Italian and Swedish, without accents."""


def guard_flags(text: str, sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """The flags that the text alone shows, in the order of `FLAG_WORDS`."""
    found = set(_flags(text, sentences))
    return tuple(flag for flag in FLAG_WORDS if flag in found)


def _flags(text: str, sentences: Sequence[Sentence]) -> Iterator[str]:
    words = [token.word for sentence in sentences for token in sentence.tokens]
    if not words:
        yield "empty"
        return
    yield from strip_hidden(text).flags
    if any(map(mixes_alphabets, text.split())):
        yield "look_alike_letters"
    if len(words) < SHORTEST:
        yield "too_short"
    if _in_another_language(text, words):
        yield "other_language"
    elif _is_keyword_list(words):
        yield "keyword_list"
    if _TO_THE_GRADER.search(skeleton(text)):
        yield "addresses_grader"
    if copied_share(text) >= _MOSTLY:
        yield "tutorial_text"


def _in_another_language(text: str, words: Sequence[str]) -> bool:
    letters = [character for character in text if character.isalpha()]
    if sum(character > "\u024f" for character in letters) > len(letters) / 2:
        return True
    english = sum(word in _ENGLISH for word in words)
    other = sum(_unaccented(word) in _OTHER for word in words)
    return len(words) >= SHORTEST and other >= 2 and other > english


def _unaccented(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _is_keyword_list(words: Sequence[str]) -> bool:
    """Many words of substance and hardly one that makes sentences of them."""
    if len(words) < 6:
        return False
    joining = sum(word in _ENGLISH for word in words)
    # Running English has 35 to 50 words in a hundred from this list, notes in telegram style some 15.
    return joining / len(words) < 0.13
