"""What the measuring process is asked: inert data about one model, and where the held-out images are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from grader.evidence.model import Document


class WeightRef(Document):
    """One weight of the model as the recorder wrote it."""

    path: str
    """Keras' path of the variable, such as `dense/kernel`."""
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """`grader.execution.recorder.digest.array_digest` of the array, and its name in the array files."""
    shape: tuple[Annotated[int, Field(ge=0)], ...]
    dtype: str
    """As `numpy.dtype.str`, for instance `<f4`."""


class Probe(Document):
    """What the kernel recorded as the model's answers to test pictures (see `grader.execution.recorder.probe`)."""

    minimum: float
    maximum: float
    height: int
    width: int
    outputs: tuple[float, ...]


class MeasureRequest(Document):
    """One model to rebuild and measure."""

    config: Any
    """Decoded JSON of `keras.saving.serialize_keras_object(model)`, not yet admitted."""
    weights: tuple[WeightRef, ...]
    """In the order of `model.weights`."""
    arrays: tuple[Path, ...]
    """`.npz` files whose member names are array digests."""
    heldout: Path | None
    """Folder with one sub-folder of images per class; None: the model is looked at, but its accuracy is not asked."""
    classes: tuple[str, ...]
    """Names of the sub-folders in the order of the labels 0, 1, ..."""
    pipeline_range: tuple[float, float] | None = None
    """Smallest and largest value the model received in the student's `fit`."""
    pipeline_scale: tuple[float, float] | None = None
    """`(scale, offset)` when it is known that the data pipeline delivered `pixel * scale + offset`."""
    loss: str | None = None
    """Name of the compiled loss, such as `binary_crossentropy`."""
    loss_from_logits: bool | None = None
    image_size: tuple[int, int] | None = None
    """Height and width of the training images, for models that take any size."""
    wanted_weights: dict[str, str] = Field(default_factory=dict)
    """The pack's weights files: name to `combined_digest` of their arrays in layer order."""
    probe: Probe | None = None
    """The kernel's answers to test pictures, to be compared with the rebuilt model's."""
    earlier_base: tuple[WeightRef, ...] = ()
    """The base's weights as exported when the first training with it ended."""
    predicts: bool = True
    """Whether the held-out images are shown to the model: after a training that was cut short no number is wanted."""
    base_layers: frozenset[str] = frozenset()
    """Top-level layers observed to belong to the base, if known."""
