"""The structure of models: bases as they were made, and the graded model as a graph in normal form."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.evidence.base import Document, Place, Scalar

Role = Literal["input", "augmentation", "preprocessing", "base", "pooling", "regularisation", "head", "other"]
"""What a node of the graded model does on the way from input to output."""


class Substitution(Document):
    """Something from outside that the asset pack does not hold, and what stood in for it so that the notebook went on.

    Never the student's fault, and never the ground of an accuracy.
    """

    kind: Literal["weights", "data", "picture", "module", "missing"]
    """`picture`: a single one, to look at or to predict; `data`: what may be trained on; `missing`: nothing stood in
    for it."""
    asked: str
    """What the notebook asked for: a file, a folder, an address, a data set's name."""
    given: str
    """What it got instead, in words."""
    place: Place | None = None


class BaseRecord(Document):
    """A pre-trained network made in the kernel by `keras.applications`, as observed."""

    uid: int
    backbone: str
    include_top: bool
    weights: str | None
    """The argument as given: `imagenet`, `None`, or the last part of a path."""
    pooling: str | None = None
    input_shape: tuple[int | None, ...] | None = None
    alpha: float | None = None
    weights_digest: str | None = None
    """Digest of all weights in layer order right after construction (see `grader.models.digests`)."""
    pack_weights: str | None = None
    """Name of the pack's weights file whose arrays have this very digest, if any: the weights are those."""
    place: Place | None = None
    error: str | None = None
    """The exception's text when the construction failed (for instance weights that the pack lacks)."""
    substituted: bool = False
    """The weights asked for are not in the pack: random ones, always the same, stood in so that the notebook could go
    on. Everything but these weights, and the accuracy that rests on them, can still be judged."""
    in_graded_model: bool = False


class Node(Document):
    """One step of the graded model in normal form. The base is one node however it was built in."""

    id: str
    role: Role
    class_name: str
    name: str
    inputs: tuple[str, ...] = ()
    settings: dict[str, Scalar] = Field(default_factory=dict)
    """Layer settings that matter to a reader: `mode`, `factor`, `rate`, `units`, `activation`, `scale`, ..."""
    on_path: bool = True
    """Lies on a path from the model's input to its output."""
    output_shape: tuple[int | None, ...] | None = None
    training_argument: bool | None = None
    """The literal `training=` it was called with, if any."""
    uid: int | None = None
    place: Place | None = None


class GradedModel(Document):
    """The model the marks are about, and why this one."""

    uid: int
    name: str
    reason: str
    style: Literal["functional", "sequential", "subclassed", "other"]
    nodes: tuple[Node, ...] = ()
    backbone: str | None = None
    """Recognised by structure, not by name."""
    include_top: bool | None = None
    cut_at: str | None = None
    """Name of the base layer whose output is used, when that is not the base's last one."""
    base_uid: int | None = None
    parameters: int = 0
    trainable_parameters: int = 0
    config_digest: str | None = None
    problem: str | None = None
    """Why the model could not be read as a graph, if so."""
