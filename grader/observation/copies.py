"""Pre-trained bases that Keras built again: `clone_model`, `load_model`, `from_config`.

Their objects are new, so identity does not lead to them. What tells them is what they hold: the very weights of a base
that was made in this kernel, array for array, when their training began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.execution.recorder.digest import combined_digest
from grader.execution.timeline import BaseEvent, BaseWeightsEvent, Event, FitEvent, LayerEntry
from grader.observation.fits import contained_base


def with_copies(events: Sequence[Event]) -> tuple[Event, ...]:
    """The events, with one more for each copy of a base, just before the first training of a model that contains it."""
    bases: list[BaseEvent] = []
    found: list[Event] = []
    for event in events:
        if isinstance(event, BaseEvent):
            bases.append(event)
        elif isinstance(event, BaseWeightsEvent):
            bases = [_loaded(base, event) if base.uid == event.uid else base for base in bases]
        elif isinstance(event, FitEvent) and bases and contained_base(event, bases) is None:
            copies = list(_copies(event, bases))
            bases += copies
            found += copies
        found.append(event)
    return tuple(found)


def _loaded(base: BaseEvent, event: BaseWeightsEvent) -> BaseEvent:
    return base.model_copy(
        update={
            "weights": event.weights, "weights_digest": event.weights_digest, "substituted": event.substituted,
        }
    )  # fmt: skip


def _copies(fit: FitEvent, bases: Sequence[BaseEvent]) -> Iterator[BaseEvent]:
    by_weights = {base.weights_digest: base for base in bases}
    inside: dict[tuple[str, ...], list[LayerEntry]] = {}
    for entry in fit.layers:
        for depth in range(1, len(entry.path)):
            inside.setdefault(tuple(entry.path[:depth]), []).append(entry)
    for entry in fit.layers:
        parts = inside.get(tuple(entry.path), [])
        base = by_weights.get(combined_digest(digest for part in parts for digest in part.before)) if parts else None
        if base is not None:
            yield base.model_copy(update={"uid": entry.uid, "layers": [part.uid for part in parts]})
