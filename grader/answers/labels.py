"""Numbers of questions and chapters, "Answer:" and invitations to write: the furniture around an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABEL = re.compile(
    r"[\s#>*_`~\-+.(]*(?:(?P<word>question|quest|q|frage|pregunta|quest[aã]o|pergunta|answer|ans|a)"
    r"[\s.#№-]*)?(?P<number>\d{1,2})\s*(?P<mark>[.):\]/–—-]|\*\*|$|\s)",
    re.IGNORECASE,
)
_BARE_LABEL = re.compile(r"[\s#>*_`~\-+(]*(?:question|q|frage|pregunta|quest[aã]o|pergunta)\s?[:.)–—-]", re.IGNORECASE)
_ANSWER_LABEL = re.compile(
    r"[\s>#*_`~\-+]*(?:(?:your|my|the)\s+)?(?:answers?|ans|response|solution|antwort|respuesta|resposta|a)"
    r"(?:\s+(?:to\s+)?(?:q(?:uestion)?\s*)?\d{1,2})?\s*(?:[*_]{0,3}\s?[:.)][*_]{0,3}|[*_]{0,3}\s*$)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(?:please )?(?:type|write|put|enter|insert|add|double click to (?:edit|write|add))?(?: in)? ?(?:your|my|the)?"
    r" ?(?:own)? ?(?:answers?|response|solution|text)?(?: (?:here|goes here|below|in this cell))?(?: please)?"
)
_PLACEHOLDER_WORDS = frozenset({"todo", "tbd", "fixme", "xxx", "n a", "na", "none", "lorem ipsum"})
_QUESTIONS = re.compile(
    r"\b(?:questions?|answers?|theory|theoretical|written|reflections?|discussion|short answer|fragen|preguntas"
    r"|perguntas|quest[oõ]es|teor[ií]a)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Label:
    """What a line begins with before its own words, such as `Q2.`, `3)` or `### Question 2`."""

    number: int | None
    end: int
    worded: bool
    """Whether a word such as "Question" stands there: a number alone may be a chapter's."""


def label_of(text: str) -> Label | None:
    """The label at the start of a line, if any."""
    match = _LABEL.match(text[:100])
    if match is None:
        bare = _BARE_LABEL.match(text[:100])
        return None if bare is None else Label(None, bare.end(), worded=True)
    worded = match.group("word") is not None
    if not worded and match.group("mark").strip() in ("", "-", "/"):
        return None
    return Label(int(match.group("number")), match.end(), worded)


def answer_label_end(text: str) -> int | None:
    """Where a leading "Answer:" ends; None without one."""
    match = _ANSWER_LABEL.match(text[:80])
    return None if match is None else match.end()


def is_placeholder(words: str) -> bool:
    """Whether plain words are an invitation to write, such as "type your answer here"."""
    return words in _PLACEHOLDER_WORDS or (len(words) < 60 and _PLACEHOLDER.fullmatch(words) is not None)


def names_questions(heading: str) -> bool:
    """Whether a heading announces questions or answers."""
    return _QUESTIONS.search(heading[:200]) is not None
