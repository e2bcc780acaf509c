"""From written reports to evidence: parts, statements, answers, and what they say otherwise than the notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.answers.find import find_answers
from grader.errors import OutOfReachError, SubmissionError
from grader.evidence.model import Answer, Cell, Evidence, Pack, Provenance, Run, Statement, SubmissionInfo
from grader.evidence.reports import SURE_READING, Difference, Picture, ReportDocument
from grader.rubric.model import Question
from grader.source.statements import read_statements
from grader.submission.documents.parts import report_content
from grader.submission.documents.read import ReadDocument, read_document_file

MOST_DOCUMENTS = 5
"""Documents of one submission that are read."""


@dataclass(frozen=True)
class ReadReports:
    """The reports of one submission as read; `problems` says which could not be."""

    documents: tuple[ReportDocument, ...] = ()
    parts: tuple[Cell, ...] = ()
    pictures: tuple[Picture, ...] = ()
    problems: tuple[str, ...] = ()


def read_reports(files: Sequence[Path], prefix: Sequence[str], *, cells: int = 0) -> ReadReports:
    """Read the report documents of a submission. What cannot be read is named and costs nothing by itself.

    Args:
        files: the documents.
        prefix: command prefix of a sandbox for the process that reads.
        cells: number of cells of the notebook that came with them.

    Raises:
        InfrastructureError: the reading process could not be started.
        OutOfReachError: a report that was there cannot be opened any more.
    """
    read: list[ReadDocument] = []
    problems = [f"Only the first {MOST_DOCUMENTS} reports were read."] if len(files) > MOST_DOCUMENTS else []
    for file in files[:MOST_DOCUMENTS]:
        try:
            read.append(read_document_file(file, prefix))
        except OutOfReachError:
            raise
        except SubmissionError as problem:
            problems.append(str(problem))
    content = report_content(read, after=cells)
    return ReadReports(tuple(content.documents), tuple(content.parts), tuple(content.pictures), tuple(problems))


def report_answers(reports: ReadReports, questions: Sequence[Question], template: Sequence[Cell]) -> tuple[Answer, ...]:
    """The written answers in reports; those read from a picture say so."""
    pictures = {part.position: part.picture for part in reports.parts}
    return tuple(
        answer.model_copy(update={"flags": (*answer.flags, "read_from_picture")})
        if answer.place is not None and pictures.get(answer.place.cell) is not None
        else answer
        for answer in find_answers(reports.parts, questions, template)
    )


def merged_answers(notebook: Sequence[Answer], report: Sequence[Answer]) -> tuple[Answer, ...]:
    """For each question the notebook's answer, or the report's where the notebook has none, or a far shorter one."""
    by_question = {answer.question: answer for answer in report}
    merged = []
    for own in notebook:
        other = by_question.get(own.question)
        better = other is not None and other.found and (not own.found or len(other.text) > 2 * len(own.text))
        merged.append(other if better and other is not None else own)
    return tuple(merged)


_COMPARED = {
    "base": ("backbone", "include_top", "weights"), "augmentation": ("factor", "mode"), "dropout": ("rate",),
    "classifier": ("units", "activation"), "compile": ("loss", "from_logits"),
}  # fmt: skip
"""Settings in which a report and a notebook can contradict each other, by topic."""
_CALLED = {
    "base": "the base", "augmentation": "augmentation", "dropout": "dropout", "classifier": "the last layer",
    "compile": "the loss",
}  # fmt: skip


def differences(reports: ReadReports, notebook: Sequence[Statement]) -> tuple[Difference, ...]:
    """What the code in a report says otherwise than the notebook's.

    A topic that the report does not show is no difference, and neither is one that any statement of the notebook
    confirms: notebooks hold experiments. Code that was read from a picture with little certainty is not compared.
    """
    unsure = {picture.number for picture in reports.pictures if (picture.confidence or 0) < SURE_READING}
    stated = read_statements([part for part in reports.parts if part.picture not in unsure])
    found: list[Difference] = []
    for said in stated:
        settings = _COMPARED.get(said.topic)
        if settings is None or (said.topic == "classifier" and not said.settings.get("last")):
            continue
        others = [other for other in notebook if other.topic == said.topic and _same_kind(said, other)]
        theirs = {name: said.settings[name] for name in settings if name in said.settings}
        if others and any(all(other.settings.get(name) == value for name, value in theirs.items()) for other in others):
            continue
        if not others and not notebook:
            continue
        ours = f"`{others[-1].detail}`" if others else "nothing of the kind"
        words = f"About {_CALLED[said.topic]} your report says `{said.detail}`, and your notebook {ours}."
        found.append(Difference(topic=said.topic, words=words[:500]))
    return tuple(dict.fromkeys(found))[:20]


def _same_kind(one: Statement, other: Statement) -> bool:
    return one.topic != "augmentation" or one.settings.get("name") == other.settings.get("name")


def with_report(evidence: Evidence, reports: ReadReports, answers: Sequence[Answer]) -> Evidence:
    """The evidence of a notebook with what its report adds."""
    info = evidence.submission
    info = info.model_copy(update={"repairs": (*info.repairs, *reports.problems)})
    return evidence.model_copy(
        update={
            "submission": info, "documents": reports.documents, "report_parts": reports.parts,
            "pictures": reports.pictures, "answers": merged_answers(evidence.answers, answers),
            "differences": differences(reports, evidence.statements),
        }
    )  # fmt: skip


def report_evidence(
    info: SubmissionInfo, reports: ReadReports, answers: Sequence[Answer], pack: Pack, provenance: Provenance,
    notebook_problem: str = "",
) -> Evidence:  # fmt: skip
    """The evidence of a report alone: all of it is `stated`, and nothing was run.

    Args:
        notebook_problem: why the notebook that came with it could not be read; empty where none came.
    """
    info = info.model_copy(update={"repairs": (*info.repairs, *reports.problems)})
    if not reports.documents:
        explanation = " ".join(filter(None, (notebook_problem, *reports.problems))) or "The report could not be read."
        return Evidence(
            submission=info, run=Run(status="unreadable", explanation=explanation), pack=pack, provenance=provenance
        )
    explanation = notebook_problem or "A written report was handed in without a notebook, so nothing could be run."
    return Evidence(
        submission=info, run=Run(status="not_run", explanation=explanation), cells=reports.parts,
        statements=read_statements(reports.parts), answers=tuple(answers), documents=reports.documents,
        pictures=reports.pictures, pack=pack, provenance=provenance,
    )  # fmt: skip
