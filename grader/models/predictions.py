"""From a model's raw outputs on labelled images to accuracy. Pure: arrays in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from grader.models.calls import Calls

Kind = Literal["logit", "probability", "classes", "other"]

_PASSED_OVER = frozenset({"Flatten", "Reshape", "Squeeze", "Identity", "Cast", "Ravel"})
_ONE_OF_ZERO_AND_ONE = frozenset(
    {"meansquarederror", "mse", "meanabsoluteerror", "mae", "huber", "huberloss", "logcosh"}
)
"""Losses that pull an output towards the labels 0 and 1 themselves, so the border is at 0.5."""


@dataclass(frozen=True)
class Score:
    """How good the predictions are. `constant`: all examples get the same class."""

    kind: Kind
    threshold: float | None
    correct: int
    examples: int
    swapped_correct: int | None
    constant: bool
    not_finite: bool
    minimum: float | None
    maximum: float | None


def last_activation(graph: Calls) -> str | None:
    """Name of the activation that makes the output; `linear` for none, None when it is not a usual one."""
    position = graph.outputs[0][0]
    for _ in graph.calls:
        call = graph.calls[position]
        if call.class_name not in _PASSED_OVER or not call.inputs:
            break
        position = call.inputs[0][0]
    call = graph.calls[position]
    by_class = {"Sigmoid": "sigmoid", "Softmax": "softmax", "Tanh": "tanh", "ReLU": "relu", "Relu": "relu"}
    if call.class_name in by_class:
        return by_class[call.class_name]
    activation = call.settings.get("activation", "linear" if call.class_name.startswith("Global") else None)
    if isinstance(activation, dict):
        inner = activation.get("config")
        activation = inner if isinstance(inner, str) else activation.get("class_name")
    return {"softmax_v2": "softmax"}.get(activation, activation) if isinstance(activation, str) else None


def score(
    outputs: np.ndarray[Any, Any],
    labels: np.ndarray[Any, Any],
    *,
    classes: int,
    activation: str | None,
    loss: str | None,
    loss_from_logits: bool | None,
) -> Score | str:
    """Compare outputs with labels.

    A single output is compared with a threshold: 0.5 for a sigmoid; for a linear one 0, or 0.5 where the loss takes it
    for a probability or for the label itself. Several outputs: the largest wins, for logits and probabilities alike.
    Outputs that are not finite count as wrong.

    Args:
        outputs: shape (n,), (n, 1) or (n, classes).
        labels: shape (n,), whole numbers from 0.
        classes: number of classes.
        activation: of the last layer, see `last_activation`.
        loss: name of the loss, if known.
        loss_from_logits: the loss's setting, if it has one.

    Returns:
        The score, or a sentence that says why there is none.
    """
    values = np.asarray(outputs, np.float64)
    values = values.reshape(len(values), -1)
    columns = values.shape[1]
    finite = np.isfinite(values).all(axis=1)
    if columns == 1:
        if classes != 2:
            return f"one output cannot tell {classes} classes apart"
        kind, threshold = _single(activation, loss, loss_from_logits)
        predicted = (values[:, 0] > threshold).astype(np.int64)
    elif columns == classes:
        kind, threshold = "classes", None
        predicted = np.argmax(np.where(np.isfinite(values), values, -np.inf), axis=1)
    else:
        return f"the model has {columns} outputs and the data {classes} classes"
    right = finite & (predicted == labels)
    swapped = _exchanged(predicted[finite], labels[finite], classes)
    seen = values[np.isfinite(values)]
    return Score(
        kind=kind,
        threshold=threshold,
        correct=int(right.sum()),
        examples=len(labels),
        swapped_correct=swapped,
        constant=bool(finite.all() and len(labels) > 1 and (predicted == predicted[0]).all()),
        not_finite=not bool(finite.all()),
        minimum=float(seen.min()) if seen.size else None,
        maximum=float(seen.max()) if seen.size else None,
    )


def _exchanged(predicted: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], classes: int) -> int | None:
    """How many would be right if the classes had other numbers; None where no other numbering suggests itself.

    Two classes are exchanged. Of more, each is given the number that is answered for it most often, if that uses every
    number once: the only renumbering under which most of each class can be right.
    """
    if classes == 2:
        return int((predicted == 1 - labels).sum())
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels, predicted), 1)
    answered = counts.argmax(axis=1)
    if len(set(answered.tolist())) < classes or (answered == np.arange(classes)).all():
        return None
    return int(counts[np.arange(classes), answered].sum())


def best_accuracy(outputs: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], found: Score) -> float:
    """The highest accuracy that any decision threshold on a single output gives; of several outputs, the one found.

    Args:
        outputs: shape (n,), (n, 1) or (n, classes), as given to `score`.
        labels: shape (n,), whole numbers from 0.
        found: what `score` made of them.
    """
    values = np.asarray(outputs, np.float64).reshape(len(labels), -1)
    if values.shape[1] != 1 or found.not_finite:
        return found.correct / found.examples
    order = np.argsort(values[:, 0], kind="stable")
    ones = labels[order] == 1
    cut = np.append(values[order, 0], np.inf)
    possible = np.append(True, cut[1:] > cut[:-1])  # equal outputs cannot be told apart by a threshold
    below = np.append(0, np.cumsum(~ones))
    above = ones.sum() - np.append(0, np.cumsum(ones))
    return float((below + above)[possible].max() / len(labels))


def _single(activation: str | None, loss: str | None, from_logits: bool | None) -> tuple[Kind, float]:
    if activation in {"sigmoid", "hard_sigmoid"}:
        return "probability", 0.5
    if activation == "tanh":
        return "other", 0.0
    if activation == "linear":
        as_label = loss is not None and loss.lower().replace("_", "") in _ONE_OF_ZERO_AND_ONE
        return "logit", 0.5 if from_logits is False or as_label else 0.0
    return "other", 0.5
