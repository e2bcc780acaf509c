"""The model's output as a student wrote it: how many units, through which activation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.checks.graded import after_base
from grader.evidence.model import Evidence, Node

ACTIVATION_LAYERS = {
    "Softmax": "softmax",
    "ReLU": "relu",
    "Relu": "relu",
    "LeakyReLU": "leaky_relu",
    "Sigmoid": "sigmoid",
}
"""Layers that are an activation, and its name."""
_PASSIVE = ("Reshape", "Flatten", "Rescaling", "Squeeze")
_PASSIVE_ROLES = ("regularisation",)


@dataclass(frozen=True)
class Output:
    """The last layer on the path that makes the outputs, and the activation its values pass through.

    A Dense layer, or a convolution that is one: over a single position, or averaged over all positions behind it.
    """

    node: Node
    units: int | None
    activation: str
    """Lower case; `linear` where there is none."""


def model_output(evidence: Evidence) -> Output | None:
    """The model's output, or None where it does not end in a Dense layer (activations may follow it)."""
    activation, averaged = None, False
    for node in reversed(after_base(evidence)):
        if node.class_name == "Dense" and not averaged:
            return Output(node, _width(node, "units"), activation or _activation(node))
        if node.class_name == "Conv2D":
            own = _activation(node)
            # Averaging may change places with a linear layer, not with an activation.
            is_dense = own == "linear" if averaged else _one_position(node)
            return Output(node, _width(node, "filters"), activation or own) if is_dense else None
        if node.class_name == "GlobalAveragePooling2D" and not averaged:
            averaged = True
        elif node.class_name == "Activation":
            activation = activation or _activation(node)
        elif node.class_name in ACTIVATION_LAYERS:
            activation = activation or ACTIVATION_LAYERS[node.class_name]
        elif node.class_name not in _PASSIVE and node.role not in _PASSIVE_ROLES:
            return None
    return None


def activation_behind(dense: Node, nodes: Sequence[Node]) -> str:
    """The activation of a dense layer: its own, or that of a layer right behind it or behind its normalisation.

    Args:
        nodes: the path that the dense layer lies on, in the model's order.
    """
    own = _activation(dense)
    following = next((n for n in nodes[nodes.index(dense) + 1 :] if n.class_name != "BatchNormalization"), None)
    if own != "linear" or following is None:
        return own
    if following.class_name == "Activation":
        return _activation(following)
    return ACTIVATION_LAYERS.get(following.class_name, "linear")


def _width(node: Node, setting: str) -> int | None:
    given = node.settings.get(setting)
    return given if isinstance(given, int) else None


def _one_position(node: Node) -> bool:
    """Whether a convolution's output has one position per image: it sees what a Dense layer would see."""
    shape = node.output_shape
    return shape is not None and len(shape) == 4 and shape[1:3] == (1, 1)


def _activation(node: Node) -> str:
    given = node.settings.get("activation")
    return given.lower() if isinstance(given, str) and given else "linear"
