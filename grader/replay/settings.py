"""Admit an optimiser and a loss from a configuration that a hostile kernel wrote: closed lists, plain numbers only.

Source of the names: the public classes of `keras.optimizers`, `keras.losses` and `keras.optimizers.schedules`,
Keras 3.15, read by hand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from grader.evidence.base import Scalar
from grader.replay.recipe import Named
from grader.replay.unfit import Unfit, short

OPTIMIZERS: Final = {
    name.casefold(): name
    for name in ("SGD", "RMSprop", "Adam", "AdamW", "Adamax", "Nadam", "Adagrad", "Adadelta", "Lion", "Ftrl")
}
LOSSES: Final = {
    "binary_crossentropy": "BinaryCrossentropy", "bce": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "mean_squared_error": "MeanSquaredError", "mse": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError", "mae": "MeanAbsoluteError",
    "huber": "Huber", "hinge": "Hinge", "squared_hinge": "SquaredHinge", "categorical_hinge": "CategoricalHinge",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy", "log_cosh": "LogCosh", "poisson": "Poisson",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy", "kl_divergence": "KLDivergence",
}  # fmt: skip
SCHEDULES: Final = frozenset(
    {"ExponentialDecay", "CosineDecay", "PiecewiseConstantDecay", "PolynomialDecay", "InverseTimeDecay"}
)
_DROPPED: Final = frozenset({"name", "jit_compile", "is_legacy_optimizer", "dtype", "loss_scale_factor", "fn"})
LARGEST: Final = 1e9


def optimizer(value: object) -> Named:
    """The optimiser of a compile configuration.

    Raises:
        Unfit: it is not one of Keras', or its settings are not plain numbers.
    """
    if isinstance(value, str):
        return Named(class_name=_one_of(value, OPTIMIZERS, "the optimiser"))
    class_name, config = _object(value, "keras.optimizers", "the optimiser")
    name = _one_of(class_name, OPTIMIZERS, "the optimiser")
    rate = config.get("learning_rate")
    schedule = None
    if isinstance(rate, Mapping):
        inner, settings = _object(rate, "keras.optimizers.schedules", "the learning-rate schedule")
        if inner not in SCHEDULES:
            raise Unfit(f"the learning-rate schedule {short(inner)} is not known here")
        schedule = Named(class_name=inner, settings=_numbers(settings, "the learning-rate schedule"))
    rest = {key: item for key, item in config.items() if schedule is None or key != "learning_rate"}
    return Named(class_name=name, settings=_numbers(rest, "the optimiser"), schedule=schedule)


def loss(value: object) -> Named:
    """The loss of a compile configuration.

    Raises:
        Unfit: it is not one of Keras', or there are several.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping) and value.get("class_name") == "function" and isinstance(value.get("config"), str):
        value = value["config"]
    if isinstance(value, str):
        known = {name.casefold(): name for name in LOSSES.values()}
        return Named(class_name=_one_of(value, {**known, **LOSSES}, "the loss"))
    class_name, config = _object(value, "keras.losses", "the loss")
    if class_name not in LOSSES.values():
        raise Unfit(f"the loss {short(class_name)} is not one of Keras' own that are known here")
    settings = _numbers({key: item for key, item in config.items() if key != "reduction"}, "the loss")
    return Named(class_name=class_name, settings=settings)


def plain(name: str) -> str:
    """A name without case and underscores: `binary_crossentropy` is `BinaryCrossentropy`."""
    return name.casefold().replace("_", "")


def _one_of(name: str, known: Mapping[str, str], what: str) -> str:
    found = known.get(name) or known.get(name.casefold())
    if found is None:
        raise Unfit(f"{what} {short(name)} is not one of Keras' own that are known here")
    return found


def _object(value: object, module: str, what: str) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(value, Mapping) or value.get("module") != module or not isinstance(value.get("config"), Mapping):
        raise Unfit(f"{what} is not one of Keras' own")
    class_name = value.get("class_name")
    if not isinstance(class_name, str) or value.get("registered_name") not in (None, class_name):
        raise Unfit(f"{what} is not one of Keras' own")
    return class_name, value["config"]


def _numbers(config: Mapping[str, Any], what: str) -> dict[str, Scalar | list[float]]:
    found: dict[str, Scalar | list[float]] = {}
    for key, value in config.items():
        if key in _DROPPED or value is None:
            continue
        if isinstance(value, list) and value and len(value) <= 100 and all(_is_number(item) for item in value):
            found[str(key)[:60]] = [float(item) for item in value]
        elif isinstance(value, bool) or _is_number(value):
            found[str(key)[:60]] = value
        else:
            raise Unfit(f"{what} has a setting that is no plain number ({short(key)})")
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) <= LARGEST
