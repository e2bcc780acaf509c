"""A Keras model as an inert graph in normal form: from input to output, the base as one node, a role for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from grader.evidence.model import Document, Node, Scalar
from grader.models.backbones import Base, find_bases
from grader.models.calls import Calls, Tensor
from grader.models.flattening import Unreadable, flatten
from grader.models.roles import Side, learns, readable, role_of, settings_of

Style = Literal["functional", "sequential", "subclassed", "other"]


class ModelGraph(Document):
    """The normal form of a model."""

    nodes: tuple[Node, ...] = ()
    """In an order in which each comes after its inputs. At most one node of the graded base; further backbones in the
    same model are base nodes too, after it in size."""
    style: Style = "other"
    backbone: str | None = None
    """Architecture of the base, as named in `keras.applications`; None without a base or for an unknown one."""
    include_top: bool | None = None
    cut_at: str | None = None
    """Name of the base layer whose output is used, when that is not the base's last one."""
    problem: str | None = None
    """Why there is no graph, as the end of a sentence that starts with "the model could not be read:"."""


def read_graph(config: object, *, base_layers: frozenset[str] = frozenset()) -> ModelGraph:
    """Bring a serialised model into normal form.

    Args:
        config: decoded JSON of `keras.saving.serialize_keras_object(model)`. It may come from an untrusted source.
        base_layers: names of top-level layers that were observed to belong to the base, if known.

    Returns:
        The graph. Never raises for a bad configuration: `problem` then says what is wrong and `nodes` is empty.
    """
    style = style_of(config)
    if not isinstance(config, dict):
        return ModelGraph(style=style, problem="there is no configuration")
    try:
        graph = flatten(config)
    except Unreadable as error:
        return ModelGraph(style=style, problem=readable(str(error)))
    bases = find_bases(graph, base_layers)
    first = bases[0] if bases else None
    return ModelGraph(
        nodes=tuple(_nodes(graph, bases)),
        style=style,
        backbone=first.backbone if first else None,
        include_top=first.include_top if first else None,
        cut_at=readable(first.cut_at) if first and first.cut_at else None,
    )


def style_of(config: object) -> Style:
    """How the outermost model is written."""
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        return "other"
    inner = config.get("config")
    has_layers = isinstance(inner, dict) and "layers" in inner
    if config["class_name"] == "Sequential":
        return "sequential"
    if config["class_name"] in {"Functional", "Model"} and has_layers:
        return "functional"
    return "other" if has_layers else "subclassed"


def _nodes(graph: Calls, bases: tuple[Base, ...]) -> Iterator[Node]:
    owner = {position: base for base in bases for position in base.positions}
    ids = _ids(graph, bases)
    on_path = graph.on_path()
    side = _sides(graph, bases)
    last_of = {max(base.positions): base for base in bases}
    for position, call in enumerate(graph.calls):
        if position in last_of:
            yield _base_node(graph, last_of[position], ids, on_path)
        elif position not in owner:
            yield Node(
                id=ids[position],
                role=role_of(call, side[position]),
                class_name=readable(call.class_name),
                name=readable(call.name),
                inputs=_sources(call.inputs, ids),
                settings=settings_of(call),
                on_path=on_path[position],
                output_shape=_shape(graph, position),
                training_argument=call.training,
            )


def _base_node(graph: Calls, base: Base, ids: Mapping[int, str], on_path: list[bool]) -> Node:
    container = graph.containers.get(base.container) if base.container else None
    last = graph.calls[max(base.positions)]
    facts: dict[str, Any] = {
        "backbone": base.backbone,
        "alpha": base.alpha,
        "include_top": base.include_top,
        "include_preprocessing": base.include_preprocessing,
        "pooling": base.pooling,
        "cut_at": base.cut_at and readable(base.cut_at),
        "layers": len(base.positions),
        "nested": container is not None,
    }
    settings: dict[str, Scalar] = {key: value for key, value in facts.items() if value is not None}
    return Node(
        id=ids[max(base.positions)],
        role="base",
        class_name=base.backbone or readable(container.class_name if container else last.class_name),
        name=readable(container.name) if container else (base.backbone or readable(last.name)),
        inputs=_sources((base.entry,), ids),
        settings=settings,
        on_path=any(on_path[position] for position in base.positions),
        output_shape=graph.shapes.get(base.exits[-1]) if base.exits else None,
        training_argument=container.training if container else None,
    )


def _shape(graph: Calls, position: int) -> tuple[int | None, ...] | None:
    """Output shape as the configuration states it; the last Dense has no call after it to state it."""
    call = graph.calls[position]
    known = graph.shapes.get((position, 0))
    units = call.settings.get("units")
    if known is None and call.class_name == "Dense" and isinstance(units, int) and len(call.inputs) == 1:
        before = graph.shapes.get(call.inputs[0])
        return (*before[:-1], units) if before else None
    return known


def _ids(graph: Calls, bases: tuple[Base, ...]) -> dict[int, str]:
    """Node id of every call; all calls of a base share the base's."""
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for number, base in enumerate(bases, start=1):
        wanted = _unused(base.container or f"base {number}", taken)
        ids.update(dict.fromkeys(base.positions, wanted))
    for position, call in enumerate(graph.calls):
        if position not in ids:
            ids[position] = _unused(call.id, taken)
    return ids


def _unused(wanted: str, taken: set[str]) -> str:
    """An id not taken yet, and from now on taken: cutting long names short may make them alike."""
    name = plain = readable(wanted)
    number = 1
    while name in taken:
        number += 1
        name = f"{plain}#{number}"
    taken.add(name)
    return name


def _sources(inputs: tuple[Tensor, ...], ids: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids[source] for source, _ in inputs))


def _sides(graph: Calls, bases: tuple[Base, ...]) -> list[Side]:
    """Whether each call stands before the base's output or after it."""
    inside = bases[0].positions if bases else frozenset()
    after = [False] * len(graph.calls)
    for position, call in enumerate(graph.calls):
        after[position] = any(after[source] or source in inside for source, _ in call.inputs)
        if not bases:
            after[position] = after[position] or learns(call)
    return ["after" if value else "before" for value in after]
