"""A student's head, built anew from its recipe and trained from as many random starts as asked. Needs Keras.

A second start takes the graph of the first: tracing and optimising it costs as much as a short training itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.replay import fitting
from grader.replay.recipe import Named, Phase, Recipe, Step

MOST_PARAMETERS = 60_000_000
KNOWS_TRAINING = frozenset(
    {"Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "BatchNormalization"}
)
"""Layers that behave otherwise in training; the others take no such argument."""
Array = np.ndarray[Any, Any]


class HeadTraining:
    """The training of one head on features; each start leaves no trace in the next."""

    def __init__(self, recipe: Recipe, features: Array, targets: Array) -> None:
        """Args:
        recipe: layers of the head, and how it is trained.
        features: shape (examples, ...), float32.
        targets: shape (examples,), whole numbers, or (examples, classes), one-hot.
        """
        self._recipe = recipe
        self._features = features
        self._targets = targets
        self._model: Any = None
        self._variables: list[Any] = []
        self._runs: list[fitting.Run] = []
        self._optimizers: list[list[tuple[Any, Array]]] = []
        """Of each phase, what its own optimizer begins with; nothing where it goes on with the one before."""

    def outputs(self, seen: Array, seed: int) -> Array:
        """Train from the random start `seed`, and answer.

        Args:
            seen: features to answer for, shape (n, ...), float32.

        Returns:
            Shape (n, ...), float32.

        Raises:
            Exception: whatever Keras raises on a head that it cannot build or train.
        """
        import keras

        keras.utils.set_random_seed(seed)
        model = build(self._recipe.head, self._features.shape[1:])
        if self._model is None:
            self._model, self._variables = model, list(model.variables)
        else:
            for variable, start in zip(self._variables, model.variables, strict=True):
                variable.assign(start)
        for number, phase in enumerate(self._recipe.phases):
            if number == len(self._runs):
                self._prepare(phase)
            for variable, value in self._optimizers[number]:
                variable.assign(value)
            self._runs[number](seed + number)
        parts = range(0, len(seen), 256)
        return np.concatenate(
            [np.asarray(self._model(seen[at : at + 256], training=False), np.float32) for at in parts]
        )

    def _prepare(self, phase: Phase) -> None:
        model, begins = self._model, phase.new_compile or not self._model.compiled
        if begins:
            model.compile(optimizer=_optimizer(phase.optimizer), loss=_loss(phase.loss), jit_compile=False)
            model.optimizer.build(model.trainable_variables)
        values = model.optimizer.variables if begins else ()
        self._optimizers.append([(variable, np.array(variable)) for variable in values])
        self._runs.append(fitting.prepared(model, phase, self._features, self._targets))


def build(head: Sequence[Step], shape: tuple[int, ...]) -> Any:
    """A Keras model of these layers, with new random weights, for features of this shape (without examples).

    Raises:
        ValueError: a layer is too large, or Keras cannot build it.
    """
    import keras

    start = keras.Input(shape)
    tensors: list[Any] = []
    for step in head:
        layer = keras.saving.deserialize_keras_object(
            {"module": "keras.layers", "class_name": step.class_name, "config": step.settings, "registered_name": None},
            safe_mode=True,
        )
        given = [start if number < 0 else tensors[number] for number in step.inputs]
        _check_size(step, given[0].shape)
        literal = {} if step.training is None or step.class_name not in KNOWS_TRAINING else {"training": step.training}
        tensors.append(layer(given if len(given) > 1 else given[0], **literal))
    return keras.Model(start, tensors[-1])


def _check_size(step: Step, shape: tuple[int | None, ...]) -> None:
    """Refuse a layer before it takes memory: what the configuration claims of its input may be wrong."""
    wide = int(step.settings.get("units") or step.settings.get("filters") or 1)
    kernel = step.settings.get("kernel_size", 1)
    window = int(np.prod(kernel)) if isinstance(kernel, int | list | tuple) else 1
    if wide * window * (shape[-1] or 1) > MOST_PARAMETERS:
        raise ValueError(f"a layer of the head has more than {MOST_PARAMETERS} weights")


def _optimizer(named: Named) -> Any:
    import keras

    settings: dict[str, Any] = dict(named.settings)
    if named.schedule is not None:
        settings["learning_rate"] = getattr(keras.optimizers.schedules, named.schedule.class_name)(
            **named.schedule.settings
        )
    return getattr(keras.optimizers, named.class_name)(**settings)


def _loss(named: Named) -> Any:
    import keras

    return getattr(keras.losses, named.class_name)(**named.settings)
