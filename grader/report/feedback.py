"""Feedback on written answers and on what stands in pictures: what was found, what was missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from grader.answers.draft import AnswerDraft, draft_mark
from grader.evidence.model import Answer, Cell, Evidence, Place
from grader.evidence.reports import Picture
from grader.report.visible_text import block, prose
from grader.report.wording import percent
from grader.rubric.model import Question, Rubric
from grader.worked_out import worked_out

LONGEST = 4_000
MOST_LINES = 60
MOST_SHOWN = 4
"""Pictures on one card."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the student's words; `marked` where they show a key point."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the grader found in an answer; empty where the rubric keeps its key points to itself."""

    runs: tuple[Run, ...] = ()
    """The whole answer with the words that were found; empty when it is shown plainly."""
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


NOTHING = Feedback()
_DRAFT = TypeAdapter(AnswerDraft)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture out of a report. `source` is a `data:` address of a PNG made by us."""

    source: str
    caption: str


def feedback(question: Question, answer: Answer) -> Feedback:
    """What to tell the student about an answer. Nothing, where key points are not public or nothing was looked for."""
    if not question.public or not question.key_points:
        return NOTHING
    draft = _draft(question, answer)
    if draft.suggested is None or draft.basis != "key_points":
        return NOTHING
    return Feedback(
        runs=_runs(answer.text.strip("\r\n"), len(answer.text) - len(answer.text.lstrip("\r\n")), draft),
        found=tuple(prose(point.text, 300) for point in draft.found),
        missing=tuple(prose(point.text, 300) for point in draft.missing),
        wrong=tuple(prose(point.text, 300) for point in draft.misconceptions),
    )


def _draft(question: Question, answer: Answer) -> AnswerDraft:
    inputs = (question.model_dump_json(), answer.text, *answer.flags)
    return worked_out("draft", inputs, _DRAFT, lambda: draft_mark(question, answer.text, flags=answer.flags))


def _runs(text: str, offset: int, draft: AnswerDraft) -> tuple[Run, ...]:
    if block(text, characters=LONGEST, lines=MOST_LINES).notice:
        return ()
    marked = sorted({(s.start - offset, s.end - offset) for point in draft.found for s in point.spans})
    runs: list[Run] = []
    at = 0
    for start, end in marked:
        if end <= at:
            continue
        start = max(at, start)
        runs.append(Run(_tame(text[at:start]), marked=False))
        runs.append(Run(_tame(text[start:end]), marked=True))
        at = end
    runs.append(Run(_tame(text[at:]), marked=False))
    return tuple(run for run in runs if run.text)


def _tame(text: str) -> str:
    return block(text, characters=LONGEST, lines=MOST_LINES).text


def without_answer_keys(rubric: Rubric) -> Rubric:
    """The rubric with all key points kept private: for a student who has not handed in yet."""
    criteria = tuple(
        criterion
        if criterion.question is None
        else criterion.model_copy(update={"question": criterion.question.model_copy(update={"public": False})})
        for criterion in rubric.criteria
    )
    return rubric.model_copy(update={"criteria": criteria})


def parts_of(evidence: Evidence) -> dict[int, Cell]:
    """Cells of the notebook and parts of the report, by position."""
    return {cell.position: cell for cell in (*evidence.cells, *evidence.report_parts)}


def shown_pictures(
    places: Iterable[Place], cells: Mapping[int, Cell], pictures: Mapping[int, Picture]
) -> tuple[Shown, ...]:
    """The pictures that these places were read from, each once."""
    numbers = [cell.picture for place in places if (cell := cells.get(place.cell)) is not None and cell.picture]
    found = [pictures[number] for number in dict.fromkeys(numbers) if number in pictures and pictures[number].png]
    return tuple(
        Shown(
            source=f"data:image/png;base64,{picture.png}",
            caption=f"Picture {picture.number} of “{prose(picture.document, 80)}”"
            + ("" if picture.confidence is None else f", read with a certainty of {percent(picture.confidence)}"),
        )
        for picture in found[:MOST_SHOWN]
        if _is_base64(picture.png)
    )


def _is_base64(text: str) -> bool:
    return text.isascii() and text.replace("+", "").replace("/", "").rstrip("=").isalnum()
