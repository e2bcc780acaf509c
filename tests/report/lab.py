"""The lab of the examples, and the evidence and result of a student who got everything right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.evidence.model import (
    Answer,
    BaseState,
    Data,
    Evidence,
    Fit,
    Freezing,
    GradedModel,
    Loss,
    Measurement,
    Node,
    Optimizer,
    Pack,
    Place,
    Provenance,
    Reference,
    Run,
    Strength,
    SubmissionInfo,
)
from grader.rubric.model import Criterion, Lab, Question, Rubric
from grader.verdict import JudgedFinding, Result, ResultStatus, Status, Total, Verdict
from tests.report.notebook import cells, place

QUESTIONS = {
    "transfer_learning": "What is transfer learning?",
    "fine_tuning": "What is fine-tuning?",
    "why_freeze": "Why do we freeze the base at first?",
    "why_augment": "Why do we augment the training pictures?",
}


def _criterion(id_: str, title: str, points: float, *depends_on: str) -> Criterion:
    question = Question(id=id_, text=QUESTIONS[id_]) if id_ in QUESTIONS else None
    return Criterion(
        id=id_, title=title, check="written_answer" if question else id_, points=points, depends_on=depends_on,
        question=question,
    )  # fmt: skip


RUBRIC = Rubric(
    schema=1,
    lab=Lab(
        id="lab06", title="Lab 6: Transfer learning with MobileNetV2", reference="../reference_solution/lab06.ipynb"
    ),
    criteria=(
        _criterion("notebook_runs", "The notebook runs from top to bottom", 1),
        _criterion("base_without_top", "MobileNetV2 without its top, with ImageNet weights", 2),
        _criterion("frozen_base", "Base frozen during feature extraction", 3, "base_without_top"),
        _criterion("augmentation", "Random flips and rotations, only in training", 2),
        _criterion("head", "Head: global pooling, dropout, one output", 2),
        _criterion("preprocessing", "Pixels scaled the way the base wants them", 2),
        _criterion("output_and_loss", "Output and loss agree", 2, "head"),
        _criterion("accuracy", "Trained accuracy close to the reference", 3, "frozen_base"),
        _criterion("transfer_learning", "Question 1: transfer learning", 1),
        _criterion("fine_tuning", "Question 2: fine-tuning", 1),
        _criterion("why_freeze", "Question 3: why freeze", 1),
        _criterion("why_augment", "Question 4: why augment", 1),
    ),
    path=Path("rubrics/lab06.toml"),
    digest="4f" * 32,
)

DEMO_PACK = Pack(
    name="demo", digest="a1" * 32, imagenet=False,
    notice="The pictures are drawn by a program, and the weights were trained on such pictures. "
    "They are not ImageNet weights.",
)  # fmt: skip
REAL_PACK = Pack(name="cats-vs-dogs", digest="c7" * 32, imagenet=True)

NODES = (
    Node(id="input", role="input", class_name="InputLayer", name="input_1", output_shape=(None, 160, 160, 3)),
    Node(id="flip", role="augmentation", class_name="RandomFlip", name="flip", settings={"mode": "horizontal"}),
    Node(id="turn", role="augmentation", class_name="RandomRotation", name="turn", settings={"factor": 0.2}),
    Node(id="scale", role="preprocessing", class_name="TrueDivide", name="divide", settings={"divisor": 127.5}),
    Node(id="shift", role="preprocessing", class_name="Subtract", name="subtract", settings={"value": 1.0}),
    Node(id="base", role="base", class_name="Functional", name="mobilenetv2_1.00_160",
         output_shape=(None, 5, 5, 1280), training_argument=False),
    Node(id="pool", role="pooling", class_name="GlobalAveragePooling2D", name="pool", output_shape=(None, 1280)),
    Node(id="drop", role="regularisation", class_name="Dropout", name="drop", settings={"rate": 0.2}),
    Node(id="out", role="head", class_name="Dense", name="out", settings={"units": 1, "activation": "linear"},
         output_shape=(None, 1)),
)  # fmt: skip

GRADED = GradedModel(
    uid=3, name="model", reason="the last trained model that contains the base", style="functional", nodes=NODES,
    backbone="MobileNetV2", include_top=False, base_uid=1, parameters=2_259_265, trainable_parameters=1_281,
    config_digest="5b" * 32,
)  # fmt: skip


def fit(index: int, accuracies: Sequence[float], *, frozen: Freezing = "yes", shortened: bool = False) -> Fit:
    """A call of `fit` whose training accuracy took these values."""
    validation = tuple(min(1.0, value + 0.035) for value in accuracies)
    return Fit(
        index=index, model_uid=3, model_name="model", place=place(9 if index == 0 else 11), contains_base=True,
        base=BaseState(uid=1, frozen=frozen, frozen_layers=104 if frozen == "yes" else 60 if frozen == "partial" else 0,
                       layers=104, moved=frozen != "yes", digest_before="aa", digest_after="aa"),
        loss=Loss(name="BinaryCrossentropy", from_logits=True),
        optimizer=Optimizer(name="Adam", learning_rate=1e-4 if index == 0 else 1e-5),
        data=Data(kind="tf.data", batches=63), epochs_requested=10, epochs_run=len(accuracies),
        steps_run=2 if shortened else None, shortened=shortened,
        history={"accuracy": tuple(accuracies), "loss": tuple(0.9 - 0.85 * value**2 for value in accuracies),
                 "val_accuracy": validation, "val_loss": tuple(0.87 - 0.84 * value**2 for value in validation)},
    )  # fmt: skip


CLIMB = (0.512, 0.643, 0.742, 0.801, 0.842, 0.868, 0.884, 0.897, 0.905, 0.912)
FINE = (0.921, 0.938, 0.947, 0.953, 0.958, 0.961, 0.964, 0.966, 0.967, 0.969)

ANSWERS = (
    Answer(question="transfer_learning", found=True, place=Place(cell=12), confidence=0.97, text=(
        "Using a network that was trained on a large data set for a new, smaller task.\n"
        "The features it has learned are useful again, so we need less data and less time.")),
    Answer(question="fine_tuning", found=True, place=Place(cell=12), confidence=0.93, text=(
        "Unfreezing some of the top layers of the base and training them with a small learning rate, "
        "so that they adapt to the new task.")),
    Answer(question="why_freeze", found=True, place=Place(cell=12), confidence=0.31, text=(
        "Because the big gradients of the new head would destroy what it knows.")),
    Answer(question="why_augment", found=False),
)  # fmt: skip

_PROVENANCE = Provenance(
    grader_version="0.1.0", created="2026-03-02T14:05:11+00:00", environment={"cpu": "2 cores", "system": "Linux 6.1"}
)


def evidence(name: str = "Ada Lovelace", **changes: object) -> Evidence:
    """Evidence of an exemplary submission, with changes."""
    made = Evidence(
        submission=SubmissionInfo(
            id="ada-lovelace", name=name, files=("ada-lovelace/lab06.ipynb",), notebook="lab06.ipynb",
            notebook_sha256="3e" * 32, repairs=("Two cells had the same id. We gave one of them a new id.",)),
        run=Run(status="completed", seconds=203.4, policy="full", sandbox="bubblewrap",
                versions={"Python": "3.11.2", "TensorFlow": "2.21.0", "Keras": "3.15.0"},
                notes=("The pictures were answered from the asset pack: there is no network while grading.",)),
        cells=cells(), fits=(fit(0, CLIMB), fit(1, FINE, frozen="partial")), graded=GRADED,
        measurement=Measurement(rebuilt=True, accuracy=0.965, examples=200, correct=193, output_kind="logit",
                                base_weights_digest="77" * 32),
        answers=ANSWERS, reference=Reference(accuracy=0.97, examples=200, digest="9d" * 32), pack=REAL_PACK,
        provenance=_PROVENANCE,
    )  # fmt: skip
    return made.model_copy(update=changes)


_REASONS: dict[str, str] = {
    "notebook_runs": "All 11 code cells ran without an error.",
    "base_without_top": "The model contains MobileNetV2 with `include_top=False`, and its weights equal the pack's.",
    "frozen_base": "During the first `fit` no weight of the base changed.",
    "augmentation": "`RandomFlip` and `RandomRotation` change pictures in training and leave them alone afterwards.",
    "head": "After the base come `GlobalAveragePooling2D`, `Dropout(0.2)` and `Dense(1)`.",
    "preprocessing": "The base receives values from -1 to 1, as MobileNetV2 wants.",
    "output_and_loss": "`Dense(1)` gives logits, and the loss has `from_logits=True`.",
    "accuracy": "Your model gets 0.965 on held-out pictures. The reference gets 0.970.",
}
_PLACES: dict[str, tuple[Place, ...]] = {
    "base_without_top": (place(5, 3, 7),),
    "frozen_base": (place(6, 1), place(9, 1)),
    "augmentation": (place(4, 2, 3), place(7, 3)),
    "head": (place(7, 6, 8),),
    "preprocessing": (place(7, 4),),
    "output_and_loss": (place(8, 3), place(7, 8)),
}
_VERIFIED = {"base_without_top", "augmentation", "head", "preprocessing", "accuracy"}


@dataclass(frozen=True)
class Change:
    """How a verdict differs from the exemplary one."""

    status: Status
    reason: str
    points: float = 0.0
    hint: str = ""
    blocked_by: str | None = None
    findings: tuple[JudgedFinding, ...] = ()
    places: tuple[Place, ...] | None = None
    strength: Strength | None = "observed"


def result(
    name: str = "Ada Lovelace",
    changes: dict[str, Change] | None = None,
    *,
    next_step: str = "",
    next_criterion: str | None = None,
    id_: str = "ada-lovelace",
) -> Result:
    """The exemplary result, with changes by criterion and the total they make."""
    changes = changes or {}
    verdicts = tuple(_verdict(criterion, changes.get(criterion.id)) for criterion in RUBRIC.criteria)

    def points(*statuses: Status) -> float:
        return sum(verdict.maximum for verdict in verdicts if verdict.status in statuses)

    pending = points("needs_review", "infrastructure_error")
    statuses = {verdict.status for verdict in verdicts}
    status: ResultStatus = "graded"
    if "infrastructure_error" in statuses:
        status = "infrastructure_error"
    elif "needs_review" in statuses:
        status = "needs_review"
    return Result(
        submission=id_, name=name, status=status, verdicts=verdicts,
        total=Total(points=sum(verdict.points for verdict in verdicts), counted=points("met", "partial", "unmet"),
                    pending=pending, excluded=points("blocked"), maximum=RUBRIC.maximum, final=pending == 0),
        next_step=next_step, next_criterion=next_criterion,
    )  # fmt: skip


def _verdict(criterion: Criterion, change: Change | None) -> Verdict:
    if change is None and criterion.question is not None:
        change = Change("needs_review", "Your teacher reads this answer.")
    if change is None:
        return Verdict(
            criterion=criterion.id, title=criterion.title, status="met", points=criterion.points,
            maximum=criterion.points, strength="verified" if criterion.id in _VERIFIED else "observed",
            reason=_REASONS[criterion.id], places=_PLACES.get(criterion.id, ()),
        )  # fmt: skip
    return Verdict(
        criterion=criterion.id, title=criterion.title, status=change.status, points=change.points,
        maximum=criterion.points, strength=None if criterion.question else change.strength, reason=change.reason,
        hint=change.hint, blocked_by=change.blocked_by, findings=change.findings,
        places=_PLACES.get(criterion.id, ()) if change.places is None else change.places,
    )  # fmt: skip
