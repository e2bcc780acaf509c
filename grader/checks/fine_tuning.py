"""Was the base trained further, in small steps, after the head had been trained on its features?

For labs that ask for it; where fine-tuning is only welcome, `frozen_base` says so (`then_fine_tuned`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from grader.checks.findings import Finding, FindingKind, Findings, Parameters, check
from grader.checks.graded import NO_MODEL, base_fits, started, training_fit
from grader.checks.places import cell_name, distinct, observed_else_stated
from grader.checks.unseen import CUSTOM_TRAINING, NOT_REACHED, absence_strength, custom_training, not_reached
from grader.evidence.model import Evidence, Fit

if TYPE_CHECKING:
    from grader.rubric.model import Criterion

_HOW = (
    "After the first training set `trainable = True` for the base's last layers, compile again with a low learning "
    "rate such as 1e-5, and call `fit` again."
)
_SEEN = ("where", "opened", "layers", "rate")


class FineTuning(Parameters):
    """What the lab asks of fine-tuning."""

    highest_rate: Annotated[float, Field(gt=0, le=1, strict=True)] = 0.0001
    """Learning rate above which the steps count as too large."""


KINDS = (
    FindingKind(
        "fine_tuned", 0.0,
        "After feature extraction the base was trained too ({where}): {opened} of its {layers} layers were open, with "
        "a learning rate of {rate}.",
        values=_SEEN,
    ),
    FindingKind("whole_base", 0.0, "The whole base was opened, and not only its last layers.", style=True),
    FindingKind(
        "high_rate", 0.25,
        "The base was fine-tuned ({where}) with a learning rate of {rate}: steps so large destroy what it has learned.",
        "Compile again with a learning rate such as 1e-5 before you fine-tune.",
        values=_SEEN,
    ),
    FindingKind(
        "from_the_start", 1.0,
        "The base was open from the first training on ({where}): that is no fine-tuning after feature extraction.",
        "Freeze the base for the first training; open its last layers only for a second one.",
        values=_SEEN,
    ),
    FindingKind(
        "opened_without_effect", 1.0,
        "The base was opened before {where}, yet none of its weights changed.",
        "Compile again after you have set `trainable`: a model keeps what was so when it was compiled.",
        values=_SEEN,
    ),
    FindingKind(
        "opened_unclear", "review",
        "The base was opened before {where}; whether it would have changed is not known, as training was shortened.",
        values=_SEEN,
    ),
    FindingKind(
        "never_fine_tuned", 1.0, "The base was never trained after feature extraction.", _HOW,
        absent=True, explains=False,
    ),
    FindingKind(
        "never_trained", 1.0, "No model with a pre-trained base was trained.", "Train your model with `fit`.",
        absent=True, explains=False,
    ),
    NO_MODEL,
    NOT_REACHED,
    CUSTOM_TRAINING,
)  # fmt: skip


@check(FineTuning, *KINDS)
def fine_tuning(evidence: Evidence, parameters: FineTuning, _criterion: Criterion) -> Findings:
    """After feature extraction the base is trained further, in small steps."""
    first = training_fit(evidence)
    if first is None or not started(first):
        return (_without_training(evidence),)
    later = [fit for fit in base_fits(evidence) if fit.index > first.index and started(fit)]
    opened = [fit for fit in later if fit.base is not None and fit.base.frozen != "yes"]
    if not opened:
        return (_never(evidence, first),)
    moved = next((fit for fit in opened if fit.base is not None and fit.base.moved), None)
    tuned = moved or opened[0]
    places = observed_else_stated(evidence, [tuned.place], "unfreeze")
    values = _values(tuned)
    if moved is None:
        sure = not any(fit.shortened for fit in opened)
        return (Finding("opened_without_effect" if sure else "opened_unclear", values, "observed", places),)
    if _never_frozen(first):
        return (Finding("from_the_start", values, "observed", distinct([first.place, tuned.place])),)
    rate = tuned.optimizer.learning_rate if tuned.optimizer is not None else None
    code = "high_rate" if rate is not None and rate > parameters.highest_rate * (1 + 1e-6) else "fine_tuned"
    found = Finding(code, values, "observed", places)
    whole = tuned.base is not None and tuned.base.frozen == "no"
    return (found, Finding("whole_base", {}, "observed", places)) if whole else (found,)


def _never_frozen(first: Fit) -> bool:
    return first.base is not None and first.base.frozen == "no" and first.base.moved


def _values(fit: Fit) -> dict[str, str]:
    base, rate = fit.base, fit.optimizer.learning_rate if fit.optimizer is not None else None
    return {
        "where": cell_name(fit.place) if fit.place else "a later fit",
        "opened": str(base.layers - base.frozen_layers) if base is not None else "some",
        "layers": str(base.layers) if base is not None else "its",
        "rate": f"{rate:g}" if rate is not None else "unknown size",
    }


def _never(evidence: Evidence, first: Fit) -> Finding:
    waiting = not_reached(evidence, "unfreeze")
    if waiting is not None:
        return waiting
    if _never_frozen(first):
        return Finding("from_the_start", _values(first), "observed", distinct([first.place]))
    return Finding("never_fine_tuned", {}, absence_strength(evidence))


def _without_training(evidence: Evidence) -> Finding:
    waiting = not_reached(evidence, "unfreeze", "fit")
    if waiting is not None:
        return waiting
    own_loop = custom_training(evidence)
    if own_loop is not None:
        return own_loop
    made = any(not base.error for base in evidence.bases)
    return Finding("never_trained" if made else "no_model", strength=absence_strength(evidence))
