"""Does the trained model reach what the reference solution reaches?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.checks.comparison import Accuracy, compare, sampling_error
from grader.checks.findings import Finding, FindingKind, Findings, check
from grader.checks.graded import NO_MODEL, has_base, started
from grader.checks.places import distinct, observed_else_stated, statements_about
from grader.checks.unseen import (
    CUSTOM_TRAINING,
    FEATURES_BEFOREHAND,
    NOT_REACHED,
    absence_strength,
    custom_training,
    features_beforehand,
    not_reached,
    why_stopped,
)
from grader.checks.wording import listed, percent
from grader.evidence.model import Evidence, Fit, Place, Reference, Replay

if TYPE_CHECKING:
    from grader.rubric.model import Criterion


REPLAY_MARGIN = 0.02
"""How near to a border a replayed accuracy may not lie, as a fraction. Measured by `benchmarks/policy_agreement.py`: a
replay and the notebook's own training differ by less on the held-out images in nearly all cases."""

_COMPARED = ("accuracy", "reference", "examples", "noise")
_GOOD = ("reached", "within_margin", "short")
"""Findings that bring points, the best first."""
_LOOK = "Look at the criteria above first; then at the number of epochs and the learning rate."

KINDS = (
    FindingKind(
        "reached", 0.0,
        "Measured on {examples} images the model never saw: {accuracy}; the reference solution reaches {reference}.",
        values=_COMPARED,
    ),
    FindingKind(
        "within_margin", 0.0,
        "Measured on {examples} images the model never saw: {accuracy}, against {reference} for the reference "
        "solution. The difference is within the tolerance or the sampling error (±{noise}) and costs nothing.",
        values=_COMPARED,
    ),
    FindingKind(
        "short", 0.5,
        "Measured on {examples} images the model never saw: {accuracy}, against {reference} for the reference "
        "solution. That is less by more than the tolerance and the sampling error (±{noise}).",
        _LOOK, values=_COMPARED,
    ),
    FindingKind(
        "far_below", 1.0,
        "Measured on {examples} images the model never saw: only {accuracy}, against {reference} for the reference "
        "solution (sampling error ±{noise}).",
        _LOOK, values=_COMPARED,
    ),
    FindingKind(
        "constant_prediction", 1.0,
        "The trained model gives the same answer for every image ({accuracy} right by chance).",
        "Check the loss, the learning rate and the range of the images: something keeps it from learning.",
        values=("accuracy",),
    ),
    FindingKind(
        "not_finite", 1.0,
        "The trained model answers NaN or infinity: its weights were ruined during training.",
        "Lower the learning rate and check the loss and the labels.",
    ),
    FindingKind(
        "labels_swapped", "review",
        "The model is right {swapped} of the time if its classes are given other numbers. It learned well, with the "
        "labels in another order than the lab's (that of the class folders' names).",
        "Check the order of the class names.",
        values=("swapped",),
    ),
    FindingKind(
        "shortened", "review",
        "Training was shortened while grading, so the accuracy is not comparable with the reference.",
    ),
    FindingKind(
        "replayed", 0.0,
        "For this we trained your head again ourselves, with your settings, on what the frozen base makes of the "
        "images{without}.",
        values=("without",),
    ),
    FindingKind(
        "replay_undecided", "review",
        "Your head, trained again by us, reaches {accuracy}, against {reference} for the reference solution. {why}, "
        "so only your notebook's own training can decide.",
        values=("accuracy", "reference", "why"),
    ),
    FindingKind(
        "training_unfinished", "review",
        "{why}, so the model was measured before its training was complete.",
        values=("why",),
    ),
    FindingKind(
        "unexplained", "review",
        "The model is right {accuracy} of the time. {why}{what}. That is nothing wrong; a person looks at how these "
        "weights came about.",
        values=("accuracy", "why", "what"),
    ),
    FindingKind(
        "not_trained_here", "review",
        "No weight of the model changed in the recorded training, so its accuracy comes from somewhere else.",
        "Train the model in this notebook.",
    ),
    FindingKind(
        "not_measured", "review", "The model's accuracy could not be measured ({why}), so a person looks at it.",
        values=("why",),
    ),
    FindingKind(
        "no_reference", "review",
        "The model reaches {accuracy}, but there is no measured reference solution to compare it with.",
        values=("accuracy",),
    ),
    FindingKind(
        "never_trained", 1.0, "The model was never trained.", "Train it with `fit`.", absent=True, explains=False,
    ),
    FindingKind(
        "validates_on_training", "review",
        "The validation data holds images that the model was trained on, so the validation accuracy in the notebook "
        "says nothing about new pictures.",
        "Validate on images that are not in the training data.",
    ),
    FindingKind(
        "trains_on_validation", "review",
        "The model is trained on the images in `{folder}`, which are meant for validation.",
        "Train on the training images, and keep the others for validation.",
        values=("folder",),
    ),
    NO_MODEL,
    NOT_REACHED,
    CUSTOM_TRAINING,
    FEATURES_BEFOREHAND,
)  # fmt: skip

