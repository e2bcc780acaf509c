"""What a clean process found out about the rebuilt model."""

from __future__ import annotations

from typing import Literal

from grader.evidence.base import Document


class Range(Document):
    minimum: float
    maximum: float


class Measurement(Document):
    """What a clean process found out about the rebuilt model. It saw no student code."""

    rebuilt: bool
    problem: str | None = None
    accuracy: float | None = None
    examples: int | None = None
    correct: int | None = None
    constant_prediction: bool = False
    not_finite: bool = False
    labels_swapped_accuracy: float | None = None
    threshold: float | None = None
    output_kind: Literal["logit", "probability", "classes", "other"] | None = None
    output_range: Range | None = None
    base_input_range: Range | None = None
    """What reaches the base when the darkest and the brightest pixel the data pipeline delivers go in."""
    pipeline_range: Range | None = None
    """The input range that was used for that (taken from the observed training data)."""
    wanted_base_input_range: Range | None = None
    augmentation_changes_training: bool | None = None
    augmentation_changes_prediction: bool | None = None
    idle_layers: tuple[str, ...] = ()
    """Names of layers (random changes, dropout, pooling) that lie on the path and change nothing of what comes out."""
    base_weights_digest: str | None = None
    base_weights_are: str | None = None
    """Name of the pack's weights file that the rebuilt base equals array by array, if any."""
    base_input_scale: tuple[float, float] | None = None
    """`(scale, offset)` where the part before the base turns each value of its input into `value * scale + offset`."""
    seconds: float = 0.0
    answered_by: Literal["rebuilt", "kernel"] = "rebuilt"
    """`kernel`: the model could not be rebuilt; the student's kernel answered for it on unlabelled held-out images
    after the notebook had ended. What it answered is `observed`, never `verified`."""
    probe_difference: float | None = None
    """How far the rebuilt model's answers to test pictures lie from those that the kernel recorded right after
    training, as a fraction of their size. Near 0 when both are the same model."""
    feature_extraction_base_is: str | None = None
    """Name of the pack's weights file that the base equalled array by array when the first training with it ended."""
