"""What a replay is made of: plain data about a base, a head and its training. It holds no weight of a student's."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from grader.evidence.base import Document, Scalar

REPLAY_GAP = 0.05
"""By which a notebook's own training of a head may be better than the best of several replays at its best threshold.
Chosen after measuring ten right heads (`benchmarks/policy_agreement.py`): the best replay reached 0.03 to 0.08 more."""

FINE_TUNED_GAP = 0.15
"""The same where the notebook goes on to train the base, which is not replayed. Chosen after three: 0, 0.005, 0.02."""

FORMAT = 1
"""Raised when features of the same function would come out otherwise than before."""

Pooling = Literal["avg", "max", "none"]


class BaseFunction(Document):
    """Everything from a picture's pixels to the base's output: one function, whoever wrote it down in whichever way."""

    backbone: str
    """Name in `keras.applications`."""
    alpha: float | None
    include_top: bool
    include_preprocessing: bool | None
    weights_file: str
    """Of the asset pack."""
    weights_digest: str
    height: int = Field(ge=32, le=512)
    width: int = Field(ge=32, le=512)
    scale: float
    offset: float
    """The base receives `pixel * scale + offset` for pixels in [0, 255]."""
    pooling: Pooling
    """Global pooling right after the base's output, done once for all; `none` keeps the feature maps."""

    def key(self, images: str, pack: str, versions: dict[str, str]) -> str:
        """Digest of all that decides the features of a group of images: this function, the images, what computes them.

        Args:
            images: Name of the group: a folder of the pack's archive, or the held-out set.
            pack: Digest of the pack, which lists the digests of all its files.
            versions: Of the libraries that compute.
        """
        parts = {"format": FORMAT, "function": self.model_dump(mode="json"), "images": images, "pack": pack}
        parts["versions"] = {name: versions.get(name) for name in ("tensorflow", "keras", "numpy")}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Step(Document):
    """One layer of the head. `inputs`: numbers of earlier steps; -1 is the base's output."""

    class_name: str
    settings: dict[str, Any]
    inputs: tuple[Annotated[int, Field(ge=-1)], ...]
    training: bool | None = None
    """The literal `training=` it was called with, if any."""


class Named(Document):
    """A class of Keras with plain settings: an optimiser, a loss, a learning-rate schedule."""

    class_name: str
    settings: dict[str, Scalar | list[float]] = Field(default_factory=dict)
    schedule: Named | None = None
    """Of an optimiser whose learning rate changes with the steps."""


class Phase(Document):
    """One `fit` with the base frozen."""

    optimizer: Named
    loss: Named
    new_compile: bool
    """Compiled anew before it, so the optimiser starts afresh."""
    epochs: Annotated[int, Field(ge=1, le=1000)]
    batch_size: Annotated[int, Field(ge=1, le=4096)]
    steps_per_epoch: Annotated[int, Field(ge=1)] | None = None
    """Fewer than the data has; None for all."""
    class_weight: dict[int, float] | None = None


class Recipe(Document):
    """A replay that can be done."""

    function: BaseFunction
    groups: tuple[str, ...]
    """The training images: folders of the pack's archive."""
    examples: Annotated[int, Field(ge=1)]
    """How many of these images the student trained on; fewer than there are is a random part of them."""
    label_order: tuple[int, ...]
    """Label that the student's data gives to the n-th class of the pack."""
    one_hot: bool
    head: tuple[Step, ...]
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    activation: str | None
    """Of the model's output."""
    left_out: tuple[str, ...] = ()
    """What the notebook asks for and the replay does without, in words."""
    fine_tuned: bool = False
    """Whether the notebook goes on to train the base."""
    in_place_of: tuple[str, ...] = ()
    """Parts of the notebook's own (`loss`, `optimizer`) that Keras' usual ones stand for. None where it decides."""


class ReplayRequest(Document):
    """What the clean process is asked: a recipe, where the features are, and what is to be explained."""

    recipe: Recipe
    training: tuple[Path, ...]
    heldout: Path
    classes: int
    measured: float | None = None
    """Accuracy of the weights that the notebook ended with."""
