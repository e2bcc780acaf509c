"""Was the base frozen while the head was trained on its features?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.checks.findings import Finding, FindingKind, Findings, NoParameters, check
from grader.checks.graded import NO_MODEL, base_fits, base_record, changed_before_training, started, training_fit
from grader.checks.places import cell_name, distinct, observed_else_stated, statements_about
from grader.checks.unseen import (
    CUSTOM_TRAINING,
    FEATURES_BEFOREHAND,
    NOT_REACHED,
    absence_strength,
    custom_training,
    features_beforehand,
    not_reached,
)
from grader.evidence.model import BaseState, Evidence, Fit, Place

if TYPE_CHECKING:
    from grader.rubric.model import Criterion

_FREEZE = "Set `base_model.trainable = False` before you compile and fit for the first time."
_COUNTS = ("frozen", "layers", "moved")

KINDS = (
    FindingKind("frozen", 0.0, "The base was frozen during feature extraction: none of its weights changed."),
    FindingKind(
        "then_fine_tuned", 0.0, "Later ({where}) the base was trained too: that is fine-tuning, and costs nothing.",
        values=("where",),
    ),
    FindingKind(
        "not_frozen", 1.0,
        "The base was trainable in the first training ({moved} of its {layers} layers changed), so large "
        "gradients from the untrained head could overwrite what it had learned.",
        _FREEZE, values=_COUNTS,
    ),
    FindingKind(
        "partly_frozen", 0.5,
        "Only {frozen} of the base's {layers} layers were frozen in the first training; {moved} layers changed.",
        "Freeze the whole base for feature extraction; unfreeze its top layers only afterwards, for fine-tuning.",
        values=_COUNTS,
    ),
    FindingKind(
        "moved_despite_flag", 1.0,
        "The base is marked as frozen, yet {moved} of its {layers} layers changed during the first training.",
        "Set `trainable = False` on the base that is inside the model, before `compile`, and leave it so during `fit`.",
        values=_COUNTS,
    ),
    FindingKind(
        "still_but_trainable", "review",
        "The base was not frozen ({frozen} of {layers} layers), yet none of its weights changed in training.",
        _FREEZE, values=_COUNTS,
    ),
    FindingKind(
        "frozen_in_a_later_fit", 0.5,
        "The base was frozen only from {where} on; the first training had already changed it.",
        _FREEZE, values=("where",),
    ),
    FindingKind(
        "frozen_after_training", 1.0,
        "The line that freezes the base ({where}) runs only after the training it should protect from.",
        "Move it before the first `compile` and `fit`, then run all cells again.",
        values=("where",),
    ),
    FindingKind(
        "changed_before", "review",
        "The base was frozen in the first `fit`, but its weights had been changed since it was made: something else "
        "than `fit` trained or replaced them.",
        "Freeze the base before anything trains it, a loop of your own and `train_on_batch` included.",
    ),
    FindingKind("unknown", "review", "The base was trained, but what happened to its weights was not recorded."),
    FindingKind(
        "never_trained", 1.0,
        "No model with a pre-trained base was trained, so there was no feature extraction.",
        "Train your model with `fit` while the base is frozen.",
        absent=True, explains=False,
    ),
    NO_MODEL,
    NOT_REACHED,
    CUSTOM_TRAINING,
    FEATURES_BEFOREHAND,
)  # fmt: skip


@check(NoParameters, *KINDS)
def frozen_base(evidence: Evidence, _parameters: NoParameters, _criterion: Criterion) -> Findings:
    """The base's weights stay as they are while the new head is trained (feature extraction)."""
    fit = training_fit(evidence)
    if fit is None or not started(fit):
        return (_without_training(evidence),)
    if fit.base is None:
        return (Finding("unknown", strength="observed", places=distinct([fit.place])),)
    later = [other for other in base_fits(evidence) if other.index > fit.index and started(other)]
    return (_first_training(evidence, fit, fit.base, later), *_fine_tuning(fit.base, later))


