"""Find the base in a flat model: the calls that are a known backbone, whole or cut, by structure and not by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.models.backbone_table import Backbone, load_table
from grader.models.calls import Calls, Tensor
from grader.models.fingerprints import fingerprint_at, fingerprints_from

MINIMUM_WEIGHTED = 5
"""Fewer matching layers with weights could be anyone's small network: the first four convolutions of VGG16 are what
many textbooks start with. With the recorder's word for it (`base_layers`) one is enough."""

POOLING = {"GlobalAveragePooling2D": "avg", "GlobalMaxPooling2D": "max"}
"""Class of the layer that `pooling=` adds inside a base, and the argument's value."""


@dataclass(frozen=True)
class Base:
    """A base as found in a flat model."""

    positions: frozenset[int]
    """Positions of its calls."""
    entry: Tensor
    """The tensor that goes in."""
    exits: tuple[Tensor, ...]
    """Its tensors that are used outside, in order."""
    backbone: str | None
    alpha: float | None = None
    include_preprocessing: bool | None = None
    """Whether its own first layers scale images; None for architectures that have no such choice."""
    include_top: bool | None = None
    cut_at: str | None = None
    pooling: str | None = None
    container: str | None = None
    """Id of the nested model that is this base and nothing else."""


def find_bases(graph: Calls, base_layers: frozenset[str] = frozenset()) -> tuple[Base, ...]:
    """All bases in a model, the largest first.

    Args:
        graph: the flat model.
        base_layers: names of top-level layers that were observed to belong to the base, if known. With them a base of
            unknown architecture is found as well, and layers that merely look like its continuation are kept apart.
    """
    hinted = frozenset(
        position
        for position, call in enumerate(graph.calls)
        if call.path[0] in base_layers and call.class_name != "InputLayer"
    )
    consumers = graph.consumers()
    found = [base for entry in _entries(graph) for base in _match(graph, entry, consumers, hinted)]
    found.sort(key=lambda base: (-len(base.positions & hinted), -len(base.positions), base.entry))
    taken: set[int] = set()
    bases: list[Base] = []
    for base in found:
        if not base.positions & taken:
            bases.append(_with_pooling(graph, base, consumers, hinted))
            taken |= bases[-1].positions
    if hinted and not taken & hinted:
        bases.insert(0, _unknown(graph, hinted))
    return tuple(bases)


def _entries(graph: Calls) -> list[Tensor]:
    """Tensors from which some backbone could start."""
    firsts = load_table().firsts
    found: dict[Tensor, None] = {}
    for position, call in enumerate(graph.calls):
        if len(call.inputs) == 1 and fingerprint_at(graph, position, call.inputs[0], {}) in firsts:
            found[call.inputs[0]] = None
    return list(found)


def _match(graph: Calls, entry: Tensor, consumers: Sequence[Sequence[int]], hinted: frozenset[int]) -> Iterator[Base]:
    """The backbones that take `entry` as their input: one, or several side by side."""
    table = load_table()
    found = fingerprints_from(graph, entry, table.owners, consumers)
    if hinted & found.keys():
        found = {position: value for position, value in found.items() if position in hinted}
    names = " ".join(sorted({graph.calls[position].path[0].lower() for position in found}))
    while found:
        counts = Counter(owner for value in found.values() for owner in table.owners[value])

        def fit(owner: int, counts: Mapping[int, int] = counts) -> tuple[int, bool, int]:
            backbone = table.backbones[owner]
            return counts[owner], backbone.name.lower() in names, -backbone.layers

        backbone = table.backbones[max(counts, key=fit)]
        top = _top(graph, found, backbone)
        positions = frozenset(position for position, value in found.items() if value in backbone.features) | top
        weighted = sum(graph.calls[position].class_name in table.weighted for position in positions)
        if weighted < (1 if hinted & positions else MINIMUM_WEIGHTED):
            return
        exits = _exits(graph, positions)
        last = exits[-1][0] if exits else max(positions)
        whole = found[last] in (backbone.end, backbone.classifier)
        if not whole and _only_a_stem(graph, positions, consumers):
            return
        yield Base(
            positions=positions,
            entry=entry,
            exits=exits,
            backbone=backbone.name,
            alpha=backbone.alpha,
            include_preprocessing=backbone.include_preprocessing,
            include_top=bool(top),
            cut_at=None if whole else graph.calls[last].name,
        )
        found = {position: value for position, value in found.items() if position not in positions}


