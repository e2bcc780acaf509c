"""Do the model's output and its loss speak of the same thing?

A sigmoid or softmax declared as logits costs half by default and not everything: Keras keeps the logits beside the
activation's result and uses them, with a warning (`_get_logits` in `keras/src/backend/tensorflow/nn.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.checks.findings import Finding, FindingKind, Findings, NoParameters, check
from grader.checks.graded import NO_MODEL, UNREADABLE_MODEL, has_base, started, training_fit
from grader.checks.output import Output, model_output
from grader.checks.places import observed_else_stated
from grader.checks.unseen import (
    CUSTOM_TRAINING,
    FEATURES_BEFOREHAND,
    NOT_REACHED,
    absence_strength,
    custom_training,
    features_beforehand,
    not_reached,
)
from grader.evidence.model import Evidence, Loss, Node

if TYPE_CHECKING:
    from grader.rubric.model import Criterion

_SAID = ("output", "loss")
_TWICE = (
    "{output} already gives probabilities, but {loss} is told to expect logits. Keras notices and trains on the "
    "logits with a warning; other code would squash them twice."
)
_ONCE = "Either remove the activation from the last layer or set `from_logits=False`."

KINDS = (
    FindingKind("agree", 0.0, "Output and loss agree: {output} with {loss}.", values=_SAID),
    FindingKind("logits_output", 0.0, "The model answers with logits: {output}.", values=_SAID, style=True),
    FindingKind("sigmoid_output", 0.0, "The model answers with a probability: {output}.", values=_SAID, style=True),
    FindingKind("softmax_output", 0.0, "The model answers with one probability per class: {output}.", values=_SAID,
                style=True),
    FindingKind("sigmoid_with_from_logits", 0.5, _TWICE, _ONCE, values=_SAID),
    FindingKind("softmax_with_from_logits", 0.5, _TWICE, _ONCE, values=_SAID),
    FindingKind(
        "logits_without_from_logits", 1.0,
        "{output} gives logits, but {loss} expects probabilities between 0 and 1.",
        "Either set `from_logits=True` in the loss or add the matching activation to the last layer.",
        values=_SAID,
    ),
    FindingKind(
        "softmax_one_unit", 1.0,
        "A softmax over a single unit is always 1, so the model cannot learn to answer anything else.",
        'Use `Dense(1, activation="sigmoid")`, or `Dense(1)` with `from_logits=True`.',
        values=_SAID,
    ),
    FindingKind(
        "categorical_with_one_unit", 1.0,
        "{loss} compares two or more outputs, but the model has {output}.",
        "Use `BinaryCrossentropy` with a single output, or give the model one output per class.",
        values=_SAID,
    ),
    FindingKind(
        "sigmoid_with_categorical", 0.5,
        "{output} gives every class a probability of its own, but {loss} expects one choice among the classes.",
        'Use `activation="softmax"` in the last layer: its probabilities sum to one.',
        values=_SAID,
    ),
    FindingKind(
        "binary_for_classes", 0.25,
        "{loss} asks of each class by itself whether it is there; {output} chooses one among them.",
        "Use `{fitting}`.",
        values=(*_SAID, "fitting"),
    ),
    FindingKind(
        "wrong_activation", 1.0,
        "{output} gives neither logits nor probabilities, but {loss} needs one of them.",
        "Use a sigmoid (with probabilities) or no activation (with `from_logits=True`).",
        values=_SAID,
    ),
    FindingKind(
        "label_shape", 1.0,
        "{loss} does not fit the labels, which have the shape {labels}.",
        "Use one-hot labels with `CategoricalCrossentropy` and class numbers with `SparseCategoricalCrossentropy` "
        "or `BinaryCrossentropy`.",
        values=(*_SAID, "labels"),
    ),
    FindingKind(
        "wrong_loss", 0.5,
        "{loss} is not made for telling classes apart; its gradient fades where the model is most wrong.",
        "Use `{fitting}`.",
        values=(*_SAID, "fitting"),
    ),
    FindingKind(
        "unknown_loss", "review",
        "{loss} is not one of Keras's losses, so a person judges whether it fits {output}.",
        values=_SAID,
    ),
    FindingKind(
        "never_trained", 1.0,
        "The model was never compiled and trained, so there is no loss to look at.",
        "Compile the model with a cross-entropy that fits its output, and train it with `fit`.",
        absent=True, explains=False,
    ),
    NO_MODEL,
    UNREADABLE_MODEL,
    NOT_REACHED,
    CUSTOM_TRAINING,
    FEATURES_BEFOREHAND,
)  # fmt: skip

_STYLES = {"linear": "logits_output", "sigmoid": "sigmoid_output", "softmax": "softmax_output"}
_BINARY = ("binarycrossentropy", "binaryfocalcrossentropy", "bce")
_ONE_HOT = ("categoricalcrossentropy", "categoricalfocalcrossentropy")
_SPARSE = ("sparsecategoricalcrossentropy",)
_OTHER = (
    "meansquarederror", "mse", "meanabsoluteerror", "mae", "huber", "logcosh", "hinge", "squaredhinge",
    "categoricalhinge", "meansquaredlogarithmicerror", "msle", "meanabsolutepercentageerror", "mape", "poisson",
    "kldivergence", "kld", "cosinesimilarity",
)  # fmt: skip


@check(NoParameters, *KINDS)
def output_and_loss(evidence: Evidence, _parameters: NoParameters, _criterion: Criterion) -> Findings:
    """The model's output and its loss agree on what a prediction is."""
    fit = training_fit(evidence)
    if fit is None or fit.loss is None or not started(fit):
        return (_without_loss(evidence),)
    output = _output(evidence)
    if output is None:
        problem = (evidence.graded.problem if evidence.graded else None) or "it does not end in a Dense layer"
        return (Finding("unreadable_model", {"problem": problem}, "observed"),)
    units, activation, node = output
    place = node.place if node is not None else None
    labels = fit.data.label_shape if fit.data is not None else None
    values = {
        "output": _written_output(units, activation, node.class_name if node is not None else "Dense"),
        "loss": _written_loss(fit.loss),
        "labels": str(labels).replace("None", "batch", 1) if labels else "unknown",
        "fitting": _fitting(units, labels),
    }
    places = observed_else_stated(evidence, [fit.loss.place, place], "compile", "classifier")
    found = Finding(agreement(units, activation, fit.loss, labels), values, "observed", places)
    if found.code != "agree":
        return (found,)
    said = [_STYLES[activation]] if activation in _STYLES else []
    if _plain(fit.loss.name) in _BINARY and activation == "softmax" and units is not None and units > 2:
        # Over two softmax outputs the binary loss is the same thing; over more it is another.
        said.append("binary_for_classes")
    return (found, *(Finding(code, values, "observed", places) for code in said))


