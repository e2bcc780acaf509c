"""A model as one flat list of layer calls: the form in which everything about its structure is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Tensor: TypeAlias = tuple[int, int]
"""Position of a call in `Calls.calls`, and which of its outputs."""


@dataclass(frozen=True)
class Call:
    """One layer called once."""

    id: str
    name: str
    class_name: str
    settings: Mapping[str, Any]
    inputs: tuple[Tensor, ...]
    constants: tuple[Any, ...] = ()
    constant_first: bool = False
    containers: tuple[str, ...] = ()
    """Ids of the nested models it lies in, outermost first."""
    training: bool | None = None
    """The literal `training=` the student wrote, its own or that of a model around it."""
    path: tuple[str, ...] = ()
    """Names that lead to the layer object: nested models, outermost first, then the layer."""


@dataclass(frozen=True)
class Container:
    """A nested model, called once."""

    id: str
    name: str
    class_name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    training: bool | None


@dataclass(frozen=True)
class Calls:
    """The flat graph, in an order in which every call comes after its inputs."""

    calls: tuple[Call, ...]
    outputs: tuple[Tensor, ...]
    containers: Mapping[str, Container]
    shapes: Mapping[Tensor, tuple[int | None, ...]]
    """Output shapes as far as the configuration mentions them: claims, not measurements."""

    def consumers(self) -> list[list[int]]:
        """For each call, the positions of the calls that take one of its outputs."""
        found: list[list[int]] = [[] for _ in self.calls]
        for position, call in enumerate(self.calls):
            for source in sorted({source for source, _ in call.inputs}):
                found[source].append(position)
        return found

    def on_path(self) -> list[bool]:
        """Whether each call lies on a way from an input of the model to its output."""
        reached = [False] * len(self.calls)
        for position, call in enumerate(self.calls):
            reached[position] = call.class_name == "InputLayer" or any(reached[source] for source, _ in call.inputs)
        needed = [False] * len(self.calls)
        for source, _ in self.outputs:
            needed[source] = True
        for position in range(len(self.calls) - 1, -1, -1):
            if needed[position]:
                for source, _ in self.calls[position].inputs:
                    needed[source] = True
        return [before and after for before, after in zip(reached, needed, strict=True)]
