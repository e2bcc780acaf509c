"""Small hand-made evidence, as a teacher would describe it: start from a good submission and change one thing.

    evidence = good(fits=[fit(frozen="no")])

The good submission is the lab's model answer: augmentation, preprocessing, MobileNetV2, pooling, dropout, Dense(1).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grader.evidence.model import (
    Answer,
    BaseRecord,
    BaseState,
    Cell,
    CellError,
    Data,
    Evidence,
    Fit,
    GradedModel,
    LayerState,
    Loss,
    Measurement,
    Node,
    Pack,
    Place,
    Provenance,
    Range,
    Reference,
    Run,
    Statement,
    SubmissionInfo,
)

WEIGHTS = "mobilenet_v2_no_top.h5"
QUESTIONS = ("transfer-learning", "fine-tuning", "freezing", "augmentation")
BASE, MODEL = 10, 20

BASE_CELL, AUGMENT_CELL, FREEZE_CELL, MODEL_CELL, COMPILE_CELL, FIT_CELL, TUNE_CELL = range(1, 8)

SOURCES = {
    BASE_CELL: 'base_model = MobileNetV2(include_top=False, weights="imagenet")',
    AUGMENT_CELL: 'augment = Sequential([RandomFlip("horizontal"), RandomRotation(0.2)])',
    FREEZE_CELL: "base_model.trainable = False",
    MODEL_CELL: "x = preprocess_input(augment(inputs)); x = Dropout(0.2)(GlobalAveragePooling2D()(base_model(x)))",
    COMPILE_CELL: 'model.compile("adam", BinaryCrossentropy(from_logits=True))',
    FIT_CELL: "model.fit(train, epochs=10)",
}


def at(cell: int) -> Place:
    """The first line of a code cell."""
    return Place(cell=cell, code_cell=cell)


def says(topic: Any, cell: int, detail: str = "", **settings: Any) -> Statement:
    """A statement of the source."""
    return Statement(topic=topic, place=at(cell), detail=detail or SOURCES.get(cell, topic), settings=settings)


def source() -> tuple[Statement, ...]:
    """What the good submission's source states."""
    return (
        says("base", BASE_CELL),
        says("augmentation", AUGMENT_CELL, name="RandomFlip"),
        says("augmentation", AUGMENT_CELL, name="RandomRotation"),
        says("freeze", FREEZE_CELL),
        says("preprocessing", MODEL_CELL),
        says("pooling", MODEL_CELL),
        says("dropout", MODEL_CELL),
        says("classifier", MODEL_CELL),
        says("compile", COMPILE_CELL),
        says("fit", FIT_CELL),
    )


def cells(failed: Iterable[int] = (), not_run: Iterable[int] = ()) -> tuple[Cell, ...]:
    """The good submission's cells, some of which failed or never ran."""

    def status(number: int) -> Any:
        return "failed" if number in failed else "not_run" if number in not_run else "ok"

    return tuple(
        Cell(position=number, code_cell=number, kind="code", source=text, status=status(number))
        for number, text in SOURCES.items()
    )


def base(**changes: Any) -> BaseRecord:
    """The observed construction of the base."""
    values: dict[str, Any] = {
        "uid": BASE,
        "backbone": "MobileNetV2",
        "include_top": False,
        "weights": "imagenet",
        "weights_digest": "a" * 64,
        "pack_weights": WEIGHTS,
        "place": at(BASE_CELL),
        "in_graded_model": True,
    }
    return BaseRecord(**{**values, **changes})


def fit(index: int = 0, frozen: Any = "yes", moved: bool | None = None, **changes: Any) -> Fit:
    """One call of `fit` on the graded model. Without `moved`, the weights do what the flags say."""
    moved = frozen != "yes" if moved is None else moved
    layers = 52
    free = {"yes": 0, "no": layers, "partial": 20}[frozen]
    state = BaseState(
        uid=BASE,
        frozen=frozen,
        frozen_layers=layers - free,
        layers=layers,
        moved=moved,
        moved_layers=(free or layers) if moved else 0,
        digest_before="a" * 64,
        digest_after=("b" if moved else "a") * 64,
    )
    values: dict[str, Any] = {
        "index": index,
        "model_uid": MODEL,
        "model_name": "model",
        "place": at(FIT_CELL + index),
        "contains_base": True,
        "base": state,
        "layers": (LayerState(name="dense", class_name="Dense", uid=30, trainable=True, parameters=1281, moved=True),),
        "loss": loss(),
        "data": data(),
        "epochs_requested": 10,
        "epochs_run": 10,
    }
    return Fit(**{**values, **changes})


def loss(name: str = "BinaryCrossentropy", from_logits: bool | None = True) -> Loss:
    return Loss(name=name, from_logits=from_logits, place=at(COMPILE_CELL))


