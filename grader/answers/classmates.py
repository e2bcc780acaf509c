"""Answers of one class that are nearly the same text.

Who wrote first cannot be known, so both are flagged, and only a person draws a conclusion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from rapidfuzz import fuzz

from grader.answers.words import words_of

RUN_WORDS = 4
"""Words in a row by which candidates are found, so that not every pair of a class has to be compared."""

FEWEST_WORDS = 8
"""Shorter answers are alike by chance: there are not many ways to say "it prevents overfitting"."""

ALIKE = 85.0
"""Similarity in percent (rapidfuzz `ratio` over words) from which on two answers are flagged."""

MOST_WORDS = 600
"""Words of one answer that are compared."""


def similar_answers(answers: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """For each answer the ids of those that are nearly the same; ids without one are left out.

    The outcome does not depend on the order of `answers`.
    """
    words = {id_: [word.text for word in words_of(text)][:MOST_WORDS] for id_, text in answers.items()}
    long_enough = {id_: said for id_, said in words.items() if len(said) >= FEWEST_WORDS}
    runs: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for id_ in sorted(long_enough):
        said = long_enough[id_]
        for run in {tuple(said[at : at + RUN_WORDS]) for at in range(len(said) - RUN_WORDS + 1)}:
            runs[run].append(id_)
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for owners in runs.values():
        # A run that a tenth of the class shares is the question's wording, not anybody's.
        if 2 <= len(owners) <= max(8, len(answers) // 10):
            for index, one in enumerate(owners):
                for other in owners[index + 1 :]:
                    shared[one, other] += 1
    found: dict[str, set[str]] = defaultdict(set)
    for (one, other), count in shared.items():
        shorter = min(len(long_enough[one]), len(long_enough[other])) - RUN_WORDS + 1
        if count * 4 >= shorter and fuzz.ratio(long_enough[one], long_enough[other]) >= ALIKE:
            found[one].add(other)
            found[other].add(one)
    return {id_: tuple(sorted(others)) for id_, others in sorted(found.items())}
