"""How well drafted marks agree with people, on public marked answers.

    python -m benchmarks.answers --answers FOLDER [--fit]

FOLDER holds `digiklausur17_official.jsonl`, `saf_english.jsonl` and `lab06_real_answers.jsonl`; none of them is part of
this project. Questions are always unseen: what guesses a question's marks was fitted to the other questions only, and
after N marks, N answers drawn at random are learned from and the rest is predicted. `--fit` prints the
coefficients for `grader/answers/light.py`, fitted to all questions.
"""

from __future__ import annotations

import argparse
import functools
import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from grader.answers.agreement import pearson, quadratic_kappa
from grader.answers.draft import draft_mark
from grader.answers.learning import MarkedAnswer, learn
from grader.answers.light import FEATURES, LightModel, light_features
from grader.rubric import Question, load_rubric

REPEATS = 5
"""Draws of the answers that a teacher marks first."""
LEFT = 10
"""Answers that must be left to predict, or the question is passed over."""
SETS = (("digiklausur17_official.jsonl", "DigiKlausur", 0.5), ("saf_english.jsonl", "SAF", 0.25))
"""File, name, and the step of its marks, over which kappa is taken."""


@dataclass(frozen=True)
class Asked:
    """One question of a set with its marked answers."""

    name: str
    question: Question
    marked: tuple[MarkedAnswer, ...]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--answers", type=Path, required=True, help="folder with the marked answers")
    parser.add_argument("--fit", action="store_true", help="print coefficients fitted to all questions")
    arguments = parser.parse_args()
    sets = {name: read_set(arguments.answers / file, name) for file, name, _ in SETS}
    everything = [asked for asked_in_set in sets.values() for asked in asked_in_set]
    if arguments.fit:
        model = fit(everything)
        print(f"LightModel({model.intercept:.3f}, {tuple(round(c, 3) for c in model.coefficients)})  # {FEATURES}")
        return
    print("Unseen questions: Pearson r and quadratic kappa with the human mark")
    print(f"{'set':14}{'marks':>6}{'answers':>9}{'r':>7}{'kappa':>7}{'r within':>10}{'kappa within':>14}")
    for _, name, step in SETS:
        for count in (0, 10, 20):
            print(f"{name:14}{count:>6}{_row(sets[name], everything, count, step)}")
    _lab06(arguments.answers / "lab06_real_answers.jsonl")


def read_set(path: Path, name: str) -> list[Asked]:
    """The questions of a file, each with at least one marked answer."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        rows[row["question_id"]].append(row)
    return [_asked(name, number, group) for number, group in enumerate(rows.values())]


def _asked(name: str, number: int, rows: Sequence[dict[str, Any]]) -> Asked:
    references = tuple(dict.fromkeys(text[:2000] for text in rows[0]["reference_answer"] if text.strip()))[:10]
    question = Question(id=f"q{number}", text=rows[0]["question"][:2000], reference_answers=references)
    marked = tuple(MarkedAnswer(row["student_answer"], min(1.0, max(0.0, row["score"]))) for row in rows)
    return Asked(f"{name} {number}", question, marked)


def fit(questions: Iterable[Asked]) -> LightModel:
    """A ridge regression on light features in which every question counts the same."""
    chosen = list(questions)
    rows = np.vstack([_features(asked) for asked in chosen])
    marks = np.concatenate([[each.fraction for each in asked.marked] for asked in chosen])
    weights = np.concatenate([np.full(len(asked.marked), 1 / len(asked.marked)) for asked in chosen])
    model = Ridge(alpha=0.3).fit(rows, marks, sample_weight=weights)
    return LightModel(float(model.intercept_), tuple(float(c) for c in model.coef_))


@functools.cache
def _features(asked: Asked) -> NDArray[np.float64]:
    return np.array([light_features(asked.question, each.text) for each in asked.marked])


def _row(questions: Sequence[Asked], everything: Sequence[Asked], count: int, step: float) -> str:
    """Agreement after `count` marks per question, on the answers that were not marked."""
    marks: list[float] = []
    said: list[float] = []
    within_r: list[float] = []
    within_kappa: list[float] = []
    for asked in questions:
        if len(asked.marked) < 20 + LEFT:
            continue
        light = fit(other for other in everything if other.name != asked.name)
        for repeat in range(REPEATS):
            order = list(asked.marked)
            random.Random(f"{asked.name} {repeat}").shuffle(order)
            # The same answers are predicted whatever the number of marks, so that the rows can be compared.
            known, rest = order[:count], order[20:]
            learned = learn(asked.question, known, light=light)
            drafts = [draft_mark(asked.question, each.text, light=light) for each in rest]
            predicted = [s.raw for s in learned.suggest_all([each.text for each in rest], drafts)]
            human = [each.fraction for each in rest]
            marks += human
            said += predicted
            r, kappa = pearson(human, predicted), quadratic_kappa(human, predicted, step)
            within_r += [] if r is None else [r]
            within_kappa += [] if kappa is None else [kappa]
    r, kappa = pearson(marks, said) or 0.0, quadratic_kappa(marks, said, step) or 0.0
    inner = f"{statistics.fmean(within_r):>10.2f}{statistics.fmean(within_kappa):>14.2f}"
    return f"{len(marks) // REPEATS:>9}{r:>7.2f}{kappa:>7.2f}{inner}"


def _lab06(path: Path) -> None:
    questions = {question.id: question for question in load_rubric("lab06").questions()}
    by_quality: dict[str, list[float]] = defaultdict(list)
    caught: dict[str, list[str]] = defaultdict(list)
    seconds = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        started = time.perf_counter()
        draft = draft_mark(questions[row["topic"].replace(" ", "-")], row["answer"])
        seconds.append(time.perf_counter() - started)
        by_quality[row["quality"]].append(draft.raw)
        if draft.flags or draft.suggested is None:
            caught[row["quality"]].append("+".join(draft.flags))
    print("\nReal Lab 06 answers: suggested fraction by what a reader called them")
    for quality, values in sorted(by_quality.items(), key=lambda item: -statistics.fmean(item[1])):
        flagged = (
            f"flagged {len(caught[quality])}: {', '.join(sorted(set(caught[quality])))}" if caught[quality] else ""
        )
        print(f"  {quality:12}{len(values):>4}  mean {statistics.fmean(values):.2f}  {flagged}")
    for one, other in (("good", "poor"), ("good", "fair"), ("fair", "poor")):
        print(f"  AUC {one} over {other}: {auc(by_quality[one], by_quality[other]):.2f}")
    ranks = {"poor": 0.0, "fair": 1.0, "good": 2.0}
    pairs = [(ranks[quality], value) for quality, values in by_quality.items() if quality in ranks for value in values]
    print(f"  r with poor/fair/good: {pearson(*zip(*pairs, strict=True)):.2f}")
    print(f"  milliseconds an answer: median {1000 * statistics.median(seconds):.1f}, most {1000 * max(seconds):.1f}")


def auc(better: Sequence[float], worse: Sequence[float]) -> float:
    """Chance that a better one is rated above a worse one; ties count half."""
    wins = sum((one > other) + 0.5 * (one == other) for one in better for other in worse)
    return wins / (len(better) * len(worse))


if __name__ == "__main__":
    main()