def _only_a_stem(graph: Calls, positions: frozenset[int], consumers: Sequence[Sequence[int]]) -> bool:
    """Whether more of a network follows than what matched: it then begins as that backbone does, and is another.

    What one adds to a cut base has fewer layers with weights than what was kept of it.
    """
    weighted = load_table().weighted
    pending = [after for position in positions for after in consumers[position]]
    following: set[int] = set()
    while pending:
        position = pending.pop()
        if position not in positions and position not in following:
            following.add(position)
            pending.extend(consumers[position])
    strangers = {position for position in following if graph.calls[position].class_name in weighted}
    return len(strangers) > sum(graph.calls[position].class_name in weighted for position in positions)


def _top(graph: Calls, found: Mapping[int, str], backbone: Backbone) -> frozenset[int]:
    """Calls of the backbone's own top. Its pooling and dense layers are also what a student's head starts with, so
    only the 1,000-way classifier, or a dense layer that still has Keras' name, proves that the top is there."""
    weighted = load_table().weighted
    top = {position: value for position, value in found.items() if value in backbone.top}
    proofs = [
        position
        for position, value in top.items()
        if value == backbone.classifier
        or (graph.calls[position].class_name in weighted and graph.calls[position].name == backbone.top[value])
    ]
    included: set[int] = set()
    pending = proofs
    while pending:
        position = pending.pop()
        if position in top and position not in included:
            included.add(position)
            pending.extend(source for source, _ in graph.calls[position].inputs)
    after = set(proofs)
    for position in sorted(top):
        if any(source in after for source, _ in graph.calls[position].inputs):
            after.add(position)
    return frozenset(included | after)


def _with_pooling(graph: Calls, base: Base, consumers: Sequence[Sequence[int]], hinted: frozenset[int]) -> Base:
    """The base with its container, and with the pooling inside it if that container ends so."""
    common = _common_containers(graph, base.positions)
    tail = _pooling_tail(graph, base, consumers)
    if common:
        container = common[-1]
        members = {
            position
            for position, call in enumerate(graph.calls)
            if container in call.containers and call.class_name != "InputLayer"
        }
        if members == set(base.positions):
            return replace(base, container=container)
        if tail and members == set(base.positions) | set(tail):
            return _pooled(graph, base, tail, container)
    if tail and hinted.issuperset(tail):
        return _pooled(graph, base, tail, None)
    return base


def _pooling_tail(graph: Calls, base: Base, consumers: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The calls that `pooling=` would have added after the base's last call, if they are there. ConvNeXt normalises
    after pooling (`keras/src/applications/convnext.py`)."""
    if len(base.exits) != 1:
        return ()
    following = consumers[base.exits[0][0]]
    if len(following) != 1 or graph.calls[following[0]].class_name not in POOLING:
        return ()
    after = consumers[following[0]]
    if (base.backbone or "").startswith("ConvNeXt") and base.cut_at is not None:
        is_norm = len(after) == 1 and graph.calls[after[0]].class_name == "LayerNormalization"
        return (following[0], after[0]) if is_norm else ()
    return (following[0],)


def _pooled(graph: Calls, base: Base, tail: tuple[int, ...], container: str | None) -> Base:
    return replace(
        base,
        positions=base.positions | set(tail),
        exits=((tail[-1], 0),),
        pooling=POOLING[graph.calls[tail[0]].class_name],
        cut_at=None if len(tail) > 1 else base.cut_at,
        container=container,
    )


def _unknown(graph: Calls, hinted: frozenset[int]) -> Base:
    """A base that only the recorder knows."""
    common = _common_containers(graph, hinted)
    outside = [
        tensor for position in sorted(hinted) for tensor in graph.calls[position].inputs if tensor[0] not in hinted
    ]
    return Base(
        positions=hinted,
        entry=outside[0] if outside else (min(hinted), 0),
        exits=_exits(graph, hinted),
        backbone=None,
        container=common[-1] if common else None,
    )


def _exits(graph: Calls, positions: frozenset[int]) -> tuple[Tensor, ...]:
    used = {
        tensor
        for position, call in enumerate(graph.calls)
        if position not in positions
        for tensor in call.inputs
        if tensor[0] in positions
    }
    used.update(tensor for tensor in graph.outputs if tensor[0] in positions)
    return tuple(sorted(used))


def _common_containers(graph: Calls, positions: frozenset[int]) -> tuple[str, ...]:
    """Ids of the nested models that hold all these calls, outermost first."""
    every = [graph.calls[position].containers for position in positions]
    common: list[str] = []
    for level in zip(*every, strict=False):
        if len(set(level)) != 1:
            break
        common.append(level[0])
    return tuple(common)
