"""What a notebook's code builds, followed by reading alone: layers, bases, models, and what each `fit` trains.

The values that names stand for while `grader.source.tracing` follows the code.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from grader.evidence.model import Place, Scalar

Frozen: TypeAlias = Literal["yes", "no", "partial", "unknown"]
How: TypeAlias = Literal["nested", "flat", "cut"]
Kind: TypeAlias = Literal["normalisation", "others"] | None
Share: TypeAlias = Literal["all", "some", "none", "unknown"]


@dataclass(eq=False)
class Base:
    """A pre-trained network as the code makes it."""

    backbone: str
    settings: dict[str, Scalar]
    place: Place
    frozen: Frozen = "no"
    frozen_at: Place | None = None
    thawed_at: Place | None = None
    before: tuple[Step, ...] = ()
    """What was calculated before its own first layer: `VGG16(input_tensor=x)`."""


@dataclass(eq=False)
class Layer:
    """Any other layer, or scaling written as arithmetic (`class_name` is then `arithmetic`)."""

    class_name: str
    settings: dict[str, Scalar]
    place: Place


@dataclass(eq=False)
class Generator:
    """An `ImageDataGenerator`, with what it does to every image as one layer."""

    layer: Layer


@dataclass(eq=False)
class Checkpoint:
    """A `ModelCheckpoint`, which keeps the model that is trained with it in a file."""

    file: str


@dataclass(eq=False)
class Step:
    """One call on the way from input to output."""

    thing: Base | Layer | Model
    training: bool | None = None
    how: How = "nested"
    repeated: bool = False
    """It stands in a loop that builds the model, so that how often it is called cannot be read."""


@dataclass(eq=False)
class Tensor:
    """What has been calculated so far: the calls that led here."""

    steps: tuple[Step, ...] = ()
    source: Base | Model | None = None
    """Whose own input this is, for `base.input`."""
    data: bool = False
    """Images or a data set of them, before any model."""
    loops: int = 0
    """How many loops it was calculated in."""

    def then(self, thing: Base | Layer | Model) -> Tensor:
        """This with one more call behind it."""
        return Tensor((*self.steps, Step(thing)), self.source, self.data, self.loops)


@dataclass(eq=False)
class Model:
    """A model, Functional or Sequential."""

    steps: list[Step]
    place: Place
    sequential: bool = False
    compiled: dict[str, Scalar] | None = None
    compiled_at: Place | None = None
    loops: int = 0
    """How many loops it was made in."""

    def flat(self, depth: int = 0) -> list[Step]:
        """Its calls with nested models written out."""
        found: list[Step] = []
        for step in self.steps[:500]:
            if isinstance(step.thing, Model) and depth < 10:
                inner = step.thing.flat(depth + 1)
                given = step.training
                found += [Step(s.thing, given if s.training is None else s.training, s.how, s.repeated) for s in inner]
            else:
                if isinstance(step.thing, Base) and depth < 10:
                    found += Model(list(step.thing.before), step.thing.place).flat(depth + 1)
                found.append(step)
        return found

    def base_step(self) -> Step | None:
        """The last call of a base in it."""
        return next((step for step in reversed(self.flat()) if isinstance(step.thing, Base)), None)


@dataclass(eq=False)
class LayersOf:
    """`model.layers`, or a part of it. `part` is None for all of it."""

    owner: Base | Model
    part: tuple[int | None, int | None] | Literal["some"] | None = None


@dataclass(eq=False)
class LayerOf:
    """One layer of a model, whose output or flag may be used."""

    owner: Base | Model
    part: tuple[int | None, int | None] | Literal["some"] | None
    layer: Base | Layer | Model | None = None
    """The very layer, where it is known."""
    kind: Kind = None
    """Which of the part, where a loop asks each layer whether it is a batch normalisation."""


@dataclass(eq=False)
class Function:
    """A function of the notebook, followed where it is called."""

    node: ast.FunctionDef | ast.Lambda


@dataclass(eq=False)
class Many:
    """A list or tuple."""

    items: list[Value]


Value: TypeAlias = Base | Layer | Tensor | Model | LayersOf | LayerOf | Function | Generator | Checkpoint | Many | None
"""None for everything that does not matter here."""


@dataclass(frozen=True)
class FitNote:
    """One `fit`: the model, its images, and how its base stood at that moment."""

    model: Model
    place: Place
    base: Base | None
    frozen: Frozen
    frozen_at: Place | None
    thawed_at: Place | None
    images: Tensor | None = None
    """The training images and what is done to them before the model; None where that cannot be followed."""
    in_loop: bool = False
    """It may be one of several trainings."""
    beforehand: bool = False
    """The base made features for it beforehand: `model` is then base and classifier together."""


@dataclass
class Outline:
    """All that matters of a notebook's code."""

    fits: list[FitNote] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)
    bases: list[Base] = field(default_factory=list)
    generators: list[Generator] = field(default_factory=list)
    trained_unread: bool = False
    """Something is trained that could not be followed."""
    loaded_unread: bool = False
    """A model is loaded of which it is not known what it was before: it may be any that was saved."""

    def graded(self) -> tuple[Model | None, FitNote | None]:
        """The model that is trained last and contains a base, with the first fit of that base; else one only built."""
        with_base = [fit for fit in self.fits if fit.base is not None]
        with_base = [fit for fit in with_base if not fit.beforehand] or with_base
        if with_base:
            last = with_base[-1]
            return last.model, next(fit for fit in with_base if fit.base is last.base)
        built = [model for model in self.models if model.base_step() is not None]
        heads = [model for model in built if len(model.flat()) > 1]
        found = heads or built
        return (found[-1] if found else None), None


