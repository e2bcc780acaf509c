"""What reaches the base: send test images into the rebuilt model and look at the tensor that arrives there.

The model itself is run, with the base's first layer made to hand over its input and stop. So whatever Keras does with
nested models, operations and `training` happens here as it does in training and prediction.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.evidence.model import Range
from grader.models.calls import Call
from grader.models.rebuilding import Rebuilt
from grader.models.roles import HEAD_CLASSES, POOLING_CLASSES, REGULARISATION_CLASSES, is_augmentation

Array = np.ndarray[Any, Any]

COPIES = 32
"""Of one image at the least, before a layer is said to change nothing: a flip leaves all alone once in 2**32 times."""

DISTURBANCES = (10.0, -10.0, 0.1)
"""What a layer's values are disturbed by, in their own size. Both ways: an output may lie at one end of a sigmoid."""


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
        batch: number of images to send at a time; where a model is built for fewer than 3, one kind after another.
    """
    dark, bright = (np.full(size, end, np.float32) for end in (images.minimum, images.maximum))
    halves = dark.copy()
    # Half dark, half bright: a model that normalises each image by itself shows its range only on it.
    halves[: size[0] // 2] = images.maximum
    kinds = np.stack([dark, bright, halves])
    given = [kinds[np.arange(batch) % 3]] if batch >= 3 else [np.repeat(kind[None], batch, axis=0) for kind in kinds]
    arrived = [reaching_base(rebuilt, each, training=False) for each in given]
    found = [each for each in arrived if each is not None and each.size and np.isfinite(each).all()]
    if len(found) < len(given):
        return None
    return Range(minimum=min(float(each.min()) for each in found), maximum=max(float(each.max()) for each in found))


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

    Copies of one image without symmetry are sent; without random changes all arrive alike. Sixteen copies at the least:
    a random flip leaves all of them alone once in 2**16 times.
    """
    picture = test_image(size) * (images.maximum - images.minimum) + images.minimum
    copies = np.repeat(picture[None].astype(np.float32), batch, axis=0)
    still = reaching_base(rebuilt, copies, training=False)
    if still is None:
        return None
    again = reaching_base(rebuilt, copies, training=False)
    moving = [reaching_base(rebuilt, copies, training=True) for _ in range(max(2, -(-16 // batch)))]
    reference = still[:1]
    if len(reference) == 0:
        return None
    in_training = any(_differs(each, reference) for each in moving)
    in_prediction = _differs(still, reference) or _differs(again, reference)
    return in_training, in_prediction


def idle_augmentation(rebuilt: Rebuilt, images: Range, size: tuple[int, int, int], batch: int) -> tuple[str, ...]:
    """Names of the layers for random changes before the base that change nothing: each is tried alone in training.

    A turn by nothing, a turn all the way round, a branch that is multiplied by 0: all copies of one image then arrive
    as in prediction. Of layers with one name, all of them have to be idle.
    """
    paths = _on_path(rebuilt, is_augmentation)
    if rebuilt.base is None or not paths:
        return ()
    picture = test_image(size) * (images.maximum - images.minimum) + images.minimum
    copies = np.repeat(picture[None].astype(np.float32), batch, axis=0)
    passes = max(4, -(-COPIES // batch))
    acting: dict[str, bool] = {}
    for path in paths:
        others = [other for other in paths if other != path]
        with _patched(rebuilt, others, _as_in_prediction):
            still = reaching_base(rebuilt, copies, training=False)
            if still is None:
                return ()
            acts = any(_differs(reaching_base(rebuilt, copies, training=True), still[:1]) for _ in range(passes))
        acting[path[-1]] = acting.get(path[-1], False) or acts
    return tuple(name for name, acts in acting.items() if not acts)


def idle_head(rebuilt: Rebuilt, images: Range, size: tuple[int, int, int], batch: int) -> tuple[str, ...]:
    """Names of the dropout and pooling layers behind the base whose values never reach the output.

    Asked only where something stands there that could drop them, as a product with 0 does: a plain chain hands them on.
    """
    paths = _on_path(rebuilt, _is_looked_for)
    if not paths or not _may_drop_values(rebuilt):
        return ()
    picture = test_image(size) * (images.maximum - images.minimum) + images.minimum
    one = np.repeat(picture[None].astype(np.float32), batch, axis=0)
    before = _outputs(rebuilt, one)
    acting: dict[str, bool] = {}
    for path in paths:
        acts = False
        for noise in DISTURBANCES:
            with _patched(rebuilt, [path], functools.partial(_disturbed, noise)):
                acts = acts or _differs(_outputs(rebuilt, one), before)
        acting[path[-1]] = acting.get(path[-1], False) or acts
    return tuple(name for name, acts in acting.items() if not acts)


def _on_path(rebuilt: Rebuilt, wanted: Callable[[Call], bool]) -> list[tuple[str, ...]]:
    """Paths of such layers outside the base that lie on the way to the output; each once."""
    owned = set() if rebuilt.base is None else set(rebuilt.base.positions)
    on_path = rebuilt.graph.on_path()
    calls = [
        call
        for position, call in enumerate(rebuilt.graph.calls)
        if position not in owned and on_path[position] and wanted(call)
    ]
    return list(dict.fromkeys(call.path for call in calls))


def _is_looked_for(call: Call) -> bool:
    return call.class_name.endswith("Dropout") or call.class_name.startswith("Global")


def _may_drop_values(rebuilt: Rebuilt) -> bool:
    """Whether anything but ordinary layers of a head stands behind the base."""
    base = rebuilt.base
    if base is None:
        return True
    ordinary = HEAD_CLASSES | POOLING_CLASSES | REGULARISATION_CLASSES
    behind = set(base.exits)
    fed: set[int] = {source for source, _ in behind}
    for position, call in enumerate(rebuilt.graph.calls):
        if position not in base.positions and any(source in fed for source, _ in call.inputs):
            fed.add(position)
            if call.class_name not in ordinary:
                return True
    return False


def _outputs(rebuilt: Rebuilt, images: Array) -> Array:
    return np.asarray(rebuilt.model(images, training=False), np.float64)


def _as_in_prediction(call: Callable[..., Any]) -> Callable[..., Any]:
    def still(*args: Any, **kwargs: Any) -> Any:
        return call(*args, **{**kwargs, "training": False})

    return still


def _disturbed(noise: float, call: Callable[..., Any]) -> Callable[..., Any]:
    """Something else than what came in, far beyond rounding."""

    def other(tensor: Any, *_args: Any, **_kwargs: Any) -> Any:
        given = call(tensor)
        values = np.asarray(given)
        random = np.random.default_rng(11).normal(0, 1 + float(np.abs(values).max(initial=0)), values.shape)
        return given + (noise * random).astype(values.dtype)

    return other


@contextmanager
def _patched(
    rebuilt: Rebuilt, paths: Sequence[tuple[str, ...]], around: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Iterator[None]:
    operations = [rebuilt.operation(path) for path in paths]
    for operation in operations:
        operation.call = around(operation.call)
    try:
        yield
    finally:
        for operation in operations:
            del operation.call


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
