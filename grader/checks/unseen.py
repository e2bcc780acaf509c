"""Telling "it is not there" from "it could not be seen".

A notebook that ran to its end and does not contain a thing has answered the question. One that stopped early
has not: then the source decides whether a person must look, and missing evidence is neither a pass nor a zero.
"""

from __future__ import annotations

from grader.checks.findings import Finding, FindingKind
from grader.checks.graded import started
from grader.checks.places import cell_name, distinct, statements_about
from grader.checks.wording import listed
from grader.evidence.model import CellError, Data, Evidence, Place, Statement, Strength
from grader.source.passed import passed_lines
from grader.source.tracing import read_outline

NOT_REACHED = FindingKind(
    "not_reached",
    "review",
    "{why}, so this could not be observed. The source states it ({stated}), and a person decides what that is worth.",
    "Make the notebook run from top to bottom: then this can be seen at work.",
    values=("why", "stated"),
)
"""Every check that looks at what ran has this kind."""

CUSTOM_TRAINING = FindingKind(
    "custom_training",
    "review",
    "The notebook seems to train with a loop of its own ({call}); only `fit` is recorded, so a person looks at it.",
    "If you can, train with `model.fit(...)`.",
    values=("call",),
)

FEATURES_BEFOREHAND = FindingKind(
    "features_beforehand",
    "review",
    "The base made features beforehand, and the classifier that was trained on them ({where}) does not contain it: "
    "what that is worth, a person decides.",
    "Put the base into the model that you train: then its images can be augmented, and it can be fine-tuned.",
    values=("where",),
)
"""Every check that looks into the graded model has this kind beside `no_model`."""

_CHANNELS = 4
"""Of a picture, at most: red, green, blue, and how much shows through."""

_CUSTOM_CALLS = ("GradientTape", "train_on_batch")


def why_stopped(evidence: Evidence) -> str | None:
    """Why some of the notebook may not have been seen, as the start of a sentence; None when it all ran."""
    run = evidence.run
    if run.status == "completed":
        return None
    if run.status == "timed_out":
        return "The notebook's time was up before its end"
    if run.status == "kernel_died":
        return "The notebook's process ended before the notebook did"
    if run.status == "not_run":
        return "The notebook was not run"
    if run.status == "unreadable":
        return "The notebook could not be read"
    error = first_error(evidence)
    if error is None:
        return "Some cells of the notebook failed"
    cause = " for a reason on our side" if error.ours or error.after_shortened_call else ""
    return f"{cell_name(error.place).capitalize()} stopped with {error.name}{cause}"


def first_error(evidence: Evidence) -> CellError | None:
    """The earliest error: later ones usually follow from it."""
    return min(evidence.run.errors, key=lambda error: error.place.cell, default=None)


def unreached(evidence: Evidence, *topics: str) -> tuple[Statement, ...]:
    """Statements on these topics that may not have had their effect when observing ended.

    With a graded model that was trained, only statements in cells that failed or never ran count, and of a failed
    cell those from the failing line on: the others had their chance, and what came of them is in the model.
    """
    if why_stopped(evidence) is None:
        return ()
    found = statements_about(evidence, *topics)
    trained = any(started(fit) for fit in evidence.fits if fit.contains_base)
    if evidence.graded is None or not trained or not evidence.cells:
        return found
    ran = {cell.position for cell in evidence.cells if cell.status == "ok"}
    passed = {error.place.cell: _passed(evidence, error) for error in evidence.run.errors}
    return tuple(
        said
        for said in found
        if said.place.cell not in ran and said.place.first_line not in passed.get(said.place.cell, ())
    )


def _passed(evidence: Evidence, error: CellError) -> frozenset[int]:
    """Lines of a failed cell that had been run before the one it failed on."""
    source = next((cell.source for cell in evidence.cells if cell.position == error.place.cell), "")
    return passed_lines(source, error.place.first_line)


def not_reached(evidence: Evidence, *topics: str, shown_by: str | None = None) -> Finding | None:
    """The finding for a person, if the source states these topics and the run may have stopped before them.

    `shown_by` names the topic that would have shown them at work, where that is another one (`fit`).
    """
    why = why_stopped(evidence)
    waiting = unreached(evidence, *topics)
    if shown_by is not None:
        waiting = statements_about(evidence, *topics) if unreached(evidence, shown_by) else ()
    if why is None or not waiting:
        return None
    stated = listed(f"{said.detail or said.topic} in {cell_name(said.place)}" for said in waiting[:4])
    return Finding(
        "not_reached", {"why": why, "stated": stated}, "stated", distinct(statement.place for statement in waiting)
    )


def custom_training(evidence: Evidence) -> Finding | None:
    """A training loop of the student's own, recognised by its words: enough to ask a person, not to decide."""
    for cell in evidence.cells:
        if cell.kind != "code":
            continue
        call = next((call for call in _CUSTOM_CALLS if call in cell.source), None)
        if call is not None:
            return Finding("custom_training", {"call": call}, "stated", (_whole(cell.position, cell.code_cell),))
    return None


def features_beforehand(evidence: Evidence) -> Finding | None:
    """A classifier trained on what a base made of the images: by the shape of its data, or as the source states it."""
    trained = [fit for fit in evidence.fits if not fit.contains_base and started(fit)]
    if not trained or all(base.error for base in evidence.bases):
        return None
    on_features = next((fit for fit in trained if fit.data is not None and _is_no_picture(fit.data)), None)
    if on_features is None and not any(fit.beforehand for fit in read_outline(evidence.cells).fits):
        return None
    fit = on_features or trained[-1]
    where = cell_name(fit.place) if fit.place is not None else "in its own training"
    return Finding("features_beforehand", {"where": where}, "observed", distinct([fit.place]))


def _is_no_picture(data: Data) -> bool:
    """Whether what was passed to `fit` is one row of numbers, or a feature map, per example."""
    shape = data.image_shape
    return shape is not None and (len(shape) == 2 or (len(shape) == 4 and (shape[-1] or 0) > _CHANNELS))


def absence_strength(evidence: Evidence) -> Strength:
    """How an absence is known: seen by running, or only read from the source."""
    return "observed" if why_stopped(evidence) is None else "stated"


def _whole(position: int, code_cell: int | None) -> Place:
    return Place(cell=position, code_cell=code_cell)
