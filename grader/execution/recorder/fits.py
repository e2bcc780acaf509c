"""One `fit`, before and after: what was trained, how, on what, and which weights moved."""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING, Any

from . import datasets, probe
from .policy import epochs_asked
from .replaced import replaced
from .snapshots import describe, walk, weights_of

if TYPE_CHECKING:
    from .session import Session

WATCHING = ("EarlyStopping", "ReduceLROnPlateau")


def before(session: Session, model: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Taken before training. An unbuilt model (a Sequential without an input) has no weights yet."""
    session.trained = model
    validation = datasets.describe(asked.get("validation_data"), None, look_inside=False)
    if validation is not None:
        validation["shares_training"] = datasets.shares(asked.get("validation_data"), asked.get("x"))
    return {
        "started": time.monotonic(),
        "steps": _steps(model),
        "weights": weights_of(model),
        "trainable": {session.identities.of(layer): bool(layer.trainable) for _, layer in walk(model)},
        "data": datasets.describe(asked.get("x"), asked.get("y")),
        "validation": validation,
        "replaced": replaced([model, *_parts_of_training(model)]),
        "replaced_in_layers": replaced([layer for _, layer in walk(model)]),
    }


def _parts_of_training(model: Any) -> list[Any]:
    """The optimizer and the loss, where they are objects."""
    parts = [getattr(model, "optimizer", None), getattr(model, "loss", None)]
    return [part for part in parts if part is not None and hasattr(type(part), "from_config")]


def after(
    session: Session, model: Any, before_fit: dict[str, Any] | None, asked: dict[str, Any], really: dict[str, Any],
    place: Any, history: Any, error: BaseException | None,
) -> None:  # fmt: skip
    """Write the event, the model's configuration and its weights."""
    started = before_fit or {
        "started": time.monotonic(),
        "steps": None,
        "weights": {},
        "trainable": {},
        "data": None,
        "validation": None,
        "replaced": [],
        "replaced_in_layers": [],
    }
    snapshot = describe(session, model, started["trainable"], started["weights"])
    seconds = round(time.monotonic() - started["started"], 3)
    steps = _steps(model)
    record = getattr(history, "history", None) or getattr(getattr(model, "history", None), "history", None) or {}
    optimizer = _optimizer(model)
    session.timeline.add(
        "fit",
        **snapshot,
        place=place,
        loss=_loss(getattr(model, "loss", None)),
        optimizer={"name": type(optimizer).__name__, "learning_rate": _learning_rate(optimizer)},
        metrics=_metric_names(model),
        data=started["data"],
        validation=started["validation"],
        epochs_requested=max(0, epochs_asked(asked)),
        initial_epoch=int(asked.get("initial_epoch") or 0),
        epochs_run=max((len(values) for values in record.values()), default=0),
        steps_per_epoch=really.get("steps_per_epoch"),
        shortened=session.policy.shortens,
        history={str(key)[:100]: [_number(v) for v in values][:5000] for key, values in record.items()},
        seconds=seconds,
        error=None if error is None else f"{type(error).__name__}: {error}"[:1000],
        steps=None if steps is None or started["steps"] is None else max(0, steps - started["steps"]),
        optimizer_parameters=_optimizer_parameters(optimizer),
        callbacks=_own_callbacks(asked.get("callbacks")),
        call=_call(asked),
        replaced=started["replaced"],
        replaced_in_layers=started["replaced_in_layers"],
        probe=_probed(session, model, started["data"]),
    )


def _call(asked: dict[str, Any]) -> dict[str, Any]:
    """The arguments that decide how a training goes, as the notebook gave them, so that it can be repeated."""
    given = asked.get("callbacks")
    callbacks = list(given) if isinstance(given, (list, tuple)) else [given]
    weights = asked.get("class_weight")
    return {
        "steps_per_epoch": _whole(asked.get("steps_per_epoch")),
        "batch_size": _whole(asked.get("batch_size")),
        "validation_split": _number(asked.get("validation_split") or 0.0),
        "class_weight": None
        if not weights
        else {str(label)[:20]: _number(weight) for label, weight in list(dict(weights).items())[:100]},
        "sample_weight": asked.get("sample_weight") is not None,
        "callbacks": [type(callback).__name__[:200] for callback in callbacks if callback is not None][:20],
        "monitors": [_monitor(each) for each in callbacks if _watches(each)][:20],
    }


def _watches(callback: Any) -> bool:
    """One of Keras' own: what a notebook calls by such a name may hold anything, or nothing."""
    return type(callback).__name__ in WATCHING and _is_kerass(type(callback))


def _monitor(callback: Any) -> dict[str, Any]:
    """When a callback takes a training for one that gains nothing any more."""
    settings = {name: getattr(callback, name, None) for name in ("min_delta", "patience", "baseline", "factor")}
    return {
        "name": type(callback).__name__,
        "monitor": str(getattr(callback, "monitor", ""))[:200],
        "better": _better(callback),
        **{name: None if value is None else _number_or_nan(value) for name, value in settings.items()},
    }


def _number_or_nan(value: Any) -> float | str:
    """What is set and no number must not look like what is not set."""
    try:
        return _number(value)
    except (TypeError, ValueError):
        return "nan"


def _better(callback: Any) -> str | None:
    """Which value of its metric is the better one to it: the operation says that, or (in some of Keras 2) the mode."""
    operation = getattr(getattr(callback, "monitor_op", None), "__name__", None)
    if operation in ("less", "greater"):
        return str(operation)
    by_mode = {
        "min": "less",
        "max": "greater",
        "auto": "greater" if "acc" in str(getattr(callback, "monitor", "")) else "less",
    }
    return by_mode.get(str(getattr(callback, "mode", None)))


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _steps(model: Any) -> int | None:
    """How many updates the optimizer has made so far."""
    iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
    return None if iterations is None else int(iterations.numpy())


def _optimizer(model: Any) -> Any:
    """The optimizer as it was asked for: under mixed precision Keras puts one around it that scales the loss."""
    optimizer = getattr(model, "optimizer", None)
    if type(optimizer).__name__ == "LossScaleOptimizer" and _is_kerass(type(optimizer)):
        return getattr(optimizer, "inner_optimizer", optimizer)
    return optimizer


def _optimizer_parameters(optimizer: Any) -> int | None:
    """How many numbers the optimizer updates: whatever flags say, these are what it trains."""
    variables = getattr(optimizer, "_trainable_variables", None)
    return sum(math.prod(v.shape) for v in variables) if isinstance(variables, list) else None


def _own_callbacks(callbacks: Any) -> list[str]:
    """Class names of callbacks that are not Keras' own."""
    given = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    return [
        type(callback).__name__[:200] for callback in given if callback is not None and not _is_kerass(type(callback))
    ][:20]


def _is_kerass(definition: Any) -> bool:
    """Whether a class or function is defined by Keras, of either generation, and not by the notebook."""
    return str(getattr(definition, "__module__", "")).startswith(("keras.", "tf_keras.", "tensorflow."))


def _probed(session: Session, model: Any, data: dict[str, Any] | None) -> dict[str, Any] | None:
    """The model's answers to pictures that the other side can draw too."""
    try:
        shape = getattr(model, "input_shape", None)
        if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] != 3 or shape[0] is not None:
            return None
        seen = (data or {}).get("image_shape") or [None] * 4
        height, width = shape[1] or seen[1], shape[2] or seen[2]
        low, high = (data or {}).get("minimum"), (data or {}).get("maximum")
        if not height or not width or low is None or high is None or not math.isfinite(low + high):
            return None
        outputs = probe.answers(model, height, width, low, high)
    except Exception as problem:  # noqa: BLE001 - a student's model may raise anything
        session.timeline.add("recorder_problem", what="probe", problem=f"{type(problem).__name__}: {problem}"[:500])
        return None
    if outputs is None:
        return None
    values = [_number(value) for value in outputs]
    return {"minimum": low, "maximum": high, "height": height, "width": width, "outputs": values}


