"""Where the recorder takes hold of Keras: import hooks, so that nothing is imported that the notebook does not."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import wrapt

from . import fits
from .digest import array_digest, combined_digest
from .places import calling_place
from .policy import stretch_history

if TYPE_CHECKING:
    from .session import Session

APPLICATION_MODULES = (
    "convnext", "densenet", "efficientnet", "efficientnet_v2", "inception_resnet_v2", "inception_v3", "mobilenet",
    "mobilenet_v2", "mobilenet_v3", "nasnet", "resnet", "resnet_v2", "vgg16", "vgg19", "xception",
)  # fmt: skip

MAXIMUM_LAYERS = 20_000
"""Where layers were made is noted for the first so many objects: a loop must not crowd out the fits."""

_inside = threading.local()


def install(session: Session) -> None:
    """Register the hooks. Each fires once, right after its module was imported and before anyone uses it."""
    for name in APPLICATION_MODULES:
        wrapt.register_post_import_hook(
            functools.partial(_watch_applications, session), f"keras.src.applications.{name}"
        )
    wrapt.register_post_import_hook(functools.partial(_watch_layers, session), "keras.src.layers.layer")
    wrapt.register_post_import_hook(functools.partial(_watch_training, session), "keras.src.backend.tensorflow.trainer")


@contextmanager
def _only_outermost(what: str) -> Iterator[bool]:
    """True for the outermost call of its kind in this thread: Keras calls its own public functions."""
    depth = getattr(_inside, what, 0)
    setattr(_inside, what, depth + 1)
    try:
        yield depth == 0
    finally:
        setattr(_inside, what, depth)


def _quietly(session: Session, what: str, action: Callable[[], Any]) -> Any:
    """Run recorder code so that its failure never becomes the notebook's."""
    try:
        return action()
    except Exception as problem:  # noqa: BLE001 - anything at all, student classes can raise what they like
        session.timeline.add("recorder_problem", what=what, problem=f"{type(problem).__name__}: {problem}"[:500])
        return None


# --- pre-trained bases ---------------------------------------------------------------------------------------


def _watch_applications(session: Session, module: Any) -> None:
    for name, function in list(vars(module).items()):
        if (
            inspect.isfunction(function)
            and function.__module__ == module.__name__
            and "include_top" in inspect.signature(function).parameters
            and "weights" in inspect.signature(function).parameters
            and name[0].isupper()
        ):
            setattr(module, name, _watched_application(session, name, function))


def _watched_application(session: Session, backbone: str, function: Callable[..., Any]) -> Any:
    @functools.wraps(function)
    def application(*args: Any, **kwargs: Any) -> Any:
        with _only_outermost("application") as outermost:
            if not outermost:
                return function(*args, **kwargs)
            place = calling_place()
            record = functools.partial(_record_base, session, backbone, function, args, kwargs, place)
            try:
                model = function(*args, **kwargs)
            except Exception as problem:
                _quietly(session, "base", functools.partial(record, None, problem))
                raise
            _quietly(session, "base", functools.partial(record, model, None))
            return model

    return application


def _record_base(
    session: Session, backbone: str, function: Callable[..., Any], args: Any, kwargs: Any,
    place: Any, model: Any, problem: BaseException | None,
) -> None:  # fmt: skip
    bound = inspect.signature(function).bind_partial(*args, **kwargs)
    bound.apply_defaults()
    given = bound.arguments
    weights = given.get("weights")
    fields: dict[str, Any] = {
        "backbone": backbone,
        "include_top": bool(given.get("include_top")),
        "weights": None if weights is None else str(weights).rsplit("/", 1)[-1][:200],
        "pooling": given.get("pooling"),
        "alpha": given.get("alpha"),
        "place": place,
    }
    if problem is not None:
        session.timeline.add("base_failed", **fields, error=f"{type(problem).__name__}: {problem}"[:1000])
        return
    layers = [session.identities.of(layer) for layer in model._flatten_layers(include_self=False)]
    session.untrained.add_base(session.identities.of(model), layers)
    fields["input_shape"] = list(model.input_shape)[1:]
    digests = [array_digest(array) for array in model.get_weights()]
    session.timeline.add(
        "base", uid=session.identities.of(model), **fields, layers=layers, weights_digest=combined_digest(digests)
    )