def freeze(
    owner: Base | Model, part: tuple[int | None, int | None] | Literal["some"] | None, to: bool, place: Place,
    kind: Kind = None,
) -> None:  # fmt: skip
    """Set `trainable` of a model, or of some of its layers, to `to`; of one kind of them only, if that is given."""
    if isinstance(owner, Base):
        _freeze_base(owner, _of_kind(owner, "all" if part is None else "some", kind), to, place)
        return
    flat = owner.flat()
    for position, step in enumerate(flat):
        if isinstance(step.thing, Base):
            share = _share(owner, step, len(flat) - 1 - position, part)
            if step.how != "nested":
                share = _of_kind(step.thing, share, kind)
            elif kind == "normalisation":
                share = "none"  # the base is one layer here, and not of that kind
            _freeze_base(step.thing, share, to, place)


def leave_open(owner: Base | Model, *, by_layer: bool, place: Place) -> None:
    """Set `trainable` to what only running it would show. `by_layer`: it depends on the layer, so that some of them
    are trained and some are not."""
    steps = [Step(owner, how="flat")] if isinstance(owner, Base) else owner.flat()
    for step in steps:
        if isinstance(step.thing, Base):
            step.thing.frozen = "partial" if by_layer and step.how != "nested" else "unknown"
            step.thing.frozen_at = step.thing.thawed_at = place


def _of_kind(base: Base, share: Share, kind: Kind) -> Share:
    """How much of a base lies in a share of its layers that is narrowed to one kind."""
    if kind is None or share in ("none", "unknown"):
        return share
    if base.backbone.startswith("VGG"):
        return share if kind == "others" else "none"
    return "some" if share == "all" or kind == "others" else "unknown"


def _share(model: Model, step: Step, after: int, part: tuple[int | None, int | None] | Literal["some"] | None) -> Share:
    """How much of a base inside a model lies in a part of the model's layers. `after` counts the calls behind it."""
    if part is None:
        return "all"
    if part == "some":
        return "unknown"
    start, stop = part
    if start in (None, 0) and stop is not None and stop < 0:
        if -stop <= after:
            return "all"
        return "none" if step.how == "nested" and model.sequential else "some"
    if stop is None and start is not None and start < 0:
        return "none" if -start <= after else "some"
    if step.how == "nested" and model.sequential:
        inside = any(own.thing is step.thing or _holds(own.thing, step.thing) for own in model.steps[start:stop])
        return "all" if inside else "none"
    return "some" if step.how != "nested" else "unknown"


def _holds(thing: Base | Layer | Model, base: Base | Layer | Model) -> bool:
    return isinstance(thing, Model) and any(step.thing is base for step in thing.flat())


def _freeze_base(base: Base, share: Share, to: bool, place: Place) -> None:
    if share == "none":
        return
    if to:
        base.thawed_at = place
    else:
        base.frozen_at = place
    if share == "unknown":
        base.frozen = "unknown"
    elif share == "all":
        base.frozen = "no" if to else "yes"
    elif base.frozen != ("no" if to else "yes"):
        base.frozen = "partial"