def _loss(loss: Any) -> dict[str, Any] | None:
    if loss is None:
        return None
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", None) or type(loss).__name__
    # What the loss computes with comes first: the attribute of that name can be set afterwards, and changes nothing.
    used = getattr(loss, "_fn_kwargs", None)
    from_logits = used.get("from_logits") if isinstance(used, dict) else None
    if from_logits is None:
        from_logits = getattr(loss, "from_logits", None)
    return {
        "name": str(name)[:100],
        "from_logits": None if from_logits is None else bool(from_logits),
        "own": _is_own_loss(loss),
    }


def _is_own_loss(loss: Any) -> bool:
    """Whether it is a function or class of the notebook's own, which can bear the name of one of Keras'."""
    if isinstance(loss, str):
        try:
            loss = sys.modules["keras"].losses.get(loss)
        except Exception:  # noqa: BLE001 - whatever a registered name leads to
            return True
    if isinstance(loss, (list, tuple, dict)):
        return any(_is_own_loss(each) for each in (loss.values() if isinstance(loss, dict) else loss) if each)
    parts = [loss if hasattr(loss, "__name__") else type(loss), getattr(loss, "fn", None)]
    return not all(_is_kerass(part) for part in parts if part is not None)


def _metric_names(model: Any) -> list[str]:
    names = (model.get_compile_config() or {}).get("metrics") or [] if getattr(model, "compiled", False) else []
    flat = names if isinstance(names, (list, tuple)) else [names]
    return [
        str(name if isinstance(name, str) else name.get("class_name", "?") if isinstance(name, dict) else name)[:100]
        for name in flat
    ][:20]


def _learning_rate(optimizer: Any) -> float | None:
    rate = getattr(optimizer, "learning_rate", None)
    try:
        return float(rate)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _number(value: Any) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else str(number)
