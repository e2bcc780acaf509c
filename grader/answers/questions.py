"""Where in a notebook a question is asked: by its own words, by a paraphrase, or at least by its number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from grader.answers.fingerprint import is_tutorial_line
from grader.answers.labels import Label, label_of
from grader.answers.lines import Line
from grader.answers.words import GENERIC, Word, content_stems, plain, stem, words_of
from grader.rubric.model import Question

LOOKED_AT = 600
"""Characters of a line in which a question is looked for: questions stand at the start."""

SAME = 88.0
"""Similarity (0 to 100, `rapidfuzz.fuzz.ratio`) from which on two wordings are the same."""

VERBATIM = 96.0
"""The same where a statement ("It is important to …") must not be taken for the question ("Why is it …")."""

PARAPHRASED = 0.36
"""Weighted overlap (see `_overlap`) from which on a line that asks something is taken for a paraphrase. Tried on the
42 wordings that lecturers and students gave our four questions in public notebooks."""

NUMBERED = 0.3
"""The same where the line also bears the question's number."""

_MARGIN = 0.05
_MAX_WORDS = 45
_ASKING = re.compile(
    r"(?:what|why|how|when|which|explain|describe|define|discuss|state|name|give|list|compare|briefly|in your own)\b"
)
_AFTER = " \t*_`~:?.!)]}#>|-–—\"'”’"


@dataclass(frozen=True)
class Hit:
    """A line that asks a question."""

    question: int
    """Index into the questions."""
    line: int
    """Index into the lines."""
    score: float
    """How sure, in [0, 1]."""
    rest: str
    """What follows the question on the same line."""
    label: int | None = None
    """The number the line begins with."""


