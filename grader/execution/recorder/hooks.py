"""Where the recorder takes hold of Keras: import hooks, so that nothing is imported that the notebook does not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import wrapt

from . import bases, fewer_images, fits, predicting, shortcut, untrained
from .places import calling_place
from .policy import epochs_asked, stretch_history
from .watching import inside, only_outermost, quietly

if TYPE_CHECKING:
    from .session import Session

MAXIMUM_LAYERS = 20_000
"""Where layers were made is noted for the first so many objects: a loop must not crowd out the fits."""


def install(session: Session) -> None:
    """Register the hooks. Each fires once, right after its module was imported and before anyone uses it.

    Both generations of Keras are watched: Keras 3, and `tf_keras` where a notebook runs in Keras 2.
    """
    bases.install(session)
    for module in ("keras.src.layers.layer", "tf_keras.src.engine.base_layer"):
        wrapt.register_post_import_hook(functools.partial(_watch_layers, session), module)
    for module in ("keras.src.backend.tensorflow.trainer", "tf_keras.src.engine.training"):
        wrapt.register_post_import_hook(functools.partial(_watch_training, session), module)
    wrapt.register_post_import_hook(
        lambda module: bases.watch_load_weights(session, module.Model), "keras.src.models.model"
    )


# --- layers: where they were made, and when they were frozen ---------------------------------------------------


def _watch_layers(session: Session, module: Any) -> None:
    layer_class = module.Layer
    construct = layer_class.__init__

    @functools.wraps(construct)
    def recorded_init(self: Any, *args: Any, **kwargs: Any) -> None:
        construct(self, *args, **kwargs)
        if not getattr(inside, "application", 0):
            quietly(session, "layer", lambda: _record_layer(session, self))

    # Keras reads argument names with `inspect.getfullargspec`, which does not look through wrappers but believes this.
    vars(recorded_init)["__signature__"] = inspect.signature(construct)
    layer_class.__init__ = recorded_init
    session.hooks.append(("Layer.__init__", layer_class, "__init__", recorded_init))

    trainable = layer_class.trainable

    def set_trainable(self: Any, value: Any) -> None:
        with only_outermost("trainable") as outermost:
            trainable.fset(self, value)
            if outermost and not getattr(inside, "application", 0):
                quietly(session, "trainable", lambda: _record_trainable(session, self, value))

    layer_class.trainable = property(trainable.fget, set_trainable, trainable.fdel, trainable.__doc__)
    session.hooks.append(("Layer.trainable", layer_class, "trainable", layer_class.trainable))


def _record_layer(session: Session, layer: Any) -> None:
    if hasattr(layer, "fit"):
        untrained.add_model(session, layer)
    place = calling_place(4)
    if place is not None and session.identities.count < MAXIMUM_LAYERS:
        session.timeline.add(
            "layer", uid=session.identities.of(layer), class_name=type(layer).__name__, name=layer.name, place=place
        )


def _record_trainable(session: Session, layer: Any, value: Any) -> None:
    place = calling_place(4)
    if place is not None:
        session.timeline.add_trainable(session.identities.of(layer), bool(value), place)


# --- compile, fit, evaluate, predict ------------------------------------------------------------------------------


def _watch_training(session: Session, module: Any) -> None:
    keras_2 = module.__name__.startswith("tf_keras.")
    trainer = module.Model if keras_2 else module.TensorFlowTrainer
    _wrap(trainer, "predict", functools.partial(_predict, session))
    single = shortcut.SingleBatches()
    for name in ("predict_on_batch", "test_on_batch", "train_on_batch"):
        _wrap(trainer, name, functools.partial(_on_batch, session, single))
    for name, around in (("compile", _compile), ("fit", _fit), ("evaluate", _evaluate)):
        # Where the method itself is defined: `load_model` compiles only what it takes for Keras' own `compile`.
        owner = next(cls for cls in trainer.__mro__ if name in vars(cls))
        _wrap(owner, name, functools.partial(around, session))
        session.hooks.append((f"Model.{name}", owner, name, getattr(owner, name)))
    if keras_2:
        # `fit_generator` calls `fit`, and its place is then that of the cell: nothing more is needed.
        bases.watch_load_weights(session, trainer)


def _wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return around(original, self, args, kwargs)

    setattr(owner, name, wrapped)


def _compile(session: Session, original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    result = original(model, *args, **kwargs)
    place = calling_place(3)
    if place is not None:
        quietly(
            session, "compile", lambda: session.timeline.add("compile", uid=session.identities.of(model), place=place)
        )
    return result


def _fit(session: Session, original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    with only_outermost("training") as outermost:
        if not outermost:
            return original(model, *args, **kwargs)
        place = calling_place(3)
        asked = _bound(original, model, args, kwargs)
        before = quietly(session, "fit", lambda: fits.before(session, model, asked))
        really = session.policy.fit_arguments(asked)
        error: BaseException | None = None
        history: Any = None
        try:
            steps = session.policy.steps_in_a_call
            smaller = fewer_images.of(model, really, steps)
            with shortcut.untraced(model, steps):
                history = original(model, **smaller)
        except BaseException as problem:
            error = problem
            raise
        finally:
            quietly(session, "fit", lambda: fits.after(session, model, before, asked, really, place, history, error))
        if session.policy.shortens and history is not None:
            quietly(
                session, "history",
                lambda: stretch_history(history, asked.get("initial_epoch") or 0, epochs_asked(asked)),
            )  # fmt: skip
        return history


def _evaluate(session: Session, original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    with only_outermost("training") as outermost:
        if not outermost:
            return original(model, *args, **kwargs)
        place = calling_place(3)
        extra = {name: kwargs.pop(name) for name in list(kwargs) if name.startswith("_")}
        asked = _bound(original, model, args, kwargs)
        asked.pop("kwargs", None)
        steps = session.policy.steps_in_a_call
        smaller = fewer_images.of(model, session.policy.evaluate_arguments(asked), steps)
        with shortcut.untraced(model, steps):
            result = original(model, **smaller, **extra)
        quietly(
            session, "evaluate",
            lambda: session.timeline.add(
                "evaluate", uid=session.identities.of(model), place=place, shortened=session.policy.shortens
            ),
        )  # fmt: skip
        return result


def _predict(session: Session, original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    with only_outermost("training") as outermost:
        if not outermost or not session.policy.shortens:
            return original(model, *args, **kwargs)
        place = calling_place(3)
        asked = _bound(original, model, args, kwargs)
        with shortcut.untraced(model, session.policy.steps_in_a_call):
            result = predicting.shortened(original, model, asked, session.policy.steps_per_call)
        if result is None:
            return original(model, *args, **kwargs)
        quietly(
            session, "predict",
            lambda: session.timeline.add("predict", uid=session.identities.of(model), place=place, shortened=True),
        )  # fmt: skip
        return result


def _on_batch(
    session: Session, single: shortcut.SingleBatches, original: Callable[..., Any], model: Any, args: Any, kwargs: Any
) -> Any:
    with single.untraced(model, session.policy.steps_in_a_call):
        return original(model, *args, **kwargs)


def _bound(original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """The call's arguments by name; raises the same TypeError as the call itself would."""
    bound = inspect.signature(original).bind(model, *args, **kwargs)
    arguments = dict(bound.arguments)
    arguments.pop("self", None)
    return arguments
