"""The data model of what was seen.

Everything left of `Evidence` is slow and untrusted (files, kernels, TensorFlow), everything right of it is
pure and fast (judging, reports, exports). Instances are frozen, serialise to JSON without loss, carry a
version, and have a published JSON Schema (`docs/evidence.schema.json`, made by `grader schema evidence`).

Units: seconds are wall-clock seconds, sizes are bytes, digests are lower-case SHA-256 in hexadecimal,
accuracies are fractions in [0, 1], pixel ranges are in the units the model receives.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from grader.evidence.base import Document as Document
from grader.evidence.base import Place as Place
from grader.evidence.base import Scalar as Scalar
from grader.evidence.base import Strength as Strength
from grader.evidence.nbgrader import NbgraderCell as NbgraderCell
from grader.evidence.replay import Replay as Replay
from grader.evidence.replay import Road as Road
from grader.evidence.reports import Difference as Difference
from grader.evidence.reports import Picture as Picture
from grader.evidence.reports import ReportDocument as ReportDocument
from grader.evidence.sender import Sender as Sender
from grader.evidence.structure import BaseRecord as BaseRecord
from grader.evidence.structure import GradedModel as GradedModel
from grader.evidence.structure import Node as Node
from grader.evidence.structure import Role as Role
from grader.evidence.structure import Substitution as Substitution

SCHEMA_VERSION: Final = 1
"""Raised when a stored document of an older version can no longer be read as it is."""

Freezing = Literal["yes", "no", "partial"]

RunStatus = Literal["completed", "cells_failed", "timed_out", "kernel_died", "not_run", "unreadable"]
"""`completed`: every code cell ran without an error. `cells_failed`: it reached the end, some cells failed.
`timed_out`: the notebook's time was up. `kernel_died`: the process ended before the notebook did.
`not_run`: nothing was executed on purpose. `unreadable`: no notebook could be read at all."""


class SubmissionInfo(Document):
    """Who handed in what. `id` is safe as a file name and unique within a batch; `name` is shown to people."""

    id: str
    name: str
    files: tuple[str, ...] = ()
    notebook: str | None = None
    notebook_sha256: str | None = None
    repairs: tuple[str, ...] = ()
    """What had to be mended before the notebook could be read, in words."""
    sender: Sender | None = None
    """Who that is on the learning platform it was downloaded from."""


class CellError(Document):
    """An exception that ended a cell. Text is the student's own output: escape it, trust nothing in it."""

    name: str
    value: str
    place: Place
    traceback: str = ""
    after_shortened_call: bool = False
    """True when an earlier `fit` or `evaluate` was cut short by the training policy: the error may be ours."""
    ours: bool = False
    """True when the cause is this machine (a missing tool, no network), not the student."""


class Cell(Document):
    """One notebook cell as handed in (stored outputs are dropped) and how it went."""

    position: int = Field(ge=1)
    code_cell: int | None = None
    kind: Literal["code", "markdown", "raw"]
    source: str
    truncated: bool = False
    status: Literal["ok", "failed", "not_run"] = "not_run"
    seconds: float | None = None
    document: str | None = None
    """Name of the report document that it is a part of; None in a notebook. Its code is not run."""
    picture: int | None = None
    """Number of the picture it was read from (see `Evidence.pictures`)."""
    nbgrader: NbgraderCell | None = None
    """What nbgrader's metadata says of it, in courses that come from there."""


class Run(Document):
    """How the notebook's execution went."""

    status: RunStatus
    explanation: str = ""
    errors: tuple[CellError, ...] = ()
    seconds: float = 0.0
    policy: Literal["full", "capped", "none"] = "none"
    shortened_calls: int = 0
    sandbox: str = "none"
    kernel: str = ""
    """How the notebook's Python came to life: started anew, or forked from one that had imported TensorFlow."""
    versions: dict[str, str] = Field(default_factory=dict)
    keras: Literal["keras3", "tf_keras"] = "keras3"
    """Which Keras the notebook ran in: Keras 3, or `tf_keras` (Keras 2)."""
    substitutions: tuple[Substitution, ...] = ()
    """What stood in for things from outside that the asset pack does not hold."""
    notes: tuple[str, ...] = ()


