"""Suggested marks for a class's answers to one question, learning from the marks that people gave."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from grader.answers.draft import AnswerDraft, draft_class
from grader.answers.learning import Learned, MarkedAnswer, Suggestion, learn
from grader.evidence.model import Answer
from grader.gradebook.standing import Standings
from grader.review.classroom import Classroom
from grader.rubric.model import Criterion, Question

Marks = frozenset[tuple[str, float]]
"""Submission and fraction of the points."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """What is known about the answers to one question."""

    drafts: Mapping[str, AnswerDraft]
    """By submission."""
    suggestions: Mapping[str, Suggestion]
    learned: Learned

    def points(self, submission: str, maximum: float) -> float | None:
        """Suggested points; None where a person has to read without a suggestion."""
        suggestion = self.suggestions.get(submission)
        return None if suggestion is None or suggestion.fraction is None else round(suggestion.fraction * maximum, 4)


class Suggester:
    """Keeps drafts, and learns again when enough marks came."""

    def __init__(self, classroom: Classroom) -> None:
        self._classroom = classroom
        self._lock = threading.Lock()
        self._drafts: dict[str, tuple[int, dict[str, AnswerDraft]]] = {}
        self._learned: dict[str, tuple[int, Marks, Suggested]] = {}

    def suggested(self, criterion: Criterion, standing: Standings) -> Suggested:
        """Drafts and suggestions for one question, given the marks that stand."""
        question = criterion.question
        assert question is not None
        with self._lock:
            drafts = self._drafted(criterion, question)
            marks = _marks(self._classroom, criterion, standing)
            known = self._learned.get(criterion.id)
            # Learning takes half a second for a hundred marks; one more of so many changes nothing one could see.
            enough = max(1, len(marks) // 8)
            if known is not None and known[0] == self._classroom.version and len(known[1] ^ marks) < enough:
                return known[2]
            made = _learn(question, self._answers(question), drafts, marks)
            self._learned[criterion.id] = (self._classroom.version, marks, made)
            return made

    def _drafted(self, criterion: Criterion, question: Question) -> dict[str, AnswerDraft]:
        version, drafts = self._drafts.get(criterion.id, (0, {}))
        if version != self._classroom.version:
            drafts = draft_class(question, self._answers(question))
            self._drafts[criterion.id] = (self._classroom.version, drafts)
        return drafts

    def _answers(self, question: Question) -> dict[str, Answer]:
        nothing = Answer(question=question.id, found=False)
        room = self._classroom
        return {id_: room.answers(one).get(question.id, nothing) for id_, one in room.submissions.items()}


def _marks(classroom: Classroom, criterion: Criterion, standing: Standings) -> Marks:
    """Marks that people gave for the answers as they are now; what was accepted without a look teaches nothing."""
    found = set()
    for id_, one in classroom.submissions.items():
        decision = standing.get(id_, criterion.id).decision
        if decision is None or decision.mark.automatic or decision.mark.basis != one.work.get(criterion.id):
            continue
        if decision.mark.maximum > 0:
            found.add((id_, min(1.0, decision.points / decision.mark.maximum)))
    return frozenset(found)


def _learn(
    question: Question, answers: Mapping[str, Answer], drafts: Mapping[str, AnswerDraft], marks: Marks
) -> Suggested:
    written = [(id_, fraction) for id_, fraction in sorted(marks) if answers[id_].text.strip()]
    learned = learn(question, [MarkedAnswer(answers[id_].text, fraction) for id_, fraction in written])
    # A file that could not be read has no text: nothing is known of its answer, and nobody may be a keystroke from 0.
    ids = [id_ for id_ in drafts if answers[id_].text.strip()]
    suggestions = learned.suggest_all([answers[id_].text for id_ in ids], [drafts[id_] for id_ in ids])
    return Suggested(drafts, dict(zip(ids, suggestions, strict=True)), learned)
