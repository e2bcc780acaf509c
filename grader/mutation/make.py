"""From a reference solution and the catalogue to notebooks."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from grader.checks.own import checks_of
from grader.mutation.catalogue import Kind, Variant
from grader.mutation.edits import Making
from grader.mutation.not_applicable import NotApplicable
from grader.mutation.notebook import SourceNotebook
from grader.mutation.parts import read_parts
from grader.mutation.pieces import all_pieces
from grader.mutation.statements import does, statements_in
from grader.mutation.wording import missing
from grader.rubric.model import Criterion, Rubric
from grader.source.generation import needs_keras_2


@dataclass(frozen=True)
class Made:
    """One variant of this reference, or the reason why there is none."""

    kind: Kind
    name: str
    variant: Variant
    notebook: SourceNotebook | None
    question: str | None = None
    """Id of the question it is about, for a variant made per question."""
    why_not: str = ""


def make_variants(
    reference: SourceNotebook, rubric: Rubric, variants: Iterable[tuple[Kind, Variant]]
) -> Iterator[Made]:
    """Every variant, made or not applicable, in the catalogue's order."""
    parts = read_parts(reference)
    pieces = all_pieces(parts.pieces)
    trained = False
    for statement in (each for _, module in reference.code() for each in statements_in(module)):
        if does(statement, "freeze", parts, trained=trained):
            pieces["freeze"] = "trainable = False"
        if trained and does(statement, "unfreeze", parts):
            pieces["fine_tuning"] = "trainable = True"
        trained = trained or does(statement, "fit", parts)
    if "fine_tuning" not in pieces:
        pieces["one_training"] = "fit"
    pieces[_generation(reference, rubric)] = pieces.get("keras", "keras")
    for kind, variant in variants:
        if not variant.per_question:
            yield _made(kind, variant, variant.name, None, reference, rubric, pieces)
            continue
        for question in rubric.questions():
            yield _made(kind, variant, f"{variant.name}-{question.id}", question.id, reference, rubric, pieces)


def concerned(rubric: Rubric, variant: Variant, question: str | None) -> dict[str, Criterion]:
    """The criteria in which the variant shows, by id."""
    return {
        criterion.id: criterion
        for criterion in rubric.criteria
        if criterion.check in variant.shows
        and (question is None or (criterion.question is not None and criterion.question.id == question))
    }


def _made(
    kind: Kind, variant: Variant, name: str, question: str | None, reference: SourceNotebook, rubric: Rubric,
    pieces: dict[str, str],
) -> Made:  # fmt: skip
    made = Made(kind, name, variant, None, question)
    unknown = _unknown_finding(rubric, variant)
    if unknown:
        return replace(made, why_not=unknown)
    mistaken = _where_wrong(rubric, variant) if kind == "mutant" else ()
    if mistaken and not set(mistaken) & {each.check for each in concerned(rubric, variant, question).values()}:
        return replace(made, why_not=f"no criterion of this rubric uses {' or '.join(mistaken)}")
    lacking = next((piece for piece in variant.needs if piece not in pieces), None)
    if lacking is not None:
        return replace(made, why_not=str(missing(lacking)))
    making = Making(pieces, rubric.questions(), question)
    notebook = reference
    try:
        for edit in variant.edits:
            notebook = edit.apply(notebook, making)
    except NotApplicable as reason:
        return replace(made, why_not=str(reason))
    if notebook == reference:
        return replace(made, why_not="it changes nothing in the reference")
    if not any("raw" in type(edit).model_fields for edit in variant.edits):
        problem = _broken(notebook)
        if problem:
            return replace(made, why_not=f"the changed code would be no Python ({problem})")
    return replace(made, notebook=notebook)


def _generation(reference: SourceNotebook, rubric: Rubric) -> str:
    """`keras_2` or `keras_3`: what the reference runs in, a piece that variants may need."""
    wanted = rubric.environment.framework
    older = wanted == "tf_keras" or (wanted == "auto" and needs_keras_2(reference.evidence_cells()) is not None)
    return "keras_2" if older else "keras_3"


def _where_wrong(rubric: Rubric, variant: Variant) -> tuple[str, ...]:
    """Checks in which the mistake itself shows, and not only another style that comes with it."""
    checks = checks_of(rubric)
    return tuple(
        check
        for check, codes in variant.shows.items()
        if check not in checks or any(checks[check].kinds[code.split("+")[0]].cost != 0 for code in codes)
    )


def _unknown_finding(rubric: Rubric, variant: Variant) -> str:
    """Of a lab's own check, whose findings are not known where a catalogue is read."""
    checks = checks_of(rubric)
    for check, codes in variant.shows.items():
        for code in (part for joined in codes for part in joined.split("+")):
            if check in checks and code not in checks[check].kinds:
                return f"the check {check} has no finding {code}"
    return ""


def _broken(notebook: SourceNotebook) -> str:
    for cell in notebook.cells:
        if cell.module is not None:
            try:
                ast.parse(cell.text)
            except SyntaxError as problem:
                return problem.msg
    return ""
