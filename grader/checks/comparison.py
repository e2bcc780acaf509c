"""One accuracy held against the reference's: as good, within the sampling error, or short of it."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Annotated

from pydantic import Field

from grader.checks.findings import Finding, Parameters
from grader.checks.wording import percent
from grader.evidence.model import Measurement, Reference, Replay


class Accuracy(Parameters):
    """How near to the reference is near enough. Accuracies are fractions."""

    tolerance: Annotated[float, Field(ge=0, le=1, strict=True)] = 0.05
    """A shortfall up to this much costs nothing."""
    far: Annotated[float, Field(ge=0, le=1, strict=True)] = 0.15
    """A shortfall beyond this is `far_below` and no longer `short`."""
    confidence: Annotated[float, Field(gt=0.5, lt=1, strict=True)] = 0.95
    """How sure we must be that a shortfall is more than chance."""
    explain_all: bool = True
    """Whether every accuracy that brings points must be reached by a training of ours, too, or wait for a person. Where
    false, only in a notebook with code of its own that may have a part in its weights."""


def compare(measurement: Measurement | Replay | None, reference: Reference | None, parameters: Accuracy) -> Finding:
    """What an accuracy that was measured is, beside the reference's: a finding of the check `accuracy`."""
    if measurement is None or not _came_about(measurement):
        why = (measurement.problem if measurement is not None else None) or "it could not be rebuilt"
        return Finding("not_measured", {"why": why})
    if measurement.not_finite:
        return Finding("not_finite", {}, "verified")
    reached = measurement.accuracy
    if reached is None or not 0 <= reached <= 1:
        return Finding("not_measured", {"why": measurement.problem or "no accuracy came out"})
    if measurement.constant_prediction:
        return Finding("constant_prediction", {"accuracy": percent(reached)}, "verified")
    if reference is None or reference.accuracy is None or not 0 <= reference.accuracy <= 1:
        return Finding("no_reference", {"accuracy": percent(reached)}, "verified")
    return _against(measurement, reached, reference.accuracy, reference, parameters)


def _came_about(measurement: Measurement | Replay) -> bool:
    if isinstance(measurement, Replay):
        return measurement.applies
    return measurement.rebuilt or measurement.answered_by == "kernel"


def sampling_error(measurement: Measurement | Replay, reference: Reference, parameters: Accuracy) -> float:
    """Sampling error of the difference; 1 where the number of images is not known."""
    examples, others = measurement.examples or 0, reference.examples
    if examples <= 0 or not others or measurement.accuracy is None or reference.accuracy is None:
        return 1.0
    z = NormalDist().inv_cdf(0.5 + parameters.confidence / 2)
    right, theirs = round(measurement.accuracy * examples), round(reference.accuracy * others)
    return shortfall_noise(right, examples, theirs, others, z)


def _against(
    measurement: Measurement | Replay, reached: float, target: float, reference: Reference, parameters: Accuracy
) -> Finding:
    shortfall = target - reached
    examples = measurement.examples or 0
    noise = sampling_error(measurement, reference, parameters)
    values = {
        "accuracy": percent(reached),
        "reference": percent(target),
        "examples": str(examples) if examples else "an unknown number of",
        "noise": percent(noise),
    }
    if shortfall <= 0:
        return Finding("reached", values, "verified")
    if shortfall <= parameters.tolerance + 1e-9:
        return Finding("within_margin", values, "verified")
    if noise >= 1.0:
        return Finding("not_measured", {"why": "the number of images is unknown"})
    if shortfall <= noise:
        return Finding("within_margin", values, "verified")
    swapped = measurement.labels_swapped_accuracy
    if swapped is not None and target - swapped <= max(parameters.tolerance, noise):
        return Finding("labels_swapped", {"swapped": percent(swapped)}, "verified")
    return Finding("far_below" if shortfall > parameters.far else "short", values, "verified")


def shortfall_noise(correct: int, examples: int, reference_correct: int, reference_examples: int, z: float) -> float:
    """Half-width of the interval for the difference between two accuracies, as a fraction.

    Agresti and Caffo's adjusted Wald interval: add one success and one failure to each sample, then use the normal
    approximation (The American Statistician 54(4), 2000, 280-288). Both models see the same images, so the true
    interval is narrower: the doubt goes in the student's favour.
    """
    variance = 0.0
    for right, total in ((correct, examples), (reference_correct, reference_examples)):
        share = (right + 1) / (total + 2)
        variance += share * (1 - share) / (total + 2)
    return z * math.sqrt(variance)
