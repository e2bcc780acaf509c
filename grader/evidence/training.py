"""What was seen of a training: each call of `fit`, with flags and weights around it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.evidence.base import Document, Place

Freezing = Literal["yes", "no", "partial"]


class LayerState(Document):
    """One layer of a fitted model, around one `fit`. A base is given as a whole, not layer by layer."""

    name: str
    class_name: str
    uid: int
    trainable: bool
    parameters: int = 0
    moved: bool | None = None
    """Whether any of its weights changed during this fit; None when it has none."""


class BaseState(Document):
    """The base around one `fit`: flags and what really happened to its weights."""

    uid: int
    frozen: Freezing
    """By the flags: every layer with weights frozen, none, or some."""
    frozen_layers: int
    layers: int
    """Both count layers that own weights."""
    moved: bool
    moved_layers: int = 0
    digest_before: str
    digest_after: str


class Loss(Document):
    """The compiled loss. `from_logits` is None where the loss has no such setting."""

    name: str
    from_logits: bool | None = None
    own: bool = False
    """A function or class of the notebook's own, whatever its name."""
    place: Place | None = None


class Optimizer(Document):
    name: str
    learning_rate: float | None = None


class Data(Document):
    """What was passed to `fit`, seen from outside: never the images themselves."""

    kind: str
    """`tf.data`, `array`, `PyDataset`, `generator` or another class name."""
    batches: int | None = None
    image_shape: tuple[int | None, ...] | None = None
    label_shape: tuple[int | None, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    """Range of the first batch as the model received it."""
    pipeline_operations: tuple[str, ...] = ()
    """Augmentation seen in the input pipeline: names of operations in `ds.map`, or settings of an
    `ImageDataGenerator` such as `horizontal_flip=True`."""
    directory: str | None = None
    shares_training: bool | None = None
    """Of validation data: whether images of the training data are in it; None where that cannot be told."""


class Fit(Document):
    """One call of `fit` on one model."""

    index: int
    model_uid: int
    model_name: str
    place: Place | None = None
    contains_base: bool = False
    base: BaseState | None = None
    layers: tuple[LayerState, ...] = ()
    loss: Loss | None = None
    optimizer: Optimizer | None = None
    metrics: tuple[str, ...] = ()
    data: Data | None = None
    validation: Data | None = None
    epochs_requested: int = 1
    epochs_run: int = 0
    initial_epoch: int = 0
    steps_run: int | None = None
    shortened: bool = False
    history: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None