Subject = Literal["everything", "run", "base", "training", "weights", "model", "accuracy"]
"""What a contradiction makes doubtful: all that was recorded, how the notebook ran, the base and where it comes from,
what happened in training, where the trained weights come from, what the model is made of, how good it is."""


class Contradiction(Document):
    """Two things that should agree and do not: what the kernel claims, and what we see without it.

    No proof of cheating; a reason why a person must look. Nothing that rests on it earns a point by itself.
    """

    kind: str
    """A short name that never changes, such as `no_training_call`."""
    subject: Subject
    words: str
    """What is claimed and what we saw instead, as sentences for people. May hold names from the notebook: escape it."""
    place: Place | None = None


class LayerState(Document):
    """One layer of a fitted model, around one `fit`. A base is given as a whole, not layer by layer."""

    name: str
    class_name: str
    uid: int
    trainable: bool
    parameters: int = 0
    moved: bool | None = None
    """Whether any of its weights changed during this fit; None when it has none."""


class BaseState(Document):
    """The base around one `fit`: flags and what really happened to its weights."""

    uid: int
    frozen: Freezing
    """By the flags: every layer with weights frozen, none, or some."""
    frozen_layers: int
    layers: int
    """Both count layers that own weights."""
    moved: bool
    moved_layers: int = 0
    digest_before: str
    digest_after: str


class Loss(Document):
    """The compiled loss. `from_logits` is None where the loss has no such setting."""

    name: str
    from_logits: bool | None = None
    place: Place | None = None


class Optimizer(Document):
    name: str
    learning_rate: float | None = None