_VALIDATION_FOLDERS = frozenset({"validation", "val", "valid", "test", "testing"})


@check(Accuracy, *KINDS, needs_heldout=True)
def accuracy(evidence: Evidence, parameters: Accuracy, _criterion: Criterion) -> Findings:
    """The trained model is about as accurate as the reference solution, on images that it never saw."""
    fits = [fit for fit in evidence.graded_fits() if started(fit)]
    if not has_base(evidence) or not fits:
        return (_without_training(evidence),)
    places = observed_else_stated(evidence, [fit.place for fit in fits], "fit")
    reason = _not_comparable(evidence)
    replayed = evidence.decided_by_replay()
    if reason is None and replayed is not None:
        return (*_by_replay(replayed, evidence.reference, parameters, places), *_shared_data(fits))
    finding = reason or compare(evidence.measurement, evidence.reference, parameters)
    if finding.code in _GOOD and (doubt := _unexplained(evidence, finding, parameters)) is not None:
        return (doubt, *_shared_data(fits))
    strength = finding.strength
    if strength == "verified" and evidence.measurement is not None and evidence.measurement.answered_by == "kernel":
        strength = "observed"
    return (Finding(finding.code, finding.values, strength, places), *_shared_data(fits))


def _unexplained(evidence: Evidence, finding: Finding, parameters: Accuracy) -> Finding | None:
    """A good accuracy that no training of ours reaches; None where all is well.

    Where nobody tried to (evidence of an older version), only in a notebook with code of its own.
    """
    own, again = statements_about(evidence, "own_code"), evidence.replay
    # What was recorded counts as well: a loss or an optimizer of its own that the text does not show.
    parts = () if again is None else again.in_place_of
    recorded = [f"a `{part}` of its own" for part in parts if part in ("loss", "optimizer")]
    asked = parameters.explain_all and again is not None
    if not (own or recorded or asked) or evidence.measurement is None:
        return None
    if again is None or not again.applies or again.reachable is None:
        why = f"Its training cannot be repeated here ({problem})" if (problem := _problem(again)) else (
            "Its training could not be repeated here"
        )  # fmt: skip
    else:
        best = compare(again.model_copy(update={"accuracy": again.reachable}), evidence.reference, parameters)
        if best.code in _GOOD[: _GOOD.index(finding.code) + 1] or best.code in _GOOD[:2]:
            return None
        why = f"The same head, trained by us, reaches {percent(again.reachable)}"
    words = list(dict.fromkeys(str(each.settings.get("what", "")) for each in own))[:3] or recorded
    what = f", and code of the notebook's own may have a part in it ({listed(words)})" if words else ""
    values = {"accuracy": percent(evidence.measurement.accuracy or 0), "why": why, "what": what}
    return Finding("unexplained", values, "observed", distinct(each.place for each in own))


def _problem(replay: Replay | None) -> str:
    return "" if replay is None or replay.problem is None else replay.problem.rstrip(".")


def _by_replay(
    replay: Replay, reference: Reference | None, parameters: Accuracy, places: tuple[Place, ...]
) -> Findings:
    if reference is not None and reference.accuracy is not None and reference.road != "replay":
        return (Finding("shortened", places=places),)
    finding = compare(replay, reference, parameters)
    why = _why_undecided(finding, replay, reference, parameters)
    if why is not None and reference is not None:
        values = {"accuracy": percent(replay.accuracy or 0), "reference": percent(reference.accuracy or 0), "why": why}
        return (Finding("replay_undecided", values, "verified", places),)
    without = f", without {listed(replay.left_out)}" if replay.left_out else ""
    told = Finding("replayed", {"without": without}, "verified")
    return (Finding(finding.code, finding.values, finding.strength, places), told)