def agreement(units: int | None, activation: str, loss: Loss, labels: tuple[int | None, ...] | None) -> str:
    """Name how output and loss go together, as the code of a finding.

    Args:
        units: width of the output, None where unknown.
        activation: of the output, lower case.
        loss: as compiled; a loss given by its name expects probabilities.
        labels: shape of a batch of labels, None where unknown.
    """
    name = _plain(loss.name)
    if loss.own:
        return "unknown_loss"  # its name is the notebook's own choice, too
    if name in _OTHER:
        return "wrong_loss"
    if name not in (*_BINARY, *_ONE_HOT, *_SPARSE):
        return "unknown_loss"
    if name not in _BINARY and units == 1:
        return "categorical_with_one_unit"
    if activation == "softmax" and units == 1:
        return "softmax_one_unit"
    if not _labels_fit(name, units, labels):
        return "label_shape"
    if activation == "sigmoid" and name not in _BINARY:
        return "sigmoid_with_categorical"
    if activation == "linear":
        return "agree" if loss.from_logits else "logits_without_from_logits"
    if activation in ("sigmoid", "softmax"):
        return f"{activation}_with_from_logits" if loss.from_logits else "agree"
    return "wrong_activation"


def _labels_fit(name: str, units: int | None, labels: tuple[int | None, ...] | None) -> bool:
    """Whether the labels' shape is possible; unknown sizes are given the benefit of the doubt."""
    if not labels or units is None:
        return True
    width = labels[-1] if len(labels) > 1 else 1
    if width is None:
        return True
    return width == 1 if name in _SPARSE else width == units


def _fitting(units: int | None, labels: tuple[int | None, ...] | None) -> str:
    """The loss that fits an output of that width and labels of that shape."""
    if units == 1 or units is None:
        return "BinaryCrossentropy"
    one_hot = bool(labels) and len(labels or ()) > 1 and (labels or ())[-1] == units
    return "CategoricalCrossentropy" if one_hot else "SparseCategoricalCrossentropy"


def _output(evidence: Evidence) -> tuple[int | None, str, Node | None] | None:
    """Units, activation and layer; where the layers cannot be read, the measured kind of output stands in."""
    read: Output | None = model_output(evidence)
    if read is not None:
        return read.units, read.activation, read.node
    measured = evidence.measurement.output_kind if evidence.measurement is not None else None
    stand_in = {"logit": (1, "linear"), "probability": (1, "sigmoid")}.get(measured or "")
    return (*stand_in, None) if stand_in else None


def _without_loss(evidence: Evidence) -> Finding:
    waiting = not_reached(evidence, "compile", shown_by="fit")
    if waiting is not None:
        return waiting
    doubt = custom_training(evidence) or features_beforehand(evidence)
    if doubt is not None:
        return doubt
    code = "never_trained" if has_base(evidence) else "no_model"
    return Finding(code, strength=absence_strength(evidence))


def _plain(name: str) -> str:
    return name.replace("_", "").replace(" ", "").lower()


def _written_output(units: int | None, activation: str, layer: str) -> str:
    inside = str(units) if units is not None else "…"
    return f"{layer}({inside})" if activation == "linear" else f'{layer}({inside}, activation="{activation}")'


def _written_loss(loss: Loss) -> str:
    return loss.name if loss.from_logits is None else f"{loss.name}(from_logits={loss.from_logits})"
