"""Fits and bases of the timeline, joined by object identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.evidence.model import BaseRecord, BaseState, Data, Fit, Freezing, LayerState, Loss, Optimizer
from grader.execution.recorder.digest import combined_digest
from grader.execution.timeline import (
    BaseEvent,
    BaseFailedEvent,
    BaseWeightsEvent,
    CompileEvent,
    DataEntry,
    Event,
    FitEvent,
    LayerEntry,
    ModelEvent,
)
from grader.observation.places import Places


@dataclass(frozen=True)
class ObservedFit:
    """A fit as evidence, the event it came from, and the base it contains."""

    fit: Fit
    event: FitEvent
    base: BaseEvent | None


def read_bases(events: Sequence[Event], places: Places, pack_weights: dict[str, str]) -> tuple[BaseRecord, ...]:
    """Every pre-trained base that was made, or whose making failed.

    Args:
        pack_weights: Digest of a weights file's arrays → the file's name.
    """
    records: list[BaseRecord] = []
    for event in events:
        if isinstance(event, BaseWeightsEvent):
            loaded = {
                "weights": event.weights, "weights_digest": event.weights_digest, "substituted": event.substituted,
                "pack_weights": pack_weights.get(event.weights_digest),
            }  # fmt: skip
            records = [r.model_copy(update=loaded) if r.uid == event.uid else r for r in records]
        elif isinstance(event, BaseEvent):
            records.append(
                BaseRecord(
                    uid=event.uid, backbone=event.backbone, include_top=event.include_top, weights=event.weights,
                    pooling=event.pooling, input_shape=tuple(event.input_shape), alpha=event.alpha,
                    weights_digest=event.weights_digest, pack_weights=pack_weights.get(event.weights_digest),
                    place=places.of(event.place), substituted=event.substituted,
                )
            )  # fmt: skip
        elif isinstance(event, BaseFailedEvent):
            records.append(
                BaseRecord(
                    uid=0, backbone=event.backbone, include_top=event.include_top, weights=event.weights,
                    pooling=event.pooling, alpha=event.alpha, place=places.of(event.place), error=event.error,
                )
            )  # fmt: skip
    return tuple(records)


def read_fits(events: Sequence[Event], places: Places) -> tuple[ObservedFit, ...]:
    """Every fit in order, each with the base its model contains, if any."""
    bases = [event for event in events if isinstance(event, BaseEvent)]
    compiled: dict[int, CompileEvent] = {}
    found: list[ObservedFit] = []
    for event in events:
        if isinstance(event, CompileEvent):
            compiled[event.uid] = event
        elif isinstance(event, FitEvent):
            base = contained_base(event, bases)
            found.append(ObservedFit(_fit(len(found), event, base, compiled.get(event.uid), places), event, base))
    return tuple(found)


def contained_base(fit: FitEvent | ModelEvent, bases: Sequence[BaseEvent]) -> BaseEvent | None:
    """The base whose own layers are in the fitted model: most of them wins, then the latest.

    Followed by object identity, so renaming, nesting or chaining on `base.output` changes nothing.
    """
    uids = {entry.uid for entry in fit.layers} | {fit.uid}
    shared = [(len(uids & {base.uid, *base.layers}), number) for number, base in enumerate(bases)]
    best = max(shared, default=(0, 0))
    return bases[best[1]] if best[0] else None


def base_entries(fit: FitEvent, base: BaseEvent) -> list[LayerEntry]:
    """The fitted model's layers that belong to the base and own weights."""
    members = {base.uid, *base.layers}
    return [entry for entry in fit.layers if entry.uid in members and entry.after]


def effectively_trainable(fit: FitEvent | ModelEvent) -> dict[tuple[str, ...], bool]:
    """By path: whether a layer trains, as far as flags go; in Keras 2 every model around it must be trainable, too."""
    flags: dict[tuple[str, ...], bool] = {}
    for entry in fit.layers:
        path = tuple(entry.path)
        flags[path] = entry.trainable and (not fit.containers_decide or flags.get(path[:-1], True))
    return flags


def _fit(index: int, event: FitEvent, base: BaseEvent | None, compiled: CompileEvent | None, places: Places) -> Fit:
    flags = effectively_trainable(event)
    members = set() if base is None else {base.uid, *base.layers}
    loss = None
    if event.loss is not None:
        loss = Loss(
            name=event.loss.name, from_logits=event.loss.from_logits, own=event.loss.own,
            place=None if compiled is None else places.of(compiled.place),
        )  # fmt: skip
    return Fit(
        index=index,
        model_uid=event.uid,
        model_name=event.name,
        place=places.of(event.place),
        contains_base=base is not None,
        base=None if base is None else _base_state(event, base, flags),
        layers=tuple(_layer_state(entry, flags) for entry in event.layers if entry.uid not in members),
        loss=loss,
        optimizer=Optimizer(name=event.optimizer.name, learning_rate=event.optimizer.learning_rate),
        metrics=tuple(event.metrics),
        data=_data(event.data),
        validation=_data(event.validation),
        epochs_requested=event.epochs_requested,
        epochs_run=event.epochs_run,
        initial_epoch=event.initial_epoch,
        steps_run=event.steps_per_epoch if event.shortened else None,
        shortened=event.shortened,
        history={name: tuple(values) for name, values in event.history.items()},
        seconds=event.seconds,
        error=event.error,
    )


def _layer_state(entry: LayerEntry, flags: dict[tuple[str, ...], bool]) -> LayerState:
    return LayerState(
        name="/".join(entry.path), class_name=entry.class_name, uid=entry.uid, trainable=flags[tuple(entry.path)],
        parameters=entry.parameters, moved=entry.before != entry.after if entry.before else None,
    )  # fmt: skip


def _base_state(event: FitEvent, base: BaseEvent, flags: dict[tuple[str, ...], bool]) -> BaseState:
    entries = base_entries(event, base)
    frozen = sum(not flags[tuple(entry.path)] for entry in entries)
    moved = sum(bool(entry.before) and entry.before != entry.after for entry in entries)
    state: Freezing = "yes" if frozen == len(entries) else "no" if frozen == 0 else "partial"
    return BaseState(
        uid=base.uid, frozen=state, frozen_layers=frozen, layers=len(entries), moved=moved > 0, moved_layers=moved,
        digest_before=combined_digest(digest for entry in entries for digest in entry.before),
        digest_after=combined_digest(digest for entry in entries for digest in entry.after),
    )  # fmt: skip


def _data(entry: DataEntry | None) -> Data | None:
    if entry is None:
        return None
    return Data(
        kind=entry.kind, batches=entry.batches,
        image_shape=None if entry.image_shape is None else tuple(entry.image_shape),
        label_shape=None if entry.label_shape is None else tuple(entry.label_shape),
        minimum=entry.minimum, maximum=entry.maximum,
        pipeline_operations=tuple(entry.pipeline_operations), directory=entry.directory,
        shares_training=entry.shares_training,
    )  # fmt: skip