def _first_training(evidence: Evidence, fit: Fit, base: BaseState, later: list[Fit]) -> Finding:
    counts = {"frozen": str(base.frozen_layers), "layers": str(base.layers), "moved": str(base.moved_layers)}
    places = distinct([*_freezing_before(evidence, fit), fit.place])
    if not base.moved and base.frozen == "yes":
        record = base_record(evidence)
        if record is not None and record.pack_weights is not None and changed_before_training(evidence, record):
            return Finding("changed_before", {}, "observed", places)
        measured = evidence.measurement
        verified = measured is not None and (measured.base_weights_are or measured.feature_extraction_base_is)
        return Finding("frozen", {}, "verified" if verified else "observed", places)
    if base.frozen == "yes":
        return Finding("moved_despite_flag", counts, "observed", places)
    if not base.moved and _trained_in_full(fit):
        return Finding("still_but_trainable", counts, "observed", places)
    refrozen = next(
        (other for other in later if other.base and other.base.frozen == "yes" and not other.base.moved), None
    )
    if refrozen is not None:
        where = cell_name(refrozen.place) if refrozen.place else "a later fit"
        return Finding("frozen_in_a_later_fit", {"where": where}, "observed", distinct([fit.place, refrozen.place]))
    if base.frozen == "partial":
        return Finding("partly_frozen", counts, "observed", places)
    too_late = _freezing_after(evidence, fit)
    fine_tunes = any(other.base is not None and other.base.frozen == "partial" for other in later)
    if too_late and not fine_tunes:
        where = cell_name(too_late[0])
        return Finding("frozen_after_training", {"where": where}, "observed", distinct([fit.place, *too_late]))
    return Finding("not_frozen", counts, "observed", observed_else_stated(evidence, [fit.place], "unfreeze", "base"))


def _trained_in_full(fit: Fit) -> bool:
    """Whether weights that may move had every chance to: a shortened or idle call proves nothing by stillness."""
    return not fit.shortened and fit.epochs_run > 0


def _fine_tuning(base: BaseState, later: list[Fit]) -> Findings:
    if base.frozen != "yes" or base.moved:
        return ()
    tuned = next((fit for fit in later if fit.base is not None and fit.base.frozen != "yes"), None)
    if tuned is None:
        return ()
    where = cell_name(tuned.place) if tuned.place else "in a later fit"
    return (Finding("then_fine_tuned", {"where": where}, places=distinct([tuned.place])),)


def _without_training(evidence: Evidence) -> Finding:
    waiting = not_reached(evidence, "freeze", shown_by="fit")
    if waiting is None and _frozen_from_the_start(evidence):
        waiting = not_reached(evidence, "base", shown_by="fit")
    if waiting is not None:
        return waiting
    doubt = custom_training(evidence) or features_beforehand(evidence)
    if doubt is not None:
        return doubt
    made = any(not base.error for base in evidence.bases)
    return Finding("never_trained" if made else "no_model", strength=absence_strength(evidence))


def _frozen_from_the_start(evidence: Evidence) -> bool:
    """Whether the base is a `hub.KerasLayer`: frozen unless it is made with `trainable=True` (tensorflow.org/hub)."""
    bases = statements_about(evidence, "base")
    modules = [said for said in bases if said.settings.get("backbone") == "hub.KerasLayer"]
    return any(module.settings.get("trainable") is not True for module in modules)


def _freezing_before(evidence: Evidence, fit: Fit) -> list[Place]:
    return [place for place in _freezing(evidence) if fit.place is None or _order(place) <= _order(fit.place)][-2:]


def _freezing_after(evidence: Evidence, fit: Fit) -> list[Place]:
    return [place for place in _freezing(evidence) if fit.place is not None and _order(place) > _order(fit.place)]


def _freezing(evidence: Evidence) -> list[Place]:
    return [statement.place for statement in statements_about(evidence, "freeze")]


def _order(place: Place) -> tuple[int, int]:
    return place.cell, place.first_line
