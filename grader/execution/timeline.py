"""The recorder's events as the other side admits them: strict, bounded, and nothing but data."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

Text: TypeAlias = Annotated[str, Field(max_length=1000)]
ShortText: TypeAlias = Annotated[str, Field(max_length=300)]
Digest: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Uid: TypeAlias = Annotated[int, Field(ge=1, le=10_000_000)]
Shape: TypeAlias = Annotated[list[int | None], Field(max_length=8)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=2**53)]


def _spelled_out(value: object) -> object:
    """`nan`, `inf` and `-inf` travel as strings, since strict JSON has no such numbers."""
    return float(value) if isinstance(value, str) and value in ("nan", "inf", "-inf") else value


Number: TypeAlias = Annotated[float, BeforeValidator(_spelled_out)]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    time: float = 0.0


class Spot(BaseModel):
    """A line in an executed cell, by prompt number."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    execution: Annotated[int, Field(ge=1, le=1_000_000)]
    line: Annotated[int, Field(ge=1, le=10_000_000)]


class SessionEvent(_Event):
    """The recorder's start. `clock` is the system's monotonic clock in seconds, the same that the driver reads."""

    event: Literal["session"]
    clock: Annotated[float, Field(allow_inf_nan=False)]


class CellEvent(_Event):
    """A cell has ended, as the kernel says. `rewrites` names what changes code on its way to Python, `unhooked` the
    recorder's own hooks that are gone."""

    event: Literal["cell"]
    execution: Annotated[int, Field(ge=0, le=1_000_000)] | None
    source: Digest | None
    ok: bool | None
    rewrites: Annotated[list[ShortText], Field(max_length=20)]
    unhooked: Annotated[list[ShortText], Field(max_length=20)]


class BaseEvent(_Event):
    event: Literal["base"]
    uid: Uid
    backbone: ShortText
    include_top: bool
    weights: ShortText | None
    pooling: ShortText | None
    alpha: float | None
    place: Spot | None
    input_shape: Shape
    layers: Annotated[list[Uid], Field(max_length=5000)]
    weights_digest: Digest
    substituted: bool = False


class BaseWeightsEvent(_Event):
    """Weights were loaded into a base after it was made."""

    event: Literal["base_weights"]
    uid: Uid
    weights: ShortText
    weights_digest: Digest
    substituted: bool


class SubstitutionEvent(_Event):
    """Something stood in for what the asset pack does not hold."""

    event: Literal["substitution"]
    kind: Literal["data", "picture", "module", "missing"]
    asked: Text
    given: Text
    place: Spot | None


class BaseFailedEvent(_Event):
    event: Literal["base_failed"]
    backbone: ShortText
    include_top: bool
    weights: ShortText | None
    pooling: ShortText | None
    alpha: float | None
    place: Spot | None
    error: Text


class LayerEvent(_Event):
    event: Literal["layer"]
    uid: Uid
    class_name: ShortText
    name: ShortText
    place: Spot


class TrainableEvent(_Event):
    event: Literal["trainable"]
    uids: Annotated[list[Uid], Field(max_length=20_000)]
    value: bool
    place: Spot


class CompileEvent(_Event):
    event: Literal["compile"]
    uid: Uid
    place: Spot


class EvaluateEvent(_Event):
    event: Literal["evaluate"]
    uid: Uid
    place: Spot | None
    shortened: bool


class PredictEvent(_Event):
    """A `predict` that was shortened; others leave no trace."""

    event: Literal["predict"]
    uid: Uid
    place: Spot | None
    shortened: bool


class ProblemEvent(_Event):
    event: Literal["recorder_problem"]
    what: ShortText
    problem: Text


class LayerEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    path: Annotated[list[ShortText], Field(min_length=1, max_length=20)]
    uid: Uid
    class_name: ShortText
    trainable: bool
    parameters: Count
    before: Annotated[list[Digest], Field(max_length=200)]
    after: Annotated[list[Digest], Field(max_length=200)]


class WeightEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    path: ShortText
    digest: Digest
    shape: Annotated[list[Count], Field(max_length=8)]
    dtype: ShortText


class LossEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: ShortText
    from_logits: bool | None
    own: bool = False


class OptimizerEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: ShortText
    learning_rate: Number | None


class DataEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: ShortText
    batches: int | None = None
    image_shape: Shape | None = None
    label_shape: Shape | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    pipeline_operations: Annotated[list[ShortText], Field(max_length=50)] = []
    directory: ShortText | None = None
    shares_training: bool | None = None
    files: Count | None = None
    """Image files that it was made of."""
    batch_size: Count | None = None
    class_names: Annotated[list[ShortText], Field(max_length=100)] | None = None
    """In the order of the labels."""
    labels_kept: bool | None = None
    in_class_order: bool = False
    """All images of one class before those of the next."""
    """Whether labels go through the pipeline's functions unchanged; None where that cannot be told."""


class MonitorEntry(BaseModel):
    """A callback that watches a metric: `EarlyStopping` or `ReduceLROnPlateau`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: ShortText
    monitor: ShortText
    better: Literal["less", "greater"] | None = None
    min_delta: Number | None = None
    patience: Number | None = None
    baseline: Number | None = None
    factor: Number | None = None


class CallEntry(BaseModel):
    """Arguments of `fit` as the notebook gave them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    steps_per_epoch: Count | None = None
    batch_size: Count | None = None
    validation_split: Number = 0.0
    class_weight: Annotated[dict[ShortText, Number], Field(max_length=100)] | None = None
    sample_weight: bool = False
    callbacks: Annotated[list[ShortText], Field(max_length=20)] = []
    monitors: Annotated[list[MonitorEntry], Field(max_length=20)] = []


class ProbeEntry(BaseModel):
    """What the model answered to test pictures of these values right after training (see `recorder.probe`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    minimum: Annotated[float, Field(allow_inf_nan=False, ge=-1e4, le=1e4)]
    maximum: Annotated[float, Field(allow_inf_nan=False, ge=-1e4, le=1e4)]
    height: Annotated[int, Field(ge=1, le=1024)]
    width: Annotated[int, Field(ge=1, le=1024)]
    outputs: Annotated[list[Number], Field(max_length=64)]


class _ModelEvent(_Event):
    """A model at one moment: its configuration, its layers with their flags, and its weights by digest."""

    uid: Uid
    name: ShortText
    class_name: ShortText
    containers_decide: bool = True
    """Whether a layer stands still when a model around it is marked so. In Keras 2 it does; Keras 3 goes by the flag of
    each variable, which the model around it sets and a later line can set anew (`Layer.trainable_weights`)."""
    config: Digest | None
    layers: Annotated[list[LayerEntry], Field(max_length=5000)]
    weights: Annotated[list[WeightEntry], Field(max_length=10_000)]


class ModelEvent(_ModelEvent):
    """A model that contains a base, after the cell in which it was built; it may or may not be trained later."""

    event: Literal["model"]


class FitEvent(_ModelEvent):
    """One call of `fit`, written when it ended; the model as it was then."""

    event: Literal["fit"]
    place: Spot | None
    loss: LossEntry | None
    optimizer: OptimizerEntry
    metrics: Annotated[list[ShortText], Field(max_length=20)]
    data: DataEntry | None
    validation: DataEntry | None
    epochs_requested: Count
    initial_epoch: Count
    epochs_run: Count
    steps_per_epoch: Count | None
    shortened: bool
    history: Annotated[dict[ShortText, Annotated[list[Number], Field(max_length=5000)]], Field(max_length=50)]
    seconds: float
    error: Text | None
    steps: Count | None = None
    optimizer_parameters: Count | None = None
    callbacks: Annotated[list[ShortText], Field(max_length=20)] = []
    probe: ProbeEntry | None = None
    call: CallEntry | None = None
    replaced: Annotated[list[ShortText], Field(max_length=20)] = []
    """Methods of the model, its optimizer or its loss that were not Keras' own when the training began."""
    replaced_in_layers: Annotated[list[ShortText], Field(max_length=20)] = []


Event: TypeAlias = Annotated[
    SessionEvent
    | CellEvent
    | BaseEvent
    | BaseFailedEvent
    | BaseWeightsEvent
    | SubstitutionEvent
    | LayerEvent
    | TrainableEvent
    | CompileEvent
    | EvaluateEvent
    | PredictEvent
    | ProblemEvent
    | ModelEvent
    | FitEvent,
    Field(discriminator="event"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Validates one line of the timeline."""
