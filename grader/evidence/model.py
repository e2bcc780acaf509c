"""The data model of what was seen.

Everything left of `Evidence` is slow and untrusted (files, kernels, TensorFlow), everything right of it is
pure and fast (judging, reports, exports). Instances are frozen, serialise to JSON without loss, carry a
version, and have a published JSON Schema (`docs/evidence.schema.json`, made by `grader schema evidence`).

Units: seconds are wall-clock seconds, sizes are bytes, digests are lower-case SHA-256 in hexadecimal,
accuracies are fractions in [0, 1], pixel ranges are in the units the model receives.

The parts stand in modules of their own beside this one; whoever needs one takes it from here.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from grader.evidence.base import Document as Document
from grader.evidence.base import Place as Place
from grader.evidence.base import Scalar as Scalar
from grader.evidence.base import Strength as Strength
from grader.evidence.measurement import Measurement as Measurement
from grader.evidence.measurement import Range as Range
from grader.evidence.nbgrader import NbgraderCell as NbgraderCell
from grader.evidence.replay import Replay as Replay
from grader.evidence.replay import Road as Road
from grader.evidence.reports import Difference as Difference
from grader.evidence.reports import Picture as Picture
from grader.evidence.reports import ReportDocument as ReportDocument
from grader.evidence.running import Cell as Cell
from grader.evidence.running import CellError as CellError
from grader.evidence.running import Run as Run
from grader.evidence.running import RunStatus as RunStatus
from grader.evidence.sender import Sender as Sender
from grader.evidence.structure import BaseRecord as BaseRecord
from grader.evidence.structure import GradedModel as GradedModel
from grader.evidence.structure import Node as Node
from grader.evidence.structure import Role as Role
from grader.evidence.structure import Substitution as Substitution
from grader.evidence.training import BaseState as BaseState
from grader.evidence.training import Data as Data
from grader.evidence.training import Fit as Fit
from grader.evidence.training import Freezing as Freezing
from grader.evidence.training import LayerState as LayerState
from grader.evidence.training import Loss as Loss
from grader.evidence.training import Optimizer as Optimizer

SCHEMA_VERSION: Final = 1
"""Raised when a stored document of an older version can no longer be read as it is."""


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
        "compile", "fit", "own_code",
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
        """Whether a written report was handed in and no notebook that can be read: then all is `stated` at most."""
        return bool(self.documents) and (self.submission.notebook is None or self.run.status == "not_run")

    def graded_fits(self) -> tuple[Fit, ...]:
        """The fits of the graded model, in order; empty without one."""
        if self.graded is None:
            return ()
        return tuple(fit for fit in self.fits if fit.model_uid == self.graded.uid)

    def feature_extraction(self) -> Fit | None:
        """The first fit of a model that contains the graded base: where "frozen" is judged."""
        return next((fit for fit in self.fits if fit.contains_base), None)
