"""One `fit`, before and after: what was trained, how, on what, and which weights moved."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from . import datasets
from .snapshots import describe, walk, weights_of

if TYPE_CHECKING:
    from .session import Session


def before(session: Session, model: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Taken before training. An unbuilt model (a Sequential without an input) has no weights yet."""
    return {
        "started": time.monotonic(),
        "weights": weights_of(model),
        "trainable": {session.identities.of(layer): bool(layer.trainable) for _, layer in walk(model)},
        "data": datasets.describe(asked.get("x"), asked.get("y")),
        "validation": datasets.describe(asked.get("validation_data"), None, look_inside=False),
    }


def after(
    session: Session, model: Any, before_fit: dict[str, Any] | None, asked: dict[str, Any], really: dict[str, Any],
    place: Any, history: Any, error: BaseException | None,
) -> None:  # fmt: skip
    """Write the event, the model's configuration and its weights."""
    started = before_fit or {
        "started": time.monotonic(),
        "weights": {},
        "trainable": {},
        "data": None,
        "validation": None,
    }
    snapshot = describe(session, model, started["trainable"], started["weights"])
    record = getattr(history, "history", None) or getattr(getattr(model, "history", None), "history", None) or {}
    optimizer = getattr(model, "optimizer", None)
    session.timeline.add(
        "fit",
        **snapshot,
        place=place,
        loss=_loss(getattr(model, "loss", None)),
        optimizer={"name": type(optimizer).__name__, "learning_rate": _learning_rate(optimizer)},
        metrics=_metric_names(model),
        data=started["data"],
        validation=started["validation"],
        epochs_requested=int(asked.get("epochs") or 1),
        initial_epoch=int(asked.get("initial_epoch") or 0),
        epochs_run=max((len(values) for values in record.values()), default=0),
        steps_per_epoch=really.get("steps_per_epoch"),
        shortened=session.policy.shortens,
        history={str(key)[:100]: [_number(v) for v in values][:5000] for key, values in record.items()},
        seconds=round(time.monotonic() - started["started"], 3),
        error=None if error is None else f"{type(error).__name__}: {error}"[:1000],
    )


def _loss(loss: Any) -> dict[str, Any] | None:
    if loss is None:
        return None
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", None) or type(loss).__name__
    from_logits = getattr(loss, "from_logits", None)
    if from_logits is None and isinstance(getattr(loss, "_fn_kwargs", None), dict):
        from_logits = loss._fn_kwargs.get("from_logits")
    return {"name": str(name)[:100], "from_logits": None if from_logits is None else bool(from_logits)}


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