def data(minimum: float = 0.0, maximum: float = 255.0, **changes: Any) -> Data:
    values: dict[str, Any] = {"kind": "tf.data", "label_shape": (None, 1), "minimum": minimum, "maximum": maximum}
    return Data(**{**values, **changes})


def node(role: Any, class_name: str, cell: int = MODEL_CELL, **changes: Any) -> Node:
    """One step of the model. `chain` connects it to the step before."""
    fields = {key: changes.pop(key) for key in ("on_path", "output_shape", "training_argument") if key in changes}
    return Node(id=class_name, role=role, class_name=class_name, name="n", place=at(cell), settings=changes, **fields)


FLIP = node("augmentation", "RandomFlip", AUGMENT_CELL, mode="horizontal")
ROTATION = node("augmentation", "RandomRotation", AUGMENT_CELL, factor=0.2)
SCALING = node("preprocessing", "Rescaling", scale=1 / 127.5, offset=-1)
MOBILENET = node("base", "MobileNetV2", BASE_CELL, output_shape=(None, 5, 5, 1280))
POOLING = node("pooling", "GlobalAveragePooling2D", output_shape=(None, 1280))
DROPOUT = node("regularisation", "Dropout", rate=0.2)
LOGIT = node("head", "Dense", units=1, activation="linear")


def dense(units: int, activation: str = "linear") -> Node:
    return node("head", "Dense", units=units, activation=activation)


def chain(*nodes: Node) -> tuple[Node, ...]:
    """The nodes one after another; those off the path are left unconnected."""
    connected: list[Node] = []
    last: str | None = None
    for position, each in enumerate(nodes):
        name = f"{position}-{each.class_name}"
        inputs = (last,) if last is not None and each.on_path else ()
        connected.append(each.model_copy(update={"id": name, "inputs": inputs}))
        last = name if each.on_path else last
    return tuple(connected)


def model(*nodes: Node, **changes: Any) -> GradedModel:
    """The graded model; without nodes, the model answer."""
    steps = nodes or (node("input", "InputLayer"), FLIP, ROTATION, SCALING, MOBILENET, POOLING, DROPOUT, LOGIT)
    values: dict[str, Any] = {
        "uid": MODEL,
        "name": "model",
        "reason": "trained and contains the base",
        "style": "functional",
        "nodes": chain(*steps),
        "backbone": "MobileNetV2",
        "include_top": False,
        "base_uid": BASE,
    }
    return GradedModel(**{**values, **changes})


def measured(accuracy: float | None = 0.96, examples: int | None = 200, **changes: Any) -> Measurement:
    """What the clean process found."""
    values: dict[str, Any] = {
        "rebuilt": True,
        "accuracy": accuracy,
        "examples": examples,
        "output_kind": "logit",
        "base_input_range": Range(minimum=-1, maximum=1),
        "pipeline_range": Range(minimum=0, maximum=255),
        "augmentation_changes_training": True,
        "augmentation_changes_prediction": False,
        "base_weights_are": WEIGHTS,
    }
    return Measurement(**{**values, **changes})


def ran(status: Any = "completed", *errors: CellError, **changes: Any) -> Run:
    return Run(status=status, errors=errors, policy=changes.pop("policy", "full"), **changes)


def error(cell: int, name: str = "ValueError", value: str = "bad shape", **changes: Any) -> CellError:
    return CellError(name=name, value=value, place=at(cell), **changes)


def answered(*questions: str) -> tuple[Answer, ...]:
    return tuple(Answer(question=name, found=True, text="Because …", place=Place(cell=9)) for name in questions)


def good(**changes: Any) -> Evidence:
    """The exemplary submission, with changes."""
    values: dict[str, Any] = {
        "submission": SubmissionInfo(id="ada", name="Ada"),
        "run": ran(),
        "cells": cells(),
        "statements": source(),
        "bases": (base(),),
        "fits": (fit(),),
        "graded": model(),
        "measurement": measured(),
        "answers": answered(*QUESTIONS),
        "reference": Reference(accuracy=0.965, examples=200, digest="r" * 64),
        "pack": Pack(name="demo", digest="p" * 64, imagenet=False),
        "provenance": Provenance(grader_version="0", created="2025-01-01T00:00:00Z"),
    }
    return Evidence(**{**values, **changes})


def nothing(**changes: Any) -> Evidence:
    """A notebook that holds nothing at all, and runs without an error."""
    bare: dict[str, Any] = {
        "cells": (),
        "statements": (),
        "bases": (),
        "fits": (),
        "graded": None,
        "measurement": None,
        "answers": (),
    }
    return good(**{**bare, **changes})


def stopped_at(cell: int, status: Any = "cells_failed", **changes: Any) -> Evidence:
    """The good submission's source, of which everything from `cell` on failed; nothing was trained."""
    run = ran(status, error(cell), **changes)
    return nothing(run=run, cells=cells([cell], range(cell + 1, 8)), statements=source())