# --- layers: where they were made, and when they were frozen ---------------------------------------------------


def _watch_layers(session: Session, module: Any) -> None:
    layer_class = module.Layer
    construct = layer_class.__init__

    @functools.wraps(construct)
    def recorded_init(self: Any, *args: Any, **kwargs: Any) -> None:
        construct(self, *args, **kwargs)
        if not getattr(_inside, "application", 0):
            _quietly(session, "layer", lambda: _record_layer(session, self))

    # Keras reads argument names with `inspect.getfullargspec`, which does not look through wrappers but believes this.
    vars(recorded_init)["__signature__"] = inspect.signature(construct)
    layer_class.__init__ = recorded_init
    session.hooks.append(("Layer.__init__", layer_class, "__init__", recorded_init))

    trainable = layer_class.trainable

    def set_trainable(self: Any, value: Any) -> None:
        with _only_outermost("trainable") as outermost:
            trainable.fset(self, value)
            if outermost and not getattr(_inside, "application", 0):
                _quietly(session, "trainable", lambda: _record_trainable(session, self, value))

    layer_class.trainable = property(trainable.fget, set_trainable, trainable.fdel, trainable.__doc__)
    session.hooks.append(("Layer.trainable", layer_class, "trainable", layer_class.trainable))


def _record_layer(session: Session, layer: Any) -> None:
    if hasattr(layer, "fit"):
        session.untrained.add_model(layer)
    place = calling_place(4)
    if place is not None and session.identities.count < MAXIMUM_LAYERS:
        session.timeline.add(
            "layer", uid=session.identities.of(layer), class_name=type(layer).__name__, name=layer.name, place=place
        )


def _record_trainable(session: Session, layer: Any, value: Any) -> None:
    place = calling_place(4)
    if place is not None:
        session.timeline.add_trainable(session.identities.of(layer), bool(value), place)


# --- compile, fit, evaluate ---------------------------------------------------------------------------------------


def _watch_training(session: Session, module: Any) -> None:
    trainer = module.TensorFlowTrainer
    for name, around in (("compile", _compile), ("fit", _fit), ("evaluate", _evaluate)):
        _wrap(trainer, name, functools.partial(around, session))
        session.hooks.append((f"Model.{name}", trainer, name, getattr(trainer, name)))


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
        _quietly(
            session, "compile", lambda: session.timeline.add("compile", uid=session.identities.of(model), place=place)
        )
    return result


def _fit(session: Session, original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    with _only_outermost("training") as outermost:
        if not outermost:
            return original(model, *args, **kwargs)
        place = calling_place(3)
        asked = _bound(original, model, args, kwargs)
        before = _quietly(session, "fit", lambda: fits.before(session, model, asked))
        really = session.policy.fit_arguments(asked)
        error: BaseException | None = None
        history: Any = None
        try:
            history = original(model, **really)
        except BaseException as problem:
            error = problem
            raise
        finally:
            _quietly(session, "fit", lambda: fits.after(session, model, before, asked, really, place, history, error))
        if session.policy.shortens and history is not None:
            _quietly(
                session, "history",
                lambda: stretch_history(history, asked.get("initial_epoch") or 0, asked.get("epochs") or 1),
            )  # fmt: skip
        return history


def _evaluate(session: Session, original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> Any:
    with _only_outermost("training") as outermost:
        if not outermost:
            return original(model, *args, **kwargs)
        place = calling_place(3)
        extra = {name: kwargs.pop(name) for name in list(kwargs) if name.startswith("_")}
        asked = _bound(original, model, args, kwargs)
        asked.pop("kwargs", None)
        result = original(model, **session.policy.evaluate_arguments(asked), **extra)
        _quietly(
            session, "evaluate",
            lambda: session.timeline.add(
                "evaluate", uid=session.identities.of(model), place=place, shortened=session.policy.shortens
            ),
        )  # fmt: skip
        return result


def _bound(original: Callable[..., Any], model: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """The call's arguments by name; raises the same TypeError as the call itself would."""
    bound = inspect.signature(original).bind(model, *args, **kwargs)
    arguments = dict(bound.arguments)
    arguments.pop("self", None)
    return arguments