class Asked:
    """The questions of a rubric, prepared for comparing with many lines."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = questions
        self._wordings = [_wordings(question) for question in questions]
        self._sentences = [[*_sentences(question), *_clauses(question)] for question in questions]
        topics = [[content_stems(wording) for wording in wordings] for wordings in self._wordings]
        self._shared = Counter(word for topic in topics for word in {word for words in topic for word in words})
        self._topics = [[_weights(words, self._shared) for words in topic] for topic in topics]
        self._vocabulary = {stem(word) for wordings in self._wordings for words in wordings for word in words.split()}

    def repeats(self, question: int, words: str) -> bool:
        """Whether plain `words` are a sentence of the question itself."""
        return any(
            abs(len(words) - len(own)) < 20 and fuzz.ratio(words, own) >= VERBATIM for own in self._sentences[question]
        )

    def hit(self, line: Line, index: int, among_questions: bool = False) -> Hit | None:
        """Which question `line` (at `index`) asks, if any.

        `among_questions` says that the line stands below a heading such as "Questions": there a number alone makes
        a question of a title, elsewhere it numbers a chapter.
        """
        text = line.text[:LOOKED_AT]
        label = label_of(text)
        words = words_of(text)
        if not any(stem(word.text) in self._vocabulary for word in words):
            return None
        if label is None and is_tutorial_line(line.text):
            # The tutorials' headings name our topics without asking anything.
            return None
        start = label.end if label is not None else 0
        number = label.number if label is not None else None
        own = [word for word in words if word.end > start]
        best: Hit | None = None
        stated = label is None and not _stands_out(line) and "?" not in text and not _ASKING.match(plain(text))
        for question, wordings in enumerate(self._wordings):
            for wording in wordings:
                if stated and _ASKING.match(wording):
                    # "It is important to …" answers "Why is it important to …?", however like they look.
                    continue
                found = _same(own, wording)
                if found is not None and (best is None or found[0] > best.score):
                    best = Hit(question, index, found[0], _rest(line.text, found[1]), number)
        return best or self._paraphrase(line, index, line.text[start:], label, among_questions)

    def _paraphrase(self, line: Line, index: int, text: str, label: Label | None, among_questions: bool) -> Hit | None:
        asked, mark, _ = text[:LOOKED_AT].partition("?")
        words = plain(asked)
        count = words.count(" ") + 1
        stands_out = _stands_out(line)
        # A sentence such as "why we freeze is explained below" is text, not a question.
        begins_asking = _ASKING.match(words) is not None
        asks = (begins_asking and (bool(mark) or stands_out)) or (bool(mark) and (stands_out or label is not None))
        numbered = label is not None and label.number is not None and (label.worded or among_questions)
        if count > _MAX_WORDS or not (asks or numbered or (label is not None and label.worded)):
            return None
        if not mark and not stands_out and count > 20:
            return None
        close = [max(self._overlap(topic, words) for topic in topics) for topics in self._topics]
        overlaps = sorted(((overlap, question) for question, overlap in enumerate(close)), reverse=True)
        best, question = overlaps[0]
        second = overlaps[1][0] if len(overlaps) > 1 else 0.0
        its_number = numbered and label is not None and label.number == question + 1
        if not asks and not its_number and not (label is not None and label.worded):
            return None
        if best < (NUMBERED if its_number else PARAPHRASED) or best - second < _MARGIN:
            return None
        rest = _rest(text, len(asked)) if mark else ""
        return Hit(question, index, min(0.85, 0.4 + 0.5 * best), rest, None if label is None else label.number)

    def _overlap(self, topic: dict[str, float], words: str) -> float:
        """F-measure of the topic words that a question and a line share; early, rare and telling words weigh more.

        A question names its topic first ("What is fine-tuning in the context of transfer learning?").
        """
        line = _weights(content_stems(words), self._shared)
        common = set(topic) & set(line)
        if not common - GENERIC:
            return 0.0
        recall = sum(topic[word] for word in common) / sum(topic.values())
        precision = sum(line[word] for word in common) / sum(line.values())
        return 2 * recall * precision / (recall + precision)


def _stands_out(line: Line) -> bool:
    return line.is_heading or line.text.lstrip().startswith(">")


def _sentences(question: Question) -> list[str]:
    parts = re.split(r"(?<=[.?!])\s+", question.text[:2000])
    return [words for words in map(plain, parts) if words.count(" ") >= 3]


def _clauses(question: Question) -> list[str]:
    """The halves of "What is A, and how does it differ from B?", which students write as two questions."""
    parts = re.split(r",?\s+and\s+(?=(?:how|why|what|when|which)\b)", question.text[:2000], flags=re.IGNORECASE)
    return [words for words in map(plain, parts) if words.count(" ") >= 2]


def _wordings(question: Question) -> list[str]:
    phrases = (plain(phrase[:2000]) for phrase in question.phrases[:50])
    candidates = (plain(question.text[:2000]), *_sentences(question)[:1], *phrases)
    return [wording for wording in dict.fromkeys(candidates) if wording]


def _weights(stems: Iterable[str], shared: Counter[str]) -> dict[str, float]:
    return {
        word: (0.3 if word in GENERIC else 1.0) / (1 + position) ** 0.5 / max(1, shared[word])
        for position, word in enumerate(stems)
    }


def _same(words: list[Word], wording: str) -> tuple[float, int] | None:
    """Score and end (in the raw text) if the line begins with this very wording."""
    count = wording.count(" ") + 1
    if not words or len(words) < count * 0.6:
        return None
    best: tuple[float, int] | None = None
    # A word more or less than the wording may stand there, unless it is too short for that to be the same.
    for length in (count,) if count <= 5 else (count, count - 1, count + 1, count + 2):
        taken = words[:length]
        similarity = fuzz.ratio(" ".join(word.text for word in taken), wording)
        if similarity >= SAME and (best is None or similarity / 100 > best[0]):
            best = (similarity / 100, taken[-1].end)
    return best


def _rest(text: str, end: int) -> str:
    """What follows a question that ends at `end`, without further sentences that ask."""
    rest = text[end:]
    while (mark := rest.find("?", 0, 200)) >= 0:
        sentence = rest[:mark]
        if any(stop in sentence for stop in (". ", "! ", ": ")) or "\n" in sentence:
            break
        # "… important?", "What is fine-tuning? Why is it useful?": all of it is the question.
        rest = rest[mark + 1 :]
    rest = rest.lstrip(_AFTER)
    return rest if plain(rest) else ""
