"""The report of one student."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from grader.evidence.model import Evidence
from grader.provenance.statement import Statement
from grader.report import chain, page, run_facts, training
from grader.report.cards import Card, Piece, cards, pieces
from grader.report.kept_html import kept_html
from grader.report.signature import Signature, describe
from grader.report.total import Score, score
from grader.report.visible_text import prose
from grader.report.wording import run_sentence
from grader.rubric.model import Rubric
from grader.verdict import Result


@dataclass(frozen=True, slots=True)
class Next:
    """The one most useful thing to do next. `anchor` and `about` point at the criterion it is about."""

    heading: str
    sentence: tuple[Piece, ...]
    about: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the template shows, in its order."""

    student: str
    lab: str
    score: Score
    next: Next
    our_failure: str
    alert: str
    differences: tuple[tuple[Piece, ...], ...]
    """What the written report says otherwise than the notebook."""
    report_notes: tuple[str, ...]
    """What of the written report could not be read."""
    pack_notice: str
    cards: tuple[Card, ...]
    course: Markup
    training: Markup
    chain: Markup
    facts: tuple[run_facts.Fact, ...]
    signature: Signature | None = None


def render_report(
    evidence: Evidence, result: Result, rubric: Rubric, signature: tuple[Statement, str] | None = None
) -> str:
    """The HTML page of one submission: self-contained, without scripts, everything from outside escaped.

    Starts nothing and reads no file but this package's templates. With a `signature` (the statement still without
    the page's digest, and the public key) the page has an empty place for the signed statement.
    """
    shown = report(evidence, result, rubric, signature)
    return page.render("report.html", ("page.css", "report.css"), report=shown)


def report(
    evidence: Evidence, result: Result, rubric: Rubric, signature: tuple[Statement, str] | None = None
) -> Report:
    """The view model of the page."""
    cells = {cell.position: cell for cell in evidence.cells}
    all_cards = cards(evidence, result, rubric)
    anchors = dict(zip([verdict.criterion for verdict in result.verdicts], all_cards, strict=False))
    return Report(
        student=prose(result.name, 120) or prose(result.submission, 120) or "No name given",
        lab=prose(rubric.lab.title, 160),
        score=score(result),
        next=_next(result, anchors.get(result.next_criterion or "")),
        our_failure=_our_failure(evidence),
        alert=_alert(evidence),
        differences=tuple(pieces(difference.words, 500) for difference in evidence.differences),
        report_notes=_report_notes(evidence),
        pack_notice=run_facts.pack_notice(evidence.pack),
        cards=all_cards,
        course=kept_html("course", (), "course.html", lambda: {"course": run_facts.course(evidence, cells)}),
        training=kept_html("training", (), "training.html", lambda: {"training": training.describe(evidence, cells)}),
        chain=kept_html(
            "model", (), "model.html", lambda: {"chain": chain.draw(evidence), "problem": _chain_problem(evidence)}
        ),
        facts=run_facts.facts(evidence, rubric),
        signature=None if signature is None else describe(*signature),
    )


def _next(result: Result, card: Card | None) -> Next:
    if result.next_step.strip():
        about, anchor = (card.title, card.anchor) if card is not None else ("", "")
        return Next("Do this next", pieces(result.next_step), about, anchor)
    if result.status == "infrastructure_error":
        return Next("Nothing to do for you", pieces("We will run your notebook again."), "", "")
    if result.total.pending > 0:
        return Next("Nothing to do for now", pieces("Your teacher looks at the rest."), "", "")
    if not result.total.final:
        return Next("Nothing to do for now", pieces("Your teacher looks again at a mark."), "", "")
    if result.total.points >= result.total.maximum:
        return Next("All done", pieces("You earned every point. Well done!"), "", "")
    return Next("Nothing more to do", pieces("This result is final."), "", "")


def _alert(evidence: Evidence) -> str:
    if evidence.run.status == "completed" or evidence.our_failure:
        return ""
    if evidence.report_only and evidence.submission.notebook is not None:
        problem = prose(evidence.run.explanation, 400)
        return f"We could not read your notebook, so your report is graded for what it states. {problem}"
    if evidence.report_only:
        return "You handed in a report without a notebook, so nothing could be run: it is graded for what it states."
    return run_sentence(evidence.run)


def _report_notes(evidence: Evidence) -> tuple[str, ...]:
    notes = [f"{document.name}: {note}" for document in evidence.documents for note in document.notes]
    notes += [f"{p.document}, picture {p.number}: {p.problem}" for p in evidence.pictures if p.problem]
    return tuple(prose(note, 300) for note in notes[:10])


def _our_failure(evidence: Evidence) -> str:
    if evidence.our_failure is None:
        return ""
    detail = prose(evidence.our_failure, 400)
    return f"Something went wrong on our side. You lose no points. {detail}".strip()


def _chain_problem(evidence: Evidence) -> str:
    if evidence.graded is None:
        return "We saw no trained model, so there is nothing to draw."
    if evidence.graded.problem:
        return f"We could not draw your model. {prose(evidence.graded.problem, 300)}"
    return "" if evidence.graded.nodes else "We could not draw your model."
