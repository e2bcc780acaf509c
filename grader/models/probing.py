"""What reaches the base: send test images into the rebuilt model and look at the tensor that arrives there.

The model itself is run, with the base's first layer made to hand over its input and stop. So whatever Keras does with
nested models, operations and `training` happens here as it does in training and prediction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.evidence.model import Range
from grader.models.rebuilding import Rebuilt

Array = np.ndarray[Any, Any]


class _Arrived(BaseException):
    """Carries the tensor out. No `Exception`: Keras wraps those to add to their message."""

    def __init__(self, tensor: Any) -> None:
        super().__init__()
        self.tensor = tensor


def reaching_base(rebuilt: Rebuilt, images: Array, *, training: bool) -> Array | None:
    """The values that arrive at the base's input, or None when there is no base or nothing arrives.

    Args:
        rebuilt: the model.
        images: a batch as the model receives it, shape (n, height, width, channels).
        training: whether the model runs as in training (random augmentation active) or as in prediction.
    """
    if rebuilt.base is None:
        return None
    with _stopped_at_base(rebuilt):
        try:
            rebuilt.model(images, training=training)
        except _Arrived as arrived:
            return np.asarray(arrived.tensor, np.float64)
    return None


def base_input_range(rebuilt: Rebuilt, images: Range, size: tuple[int, int, int], batch: int) -> Range | None:
    """The range at the base when the darkest and the brightest pixel go in, augmentation off.

    Args:
        rebuilt: the model.
        images: what the darkest and the brightest pixel are when they enter the model.
        size: height, width and channels of the model's input.
        batch: number of images to send, at least 3 unless the model is built for another number.
    """
    batch_of = np.full((batch, *size), images.minimum, np.float32)
    batch_of[1::3] = images.maximum
    # The third is half dark, half bright: a model that normalises each image by itself shows its range only on it.
    batch_of[2::3, : size[0] // 2] = images.maximum
    arrived = reaching_base(rebuilt, batch_of, training=False)
    if arrived is None or not np.isfinite(arrived).all() or not arrived.size:
        return None
    return Range(minimum=float(arrived.min()), maximum=float(arrived.max()))


def base_input_scale(
    rebuilt: Rebuilt, images: Range, size: tuple[int, int, int], batch: int
) -> tuple[float, float] | None:
    """`(scale, offset)` where the part before the base turns every value into `value * scale + offset`.

    None where it does anything else: another size, channels in another order, each image scaled by itself. Two images
    of random values that fill the range differently tell these apart.
    """
    random = np.random.default_rng(7)
    given = random.uniform(images.minimum, images.maximum, (batch, *size)).astype(np.float32)
    given[1::2] = images.minimum + (given[1::2] - images.minimum) * np.float32(0.3)
    arrived = reaching_base(rebuilt, given, training=False)
    if arrived is None or arrived.shape != given.shape or not np.isfinite(arrived).all():
        return None
    low, high = np.unravel_index(np.argmin(given), given.shape), np.unravel_index(np.argmax(given), given.shape)
    spread = float(given[high]) - float(given[low])
    if spread <= 0:
        return None
    scale = (float(arrived[high]) - float(arrived[low])) / spread
    offset = float(arrived[low]) - scale * float(given[low])
    error = float(np.abs(given.astype(np.float64) * scale + offset - arrived).max())
    return (scale, offset) if error <= 1e-4 * max(float(np.ptp(arrived)), 1e-12) else None


def augmentation_effect(
    rebuilt: Rebuilt, images: Range, size: tuple[int, int, int], batch: int
) -> tuple[bool, bool] | None:
    """Whether the part before the base changes images at random: in training, and in prediction.

    Copies of one image without symmetry are sent; without random changes all arrive alike. Eight copies, twice: a
    random flip leaves all of them alone once in 2**16 times.
    """
    picture = test_image(size) * (images.maximum - images.minimum) + images.minimum
    copies = np.repeat(picture[None].astype(np.float32), batch, axis=0)
    still = reaching_base(rebuilt, copies, training=False)
    if still is None:
        return None
    again = reaching_base(rebuilt, copies, training=False)
    moving = [reaching_base(rebuilt, copies, training=True) for _ in range(2)]
    reference = still[:1]
    if len(reference) == 0:
        return None
    in_training = any(_differs(each, reference) for each in moving)
    in_prediction = _differs(still, reference) or _differs(again, reference)
    return in_training, in_prediction


def test_image(size: tuple[int, int, int]) -> Array:
    """An image in [0, 1] without any symmetry or constant part: a slanted ramp and a bright corner."""
    height, width, channels = size
    rows, columns = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
    image = 0.1 + 0.5 * columns + 0.2 * rows * rows
    image[: max(1, height // 4), : max(1, width // 5)] = 1.0
    return np.repeat(image[:, :, None], channels, axis=2) * np.linspace(1, 0.8, channels)


def _differs(arrived: Array | None, reference: Array) -> bool:
    if arrived is None:
        return False
    spread = float(np.ptp(reference)) or 1.0
    return arrived.shape[1:] != reference.shape[1:] or bool(np.abs(arrived - reference).max() > 1e-4 * spread)


@contextmanager
def _stopped_at_base(rebuilt: Rebuilt) -> Iterator[None]:
    base = rebuilt.base
    assert base is not None
    paths = {
        rebuilt.graph.calls[position].path
        for position in base.positions
        if base.entry in rebuilt.graph.calls[position].inputs
    }
    operations = [rebuilt.operation(path) for path in paths]

    def arrive(tensor: Any, *_args: Any, **_kwargs: Any) -> Any:
        raise _Arrived(tensor)

    for operation in operations:
        operation.call = arrive
    try:
        yield
    finally:
        for operation in operations:
            del operation.call
