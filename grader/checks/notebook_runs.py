"""Does the notebook run from top to bottom, and does it train something?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.checks.findings import Finding, FindingKind, Findings, NoParameters, check
from grader.checks.graded import started
from grader.checks.places import cell_name, distinct, statements_about
from grader.checks.unseen import CUSTOM_TRAINING, custom_training
from grader.checks.wording import listed
from grader.evidence.model import CellError, Evidence, Place

if TYPE_CHECKING:
    from grader.rubric.model import Criterion

_ERROR = ("cell", "error", "text", "others")
_FIX = "Start with {cell}: fix its {error}, then choose “Restart and run all” and see that every cell runs."

KINDS = (
    FindingKind("ran", 0.0, "The notebook ran from top to bottom without {errors}.", values=("errors",)),
    FindingKind(
        "cells_failed",
        0.5,
        "The model was trained, but {cell} stopped with {error}: {text} {others}",
        _FIX,
        values=_ERROR,
        explains=False,
    ),
    FindingKind(
        "failed_before_training",
        1.0,
        "Nothing was trained: {cell} stopped with {error}: {text} {others}",
        _FIX,
        values=_ERROR,
        urgent=True,
    ),
    FindingKind(
        "only_our_errors",
        0.0,
        "{cells} failed because of the grading machine or its shortened training, not because of you: no points lost.",
        values=("cells",),
    ),
    FindingKind(
        "stopped_by_us",
        "review",
        "{cells} failed because of the grading machine or its shortened training, and the rest did not run: "
        "a person looks at it.",
        values=("cells",),
    ),
    FindingKind(
        "timed_out",
        "review",
        "The notebook did not finish within the time limit. {explanation}",
        "Look for a cell that waits for input, downloads something or trains far longer than the lab asks.",
        values=("explanation",),
        urgent=True,
    ),
    FindingKind(
        "kernel_died",
        "review",
        "The notebook's process ended before the notebook did. {explanation}",
        "Look for a cell that needs very much memory or that ends the process itself.",
        values=("explanation",),
        urgent=True,
    ),
    FindingKind("not_run", "review", "The notebook was not run, so nothing is known about how it runs."),
    CUSTOM_TRAINING,
    FindingKind(
        "no_code",
        1.0,
        "There is no code in this submission.",
        "Hand in the notebook that contains your code; check that you saved it first.",
        absent=True,
        explains=False,
        urgent=True,
    ),
    FindingKind(
        "trains_nothing",
        1.0,
        "The notebook never trains a model.",
        "Build the model the lab asks for and train it with `fit`.",
        absent=True,
        explains=False,
        urgent=True,
    ),
    FindingKind(
        "unreadable",
        1.0,
        "The file could not be read as a notebook. {explanation}",
        "Open your notebook in Jupyter or Colab, run it, download it again as .ipynb and hand that file in.",
        values=("explanation",),
        urgent=True,
    ),
)


@check(NoParameters, *KINDS)
def notebook_runs(evidence: Evidence, _parameters: NoParameters, _criterion: Criterion) -> Findings:
    """The notebook runs from top to bottom in a fresh kernel."""
    run = evidence.run
    if run.status == "unreadable":
        return (Finding("unreadable", {"explanation": run.explanation}),)  # nothing of it was read or run
    if evidence.cells and not any(cell.kind == "code" and cell.source.strip() for cell in evidence.cells):
        return (Finding("no_code", strength="observed"),)
    trained = any(started(fit) for fit in evidence.fits)
    if not trained:
        own_loop = custom_training(evidence)
        if own_loop is not None:
            return (own_loop,)
        if run.status == "completed" or not statements_about(evidence, "fit"):
            return (Finding("trains_nothing", strength="observed" if run.status == "completed" else "stated"),)
    if run.status == "not_run":
        return (Finding("not_run"),)
    if run.status in ("timed_out", "kernel_died"):
        return (Finding(run.status, {"explanation": run.explanation}, "observed", _places(run.errors)),)
    return _of_errors(evidence, trained)


def _of_errors(evidence: Evidence, trained: bool) -> Findings:
    errors = sorted(evidence.run.errors, key=lambda error: error.place.cell)
    excused = [error for error in errors if error.ours or error.after_shortened_call]
    blamed = [error for error in errors if error not in excused and not _follows(error, excused)]
    if blamed and not trained and excused and excused[0].place.cell < blamed[0].place.cell:
        # What came first was ours. How far the rest follows from it, a person sees better than a rule.
        return (Finding("stopped_by_us", {"cells": _cells(excused)}, "observed", _places([*excused, *blamed])),)
    if blamed:
        first, further = blamed[0], len(blamed) - 1
        more = f" {further} more failed after it." if further else ""
        values = {"cell": cell_name(first.place), "error": first.name, "text": _short(first), "others": more}
        code = "cells_failed" if trained else "failed_before_training"
        return (Finding(code, values, "observed", _places(blamed)), *_remark(excused))
    if excused and trained:
        return (Finding("ran", {"errors": "an error of its own"}, "observed"), *_remark(excused))
    if excused:
        return (Finding("stopped_by_us", {"cells": _cells(excused)}, "observed", _places(excused)),)
    if evidence.run.status == "completed":
        return (Finding("ran", {"errors": "an error"}, "observed"),)
    values = {"cell": "a cell", "error": "an error", "text": evidence.run.explanation, "others": ""}
    return (Finding("cells_failed" if trained else "failed_before_training", values, "observed"),)


def _follows(error: CellError, excused: list[CellError]) -> bool:
    """A name that is missing because an excused cell should have made it is no second error."""
    return error.name == "NameError" and any(earlier.place.cell < error.place.cell for earlier in excused)


def _remark(excused: list[CellError]) -> Findings:
    return (Finding("only_our_errors", {"cells": _cells(excused)}, places=_places(excused)),) if excused else ()


def _cells(errors: list[CellError]) -> str:
    return listed(cell_name(error.place) for error in errors[:5]).capitalize()


def _places(errors: tuple[CellError, ...] | list[CellError]) -> tuple[Place, ...]:
    return distinct(error.place for error in errors)


def _short(error: CellError) -> str:
    text = error.value.strip().splitlines()[0] if error.value.strip() else "no message"
    return text if text.endswith((".", "!", "?")) else text + "."
