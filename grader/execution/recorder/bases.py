"""Pre-trained bases: each network that `keras.applications` makes, with its arguments and its weights."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import wrapt

from . import stand_in_weights
from .digest import array_digest, combined_digest
from .places import calling_place
from .watching import only_outermost, quietly

if TYPE_CHECKING:
    from .session import Session

APPLICATION_MODULES = (
    "convnext", "densenet", "efficientnet", "efficientnet_v2", "inception_resnet_v2", "inception_v3", "mobilenet",
    "mobilenet_v2", "mobilenet_v3", "nasnet", "regnet", "resnet", "resnet_rs", "resnet_v2", "vgg16", "vgg19",
    "xception",
)  # fmt: skip
"""Of Keras 3 and of Keras 2 (which has RegNet and ResNetRS as well)."""


def install(session: Session) -> None:
    """Watch the modules of both generations of Keras, each right after its import."""
    for package in ("keras.src", "tf_keras.src"):
        for name in APPLICATION_MODULES:
            wrapt.register_post_import_hook(
                functools.partial(_watch_applications, session), f"{package}.applications.{name}"
            )


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
        with only_outermost("application") as outermost:
            if not outermost:
                return function(*args, **kwargs)
            place = calling_place()
            noted = functools.partial(record, session, backbone, function, args, kwargs, place)
            try:
                model, substituted = build(function, args, kwargs)
            except Exception as problem:
                quietly(session, "base", functools.partial(noted, None, problem))
                raise
            quietly(session, "base", functools.partial(noted, model, None, substituted))
            return model

    return application


def build(function: Callable[..., Any], args: Any, kwargs: Any, *, random: bool = False) -> tuple[Any, bool]:
    """The network, and whether random weights stand in for those that the asset pack does not hold.

    Args:
        random: `weights=None` stands for weights that are nowhere to be had.
    """
    try:
        given = dict(inspect.signature(function).bind(*args, **kwargs).arguments)
    except TypeError:
        return function(*args, **kwargs), False
    extra = given.pop("kwargs", {})
    missing = stand_in_weights.missing_weights(given.get("weights"))
    here = None if missing is None else stand_in_weights.known_file(missing)
    if here is not None:
        return function(**{**given, "weights": here}, **extra), False
    if missing is None and not random:
        try:
            return function(*args, **kwargs), False
        except Exception as problem:
            if not stand_in_weights.is_network_failure(problem):
                raise
    with stand_in_weights.Undisturbed():
        model = function(**{**given, "weights": None}, **extra)
        stand_in_weights.fill(model)
    return model, True


def record(
    session: Session, backbone: str, function: Callable[..., Any], args: Any, kwargs: Any,
    place: Any, model: Any, problem: BaseException | None, substituted: bool = False, said: str | None = None,
) -> None:  # fmt: skip
    """Write a base down. `said` names its weights where the argument does not."""
    bound = inspect.signature(function).bind_partial(*args, **kwargs)
    bound.apply_defaults()
    given = bound.arguments
    weights = given.get("weights")
    fields: dict[str, Any] = {
        "backbone": backbone,
        "include_top": bool(given.get("include_top")),
        "weights": said or (None if weights is None else str(weights).rsplit("/", 1)[-1][:200]),
        "pooling": given.get("pooling"),
        "alpha": given.get("alpha"),
        "place": place,
    }
    if problem is not None:
        session.timeline.add("base_failed", **fields, error=f"{type(problem).__name__}: {problem}"[:1000])
        return
    layers = [session.identities.of(layer) for layer in model._flatten_layers(include_self=False)]
    session.new_models.add_base(session.identities.of(model), layers)
    fields["input_shape"] = list(model.input_shape)[1:]
    digests = [array_digest(array) for array in model.get_weights()]
    session.timeline.add(
        "base", uid=session.identities.of(model), **fields, layers=layers, weights_digest=combined_digest(digests),
        substituted=substituted,
    )  # fmt: skip


# --- weights loaded into a base later -------------------------------------------------------------------------


def watch_load_weights(session: Session, owner: Any) -> None:
    """Watch `load_weights` of a model class: it may be what makes a base a pre-trained one."""
    original = owner.load_weights

    @functools.wraps(original)
    def load_weights(self: Any, filepath: Any, *args: Any, **kwargs: Any) -> Any:
        with only_outermost("load_weights") as outermost:
            if not outermost:
                return original(self, filepath, *args, **kwargs)
            missing = stand_in_weights.missing_weights(filepath)
            here = None if missing is None else stand_in_weights.known_file(missing)
            name = os.path.basename(str(missing or filepath))[:200]  # noqa: PTH119
            if missing is not None and here is None and stand_in_weights.is_imagenet_file(name):
                stand_in_weights.fill(self)
                quietly(session, "load_weights", lambda: _record_loaded(session, self, name, substituted=True))
                return None
            result = original(self, here or filepath, *args, **kwargs)
            quietly(session, "load_weights", lambda: _record_loaded(session, self, name, substituted=False))
            return result

    owner.load_weights = load_weights


def _record_loaded(session: Session, model: Any, name: str, *, substituted: bool) -> None:
    uid = session.identities.of(model)
    if not session.new_models.is_base(uid):
        return
    digests = [array_digest(array) for array in model.get_weights()]
    session.timeline.add(
        "base_weights", uid=uid, weights=name, weights_digest=combined_digest(digests), substituted=substituted
    )