def _why_undecided(finding: Finding, replay: Replay, reference: Reference | None, parameters: Accuracy) -> str | None:
    """Why the notebook's own training might be judged otherwise; None where it would not."""
    if reference is None or reference.accuracy is None or replay.accuracy is None:
        return None
    if finding.code in ("short", "far_below", "constant_prediction", "not_finite"):
        # Measured: heads that hardly learn come out otherwise without augmentation. Nobody loses points by a replay.
        tuned = ", and your notebook goes on to fine-tune the base" if replay.fine_tuned else ""
        return f"That is less than what is asked{tuned}"
    if replay.again is not None:
        # Another random start must lead to the same verdict: a head that hardly learned is anywhere.
        other = compare(replay.model_copy(update={"accuracy": replay.again}), reference, parameters).code
        if other != finding.code and {other, finding.code} - {"reached", "within_margin"}:
            return "From another random start the same training leads to another result"
    shortfall = reference.accuracy - replay.accuracy
    allowed = max(parameters.tolerance, sampling_error(replay, reference, parameters))
    # What follows at the small rates that are replayed makes a head no worse (measured: 0.94 became 0.97, three times).
    surely_no_worse = replay.fine_tuned and shortfall <= allowed
    if abs(shortfall - allowed) < REPLAY_MARGIN and not surely_no_worse:
        return "That is within the margin of error of what is asked"
    return None


def _shared_data(fits: list[Fit]) -> Findings:
    """Training and validation on the same images: the accuracy shown in the notebook then means nothing."""
    same = [fit.place for fit in fits if fit.validation is not None and fit.validation.shares_training]
    if same:
        return (Finding("validates_on_training", strength="observed", places=distinct(same)),)
    named = [fit for fit in fits if fit.data is not None and _is_for_validation(fit.data.directory)]
    if named:
        values = {"folder": (named[0].data.directory or "").rsplit("/", 1)[-1] if named[0].data else ""}
        return (Finding("trains_on_validation", values, "observed", distinct(fit.place for fit in named)),)
    return ()


def _is_for_validation(directory: str | None) -> bool:
    return directory is not None and directory.rstrip("/").rsplit("/", 1)[-1].casefold() in _VALIDATION_FOLDERS


def _not_comparable(evidence: Evidence) -> Finding | None:
    """Reasons why a measured accuracy says nothing about the student, before looking at it."""
    fits = [fit for fit in evidence.graded_fits() if started(fit)]
    cut_short = evidence.run.policy == "capped" or any(fit.shortened for fit in fits)
    if cut_short and evidence.decided_by_replay() is None:
        stand_in = any(each.kind != "module" for each in evidence.run.substitutions)
        problem = None if evidence.replay is None else evidence.replay.problem
        return Finding("not_measured", {"why": problem}) if stand_in and problem else Finding("shortened")
    cut_off = evidence.run.status in ("timed_out", "kernel_died") and _incomplete(evidence)
    if cut_off or fits[-1].error is not None:
        return Finding("training_unfinished", {"why": why_stopped(evidence) or "Training stopped with an error"})
    moved = [layer.moved for fit in fits for layer in fit.layers if layer.moved is not None]
    moved += [fit.base.moved for fit in fits if fit.base is not None]
    if moved and not any(moved):
        return Finding("not_trained_here", strength="observed")
    return None


def _incomplete(evidence: Evidence) -> bool:
    last = evidence.graded_fits()[-1]
    return not last.shortened and last.epochs_run < last.epochs_requested - last.initial_epoch


def _without_training(evidence: Evidence) -> Finding:
    waiting = not_reached(evidence, "fit")
    if waiting is not None:
        return waiting
    doubt = custom_training(evidence) or features_beforehand(evidence)
    if doubt is not None:
        return doubt
    return Finding("never_trained" if has_base(evidence) else "no_model", strength=absence_strength(evidence))
