"""Trainings in which no weight moves although they took place: the loss is flat wherever the answers lie.

A loss made for probabilities first clips what it is given to [1e-7, 1 - 1e-7] (`binary_crossentropy` in
`keras/src/backend/tensorflow/nn.py`). Where all answers for the few images of a shortened call lie outside, as those of
an output without an activation may, the gradient is exactly 0. It is 0 below a ReLU as well that answers nothing but 0.
"""

from __future__ import annotations

from grader.evidence.model import GradedModel, Loss

_FOR_PROBABILITIES = "crossentropy"
_BOUNDED = ("sigmoid", "softmax")
_RELU = ("relu", "ReLU")


def may_stand_still(graded: GradedModel | None, loss: Loss | None) -> bool:
    """Whether a training of this model with this loss may leave every weight as it was, by its own mistake."""
    last = next((node for node in reversed(graded.nodes) if node.on_path), None) if graded is not None else None
    if last is None or loss is None or last.class_name not in ("Dense", "Activation", "ReLU"):
        return False
    activation = last.settings.get("activation") or last.class_name
    if activation in _RELU:
        return True
    expects_probabilities = loss.name.replace("_", "").lower().endswith(_FOR_PROBABILITIES) and not loss.from_logits
    return expects_probabilities and activation not in _BOUNDED