class Data(Document):
    """What was passed to `fit`, seen from outside: never the images themselves."""

    kind: str
    """`tf.data`, `array`, `PyDataset`, `generator` or another class name."""
    batches: int | None = None
    image_shape: tuple[int | None, ...] | None = None
    label_shape: tuple[int | None, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    """Range of the first batch as the model received it."""
    pipeline_operations: tuple[str, ...] = ()
    """Augmentation seen in the input pipeline: names of operations in `ds.map`, or settings of an
    `ImageDataGenerator` such as `horizontal_flip=True`."""
    directory: str | None = None
    shares_training: bool | None = None
    """Of validation data: whether images of the training data are in it; None where that cannot be told."""


class Fit(Document):
    """One call of `fit` on one model."""

    index: int
    model_uid: int
    model_name: str
    place: Place | None = None
    contains_base: bool = False
    base: BaseState | None = None
    layers: tuple[LayerState, ...] = ()
    loss: Loss | None = None
    optimizer: Optimizer | None = None
    metrics: tuple[str, ...] = ()
    data: Data | None = None
    validation: Data | None = None
    epochs_requested: int = 1
    epochs_run: int = 0
    initial_epoch: int = 0
    steps_run: int | None = None
    shortened: bool = False
    history: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None


class Range(Document):
    minimum: float
    maximum: float


class Measurement(Document):
    """What a clean process found out about the rebuilt model. It saw no student code."""

    rebuilt: bool
    problem: str | None = None
    accuracy: float | None = None
    examples: int | None = None
    correct: int | None = None
    constant_prediction: bool = False
    not_finite: bool = False
    labels_swapped_accuracy: float | None = None
    threshold: float | None = None
    output_kind: Literal["logit", "probability", "classes", "other"] | None = None
    output_range: Range | None = None
    base_input_range: Range | None = None
    """What reaches the base when the darkest and the brightest pixel the data pipeline delivers go in."""
    pipeline_range: Range | None = None
    """The input range that was used for that (taken from the observed training data)."""
    wanted_base_input_range: Range | None = None
    augmentation_changes_training: bool | None = None
    augmentation_changes_prediction: bool | None = None
    base_weights_digest: str | None = None
    base_weights_are: str | None = None
    """Name of the pack's weights file that the rebuilt base equals array by array, if any."""
    base_input_scale: tuple[float, float] | None = None
    """`(scale, offset)` where the part before the base turns each value of its input into `value * scale + offset`."""
    seconds: float = 0.0
    answered_by: Literal["rebuilt", "kernel"] = "rebuilt"
    """`kernel`: the model could not be rebuilt; the student's kernel answered for it on unlabelled held-out images
    after the notebook had ended. What it answered is `observed`, never `verified`."""
    probe_difference: float | None = None
    """How far the rebuilt model's answers to test pictures lie from those that the kernel recorded right after
    training, as a fraction of their size. Near 0 when both are the same model."""
    feature_extraction_base_is: str | None = None
    """Name of the pack's weights file that the base equalled array by array when the first training with it ended."""


class Answer(Document):
    """A written answer as found. `text` is the student's: escape it."""

    question: str
    """The criterion's question id."""
    found: bool
    text: str = ""
    truncated: bool = False
    place: Place | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How sure we are that this is the answer to that question, not how good it is."""
    flags: tuple[str, ...] = ()


class Statement(Document):
    """A statement of the student's source that concerns the lab, read without running it."""

    topic: Literal[
        "base", "freeze", "unfreeze", "augmentation", "preprocessing", "pooling", "dropout", "classifier",
        "compile", "fit",
    ]  # fmt: skip
    place: Place
    detail: str = ""
    settings: dict[str, Scalar] = Field(default_factory=dict)


class Reference(Document):
    """What the reference solution reached under the same policy and pack."""

    accuracy: float | None
    examples: int | None
    digest: str
    problem: str | None = None
    road: Literal["full", "replay", "capped"] = "full"
    """The road by which it was come by: an accuracy is only compared with one of the same road."""


class Pack(Document):
    """The asset pack that answered for the outside world."""

    name: str
    digest: str
    imagenet: bool
    """False when the pack's weights are not ImageNet weights; every report then says so."""
    notice: str = ""


class Provenance(Document):
    """What decided this evidence. Dates are ISO 8601 in UTC."""

    grader_version: str
    created: str
    environment: dict[str, str] = Field(default_factory=dict)


class Evidence(Document):
    """All that was seen of one submission."""

    schema_version: Literal[1] = SCHEMA_VERSION
    submission: SubmissionInfo
    run: Run
    cells: tuple[Cell, ...] = ()
    statements: tuple[Statement, ...] = ()
    bases: tuple[BaseRecord, ...] = ()
    fits: tuple[Fit, ...] = ()
    graded: GradedModel | None = None
    measurement: Measurement | None = None
    replay: Replay | None = None
    road: Road | None = None
    answers: tuple[Answer, ...] = ()
    documents: tuple[ReportDocument, ...] = ()
    """Written reports that were handed in. Without a notebook, `cells` holds their parts."""
    report_parts: tuple[Cell, ...] = ()
    """The parts of a report that came with a notebook; positions go on where `cells` end."""
    pictures: tuple[Picture, ...] = ()
    differences: tuple[Difference, ...] = ()
    """What the report says otherwise than the notebook."""
    contradictions: tuple[Contradiction, ...] = ()
    """Claims of the student's kernel that do not agree with what was seen without it."""
    reference: Reference | None = None
    pack: Pack | None = None
    provenance: Provenance
    our_failure: str | None = None
    """Set when our side failed: every criterion becomes `infrastructure_error`."""

    def decided_by_replay(self) -> Replay | None:
        """The replay, where it stands in for a training that was cut short."""
        replay = self.replay
        return replay if self.run.policy == "capped" and replay is not None and replay.accuracy is not None else None

    def decisive(self) -> Measurement | Replay | None:
        """Where the accuracy comes from that counts."""
        return self.decided_by_replay() or self.measurement

    @property
    def report_only(self) -> bool:
        """Whether a written report was handed in and no notebook: then everything is `stated` at most."""
        return bool(self.documents) and self.submission.notebook is None

    def graded_fits(self) -> tuple[Fit, ...]:
        """The fits of the graded model, in order; empty without one."""
        if self.graded is None:
            return ()
        return tuple(fit for fit in self.fits if fit.model_uid == self.graded.uid)

    def feature_extraction(self) -> Fit | None:
        """The first fit of a model that contains the graded base: where "frozen" is judged."""
        return next((fit for fit in self.fits if fit.contains_base), None)
