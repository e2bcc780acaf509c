"""The model's output as a student wrote it: how many units, through which activation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.checks.graded import after_base
from grader.evidence.model import Evidence, Node

_ACTIVATION_LAYERS = {
    "Softmax": "softmax",
    "ReLU": "relu",
    "Relu": "relu",
    "LeakyReLU": "leaky_relu",
    "Sigmoid": "sigmoid",
}
_PASSIVE = ("Reshape", "Flatten", "Rescaling", "Squeeze")
_PASSIVE_ROLES = ("regularisation",)


@dataclass(frozen=True)
class Output:
    """The last Dense layer on the path and the activation its values pass through."""

    node: Node
    units: int | None
    activation: str
    """Lower case; `linear` where there is none."""


def model_output(evidence: Evidence) -> Output | None:
    """The model's output, or None where it does not end in a Dense layer (activations may follow it)."""
    activation = None
    for node in reversed(after_base(evidence)):
        if node.class_name == "Dense":
            units = node.settings.get("units")
            own = _activation(node)
            return Output(node, units if isinstance(units, int) else None, activation or own)
        if node.class_name == "Activation":
            activation = activation or _activation(node)
        elif node.class_name in _ACTIVATION_LAYERS:
            activation = activation or _ACTIVATION_LAYERS[node.class_name]
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
    return _ACTIVATION_LAYERS.get(following.class_name, "linear")


def _activation(node: Node) -> str:
    given = node.settings.get("activation")
    return given.lower() if isinstance(given, str) and given else "linear"
