"""What is told about training: which calls of `fit` count, what each was, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.checks.wording import listed
from grader.evidence.model import Cell, Evidence, Fit, Measurement, Replay
from grader.report import curves
from grader.report.excerpts import cell_name
from grader.report.visible_text import prose
from grader.report.wording import accuracy, counted, number

MOST_FITS = 12
CUT_SHORT = (
    "We cut your training short: each call of fit ran for a few steps only. "
    "These numbers show only that training ran. They do not show how good your model can get."
)
TRAINED_AGAIN = (
    "To save hours of machine time, your notebook's own calls of fit ran for a few steps only: the curves below show "
    "just that. Your accuracy does not come from them. A frozen base makes the same features of an image for "
    "everybody, so we computed those once for the whole class and then trained your own head on them in full: your "
    "layers, your loss, your optimizer, your epochs."
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of `fit`: what it was, and the details in small type."""

    name: str
    details: str


@dataclass(frozen=True, slots=True)
class Training:
    """The training section. `measured` are sentences on the held-out pictures; `warnings` come first."""

    warnings: tuple[str, ...]
    measured: tuple[str, ...]
    curves: curves.Curves
    calls: tuple[Call, ...]
    notes: tuple[str, ...]


def describe(evidence: Evidence, cells: dict[int, Cell]) -> Training:
    """The graded model's training, or, without a graded model, that of every model with a base in it."""
    fits, others = _chosen(evidence)
    names = phase_names(fits)
    drawn = curves.draw(fits, names)
    calls = tuple(Call(name.capitalize(), _details(fit, cells)) for fit, name in zip(fits, names, strict=True))
    notes = list(drawn.notes)
    if others:
        notes.append(f"{counted(others, 'other call')} of fit trained other models. They are not drawn.")
    if len(calls) > MOST_FITS:
        notes.append(f"{counted(len(calls) - MOST_FITS, 'more call')} of fit not listed.")
    warnings, measured = tuple(_warnings(evidence, fits)), tuple(_measured(evidence))
    return Training(warnings, measured, drawn, calls[:MOST_FITS], tuple(notes))


def _chosen(evidence: Evidence) -> tuple[tuple[Fit, ...], int]:
    """The fits to tell about, and how many there were besides."""
    fits = evidence.graded_fits() or tuple(fit for fit in evidence.fits if fit.contains_base) or evidence.fits
    return fits, len(evidence.fits) - len(fits)


def phase_names(fits: Sequence[Fit]) -> list[str]:
    """`feature extraction` while the base is frozen, `fine-tuning` once it no longer is, else `training`."""
    names: list[str] = []
    for fit in fits:
        if fit.base is None:
            names.append("training")
        elif fit.base.frozen == "yes":
            names.append("feature extraction")
        elif "feature extraction" in names:
            names.append("fine-tuning")
        else:
            names.append("base not frozen" if fit.base.frozen == "no" else "base partly frozen")
    return names


def _warnings(evidence: Evidence, fits: Sequence[Fit]) -> list[str]:
    if not any(fit.shortened for fit in fits):
        return []
    replay = evidence.decided_by_replay()
    if replay is None:
        return [CUT_SHORT]
    return [TRAINED_AGAIN + (f" Left out: {listed(replay.left_out)}." if replay.left_out else "")]


def _details(fit: Fit, cells: dict[int, Cell]) -> str:
    parts: list[str] = []
    asked = counted(fit.epochs_requested, "epoch")
    if fit.shortened:
        steps = f", {counted(fit.steps_run, 'step')}" if fit.steps_run is not None else ""
        parts.append(f"cut short by us: {number(fit.epochs_run)} of {asked}{steps}")
    else:
        parts.append(asked if fit.epochs_run == fit.epochs_requested else f"{number(fit.epochs_run)} of {asked}")
    if fit.optimizer is not None:
        rate = fit.optimizer.learning_rate
        parts.append(prose(fit.optimizer.name, 60) + (f", learning rate {rate:.3g}" if rate is not None else ""))
    if fit.loss is not None:
        logits = f" (from_logits={fit.loss.from_logits})" if fit.loss.from_logits is not None else ""
        parts.append(prose(fit.loss.name, 60) + logits)
    if fit.base is not None:
        parts.append("the base's weights changed" if fit.base.moved else "the base's weights did not change")
    if fit.error is not None:
        parts.append(f"ended with an error: {prose(fit.error, 160)}")
    if fit.place is not None:
        parts.append(cell_name(fit.place, cells.get(fit.place.cell)))
    return " · ".join(parts)


def _measured(evidence: Evidence) -> list[str]:
    measurement = evidence.decisive()
    if measurement is None or (evidence.run.policy == "capped" and measurement.accuracy is None):
        return []
    if measurement.accuracy is None or (isinstance(measurement, Measurement) and not measurement.rebuilt):
        why = f" {prose(measurement.problem, 300)}" if measurement.problem else ""
        return [f"We could not measure your model.{why}"]
    sentences = [_right_answers(measurement)]
    reference = evidence.reference
    if reference is not None and reference.accuracy is not None:
        sentences.append(f"The reference solution, run the same way, reaches {accuracy(reference.accuracy)}.")
    if measurement.constant_prediction:
        sentences.append("It gives the same answer to every picture.")
    if measurement.not_finite:
        sentences.append("Some of its outputs are not numbers (NaN or infinite).")
    return sentences


def _right_answers(measurement: Measurement | Replay) -> str:
    value = accuracy(measurement.accuracy)
    if measurement.correct is None or not measurement.examples:
        return f"On pictures that your model had never seen, its accuracy is {value}."
    pictures = counted(measurement.examples, "picture")
    right = f"{measurement.correct:,} right"
    model = "your model" if isinstance(measurement, Measurement) else "your model with the head trained again"
    return f"We showed {model} {pictures} that it had never seen. It got {right}: an accuracy of {value}."
