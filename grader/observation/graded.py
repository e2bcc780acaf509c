"""Which model the marks are about, and what it looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.errors import EvidenceError
from grader.evidence.model import Fit, GradedModel, Node, Place
from grader.execution.outbox import Outbox
from grader.execution.timeline import BaseEvent, Event, FitEvent, LayerEvent, ModelEvent
from grader.models.graph import read_graph
from grader.observation.fits import ObservedFit, contained_base, effectively_trainable
from grader.observation.places import Places


@dataclass(frozen=True)
class Chosen:
    """The graded model's last event, the base in it, and why it is this model. Never trained: `fit` is None."""

    event: FitEvent | ModelEvent
    base: BaseEvent | None
    fit: Fit | None
    reason: str


def choose(fits: Sequence[ObservedFit], events: Sequence[Event]) -> Chosen | None:
    """The model that is graded.

    Names mislead, so object identity decides: the model trained last that contains a pre-trained base; else one that
    was built on a base and never trained (the notebook stopped early); else the model trained last.
    """
    with_base = [fit for fit in fits if fit.base is not None]
    if with_base:
        last = with_base[-1]
        others = len({fit.event.uid for fit in fits} - {last.event.uid})
        reason = "It is the model that was trained last and contains the pre-trained base."
        if others:
            reason += f" {others} other trained model{'s were' if others > 1 else ' was'} not graded."
        return Chosen(last.event, last.base, last.fit, reason)
    bases = [event for event in events if isinstance(event, BaseEvent)]
    built = [event for event in events if isinstance(event, ModelEvent)]
    if built:
        reason = "It is the model that was built last on a pre-trained base; no such model was trained."
        return Chosen(built[-1], contained_base(built[-1], bases), None, reason)
    if fits:
        reason = "No model contains a pre-trained base; this is the model that was trained last."
        return Chosen(fits[-1].event, None, fits[-1].fit, reason)
    return None


def base_layer_names(chosen: Chosen) -> frozenset[str]:
    """Names of the model's top-level layers that belong to the base: one, or all of them where they lie flat."""
    if chosen.base is None:
        return frozenset()
    members = {chosen.base.uid, *chosen.base.layers}
    return frozenset(entry.path[0] for entry in chosen.event.layers if len(entry.path) == 1 and entry.uid in members)


def read_graded(chosen: Chosen, outbox: Outbox, events: Sequence[Event], places: Places) -> GradedModel:
    """The graded model as a graph in normal form, with the places where its parts were made."""
    event, base = chosen.event, chosen.base
    flags = effectively_trainable(event)
    made = {e.uid: places.of(e.place) for e in events if isinstance(e, LayerEvent)}
    common = {
        "uid": event.uid, "name": event.name, "reason": chosen.reason, "base_uid": None if base is None else base.uid,
        "parameters": sum(entry.parameters for entry in event.layers),
        "trainable_parameters": sum(entry.parameters for entry in event.layers if flags[tuple(entry.path)]),
    }  # fmt: skip
    if event.config is None:
        return GradedModel(**common, style="subclassed", problem="The model has no configuration that can be read.")
    try:
        config = outbox.config(event.config)
        graph = read_graph(config, base_layers=base_layer_names(chosen))
    except (EvidenceError, OSError) as problem:
        return GradedModel(**common, style="other", problem=str(problem)[:500])
    uids = {tuple(entry.path): entry.uid for entry in event.layers}
    by_name: dict[str, int] = {}
    for path, uid in uids.items():
        by_name.setdefault(path[-1], uid)
        by_name["/".join(path)] = uid
    base_place = None if base is None else places.of(base.place)
    return GradedModel(
        **common,
        style=graph.style,
        nodes=tuple(_placed(node, by_name, made, base.uid if base else None, base_place) for node in graph.nodes),
        backbone=graph.backbone,
        include_top=graph.include_top,
        cut_at=graph.cut_at,
        config_digest=event.config,
        problem=graph.problem,
    )


def _placed(
    node: Node,
    uids: Mapping[str, int],
    made: Mapping[int, Place | None],
    base_uid: int | None,
    base_place: Place | None,
) -> Node:
    if node.role == "base" and base_uid is not None:
        return node.model_copy(update={"uid": base_uid, "place": base_place})
    uid = uids.get(node.id, uids.get(node.name))
    return node.model_copy(update={"uid": uid, "place": None if uid is None else made.get(uid)})
