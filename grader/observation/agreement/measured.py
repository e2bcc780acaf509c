"""The rebuilt model against what its kernel says about it."""

from __future__ import annotations

from collections.abc import Iterator

from grader.evidence.model import Contradiction
from grader.observation.agreement.case import Case, contradiction
from grader.replay.recipe import FINE_TUNED_GAP, REPLAY_GAP

LARGEST_DIFFERENCE = 0.05
"""Two runs of the same model differ by rounding only, below a thousandth."""

LARGEST_GAP = 0.25
"""Between an accuracy that the notebook shows and the one we measure. Sampling explains about a tenth with 200 images;
the rest of it allows for a metric that is slightly off."""


def check_measured(case: Case) -> Iterator[Contradiction]:
    """Answers to test pictures, and the accuracy on the notebook's own display."""
    measured, fit = case.measurement, None if case.chosen is None else case.chosen.fit
    if measured is None or not measured.rebuilt or fit is None:
        return
    difference = measured.probe_difference
    if difference is not None and difference > LARGEST_DIFFERENCE and not measured.augmentation_changes_prediction:
        yield contradiction(
            "answers_differ", "model", "Rebuilt from what was handed over, the model answers test pictures differently "
            f"from the model in the notebook (by {100 * min(difference, 9.99):.0f} %): they are not the same model.",
            fit.place,
        )  # fmt: skip
    if measured.accuracy is None or fit.shortened or case.capped:
        return
    again = case.replay
    allowed = FINE_TUNED_GAP if again is not None and again.fine_tuned else REPLAY_GAP
    best = None if again is None else again.reachable
    if again is not None and best is not None and not again.in_place_of and measured.accuracy - best > allowed:
        yield contradiction(
            "replay_differs", "weights", f"With the weights that the notebook ended with the model is right "
            f"{100 * measured.accuracy:.0f} % of the time; with the head trained again as the record says, "
            f"from {again.trainings} random starts, {100 * best:.0f} % at best. So the recorded training does not "
            "explain these weights.", fit.place,
        )  # fmt: skip
    shown = [
        values[-1]
        for name, values in fit.history.items()
        if name.startswith("val_") and "acc" in name and values and 0 <= values[-1] <= 1
    ]
    better = max(measured.accuracy, measured.labels_swapped_accuracy or 0.0)
    # Of answers that are no numbers, a framework's metric and ours may count different ones as right.
    if shown and not measured.not_finite and max(shown) - better > LARGEST_GAP:
        yield contradiction(
            "accuracy_claimed", "accuracy", f"The notebook shows a validation accuracy of {100 * max(shown):.0f} %; "
            f"measured on images it never saw, the model reaches {100 * measured.accuracy:.0f} %.", fit.place,
        )  # fmt: skip
