"""What is assumed where a replay only has to explain the weights that a notebook's own training ended with.

No mark rests on it, so every doubt is the notebook's: it may have trained on all of the lab's images, at the highest
rate that it ever named. Weights that are better even so come from somewhere else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from grader.assets.pack import AssetPack
from grader.evidence.base import Scalar
from grader.execution.timeline import BaseEvent, DataEntry
from grader.replay import data as images_of
from grader.replay.recipe import Named, Step
from grader.replay.unfit import Unfit

USUAL_BATCH = 32
"""Keras' own."""


def images(seen: DataEntry | None, base: BaseEvent, pack: AssetPack) -> DataEntry:
    """The training data as far as it was seen; for the rest all of the lab's images, in the lab's order of classes."""
    found = seen or DataEntry(kind="unseen")
    height, width = (None, None, *base.input_shape)[-3:-1]
    usual = {
        "image_shape": [None, height, width, 3], "minimum": 0.0, "maximum": 255.0, "batch_size": USUAL_BATCH,
        "label_shape": [None],
    }  # fmt: skip
    missing = {name: value for name, value in usual.items() if getattr(found, name) is None}
    try:
        images_of.groups_of(found, pack)
        images_of.label_order(found, pack)
    except Unfit:
        counts = _counts(pack)
        missing |= {
            "directory": None,
            "files": sum(counts.values()),
            "class_names": list(pack.classes),
            "batches": None,
        }
        missing["kind"] = "unseen"
    return found.model_copy(update=missing)


def groups(data: DataEntry, pack: AssetPack) -> tuple[str, ...]:
    """Folders of the pack's archive: those it trained on, or all of them.

    Raises:
        Unfit: the pack has no such images, or too many.
    """
    if data.directory is not None:
        return images_of.groups_of(data, pack)
    counts = _counts(pack)
    if not counts or sum(counts.values()) > images_of.MOST_IMAGES:
        raise Unfit("its training data does not come straight from the image files of the lab")
    return tuple(sorted(counts))


def rate(recorded: float, compiled: object, highest: float) -> float:
    """The highest learning rate that was named, as far as a replay goes; what is no number stays what it is."""
    named = [value for value in (recorded, compiled) if isinstance(value, int | float) and math.isfinite(value)]
    return min(max(named), highest) if named else recorded


def usual_loss(activation: str | None, head: Sequence[Step], one_hot: bool) -> Named:
    """The loss that agrees with a head's output, in the place of one of the notebook's own."""
    units = next((step.settings.get("units") for step in reversed(head) if "units" in step.settings), 1)
    logits: dict[str, Scalar | list[float]] = {"from_logits": activation not in ("sigmoid", "softmax")}
    if activation == "sigmoid" or units == 1:
        return Named(class_name="BinaryCrossentropy", settings=logits)
    return Named(class_name="CategoricalCrossentropy" if one_hot else "SparseCategoricalCrossentropy", settings=logits)


def usual_optimizer(recorded: float | None, highest: float) -> Named:
    """Keras' default, in the place of an optimiser of the notebook's own, at the rate that was recorded."""
    usable = recorded is not None and 0 < recorded <= highest
    return Named(class_name="Adam", settings={"learning_rate": recorded if usable and recorded is not None else 0.001})


def _counts(pack: AssetPack) -> dict[str, int]:
    archive = images_of.image_archive(pack)
    return {} if archive is None else images_of.counted(archive, pack.classes)
