"""Claims held against the text, the clock and the rebuilt model: what is named, and what is all right."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.evidence.model import Cell, Loss, Node, Place
from grader.execution.outbox import Outbox
from grader.execution.recorder.digest import array_digest
from grader.execution.run import CellOutcome, RunOutcome
from grader.execution.timeline import EVENT, BaseEvent
from grader.execution.witness import Witness
from grader.judge import judge
from grader.observation.agreement.case import Case, contradiction
from grader.observation.agreement.log import check_log
from grader.observation.agreement.measured import check_measured
from grader.observation.agreement.standing_still import may_stand_still
from grader.observation.agreement.structure import check_structure
from grader.observation.agreement.training import may_train, weights_disagree
from grader.observation.agreement.weights import check_weights
from grader.observation.fits import ObservedFit
from grader.observation.graded import Chosen
from grader.rubric.load import load_rubric
from tests.evidence_examples import dense, fit, good, loss, measured, model, node


def code(*sources: str) -> tuple[Cell, ...]:
    return tuple(Cell(position=n, code_cell=n, kind="code", source=text) for n, text in enumerate(sources, 1))


def case(*sources: str, **parts: Any) -> Case:
    return Case(cells=code(*sources), outcome=RunOutcome(), outbox=Outbox(Path(), (), (), ()), **parts)


@pytest.mark.parametrize(
    "source",
    [
        "model.fit(train)",
        "history = model.fit(\n    train, epochs=3)",
        "%time model.fit(train)",
        "h = {n: m.fit(train) for n, m in models.items()}",
        "run = model.fit\nrun(train)",
        "from functools import partial\ntrain = partial(model.fit, data)\ntrain(epochs=2)",
        "def train():\n    return model.fit(data)\ntrain()",
        "import keras_tuner\ntuner.search(data)",
        "super().fit(data)",
    ],
)
def test_lines_that_may_train(source: str) -> None:
    found = case(source)
    lines = range(1, source.count("\n") + 2)
    assert any(may_train(found, found.cells[0], Place(cell=1, first_line=n, last_line=n)) for n in lines)


@pytest.mark.parametrize(
    "source", ["# model.fit(train)", "print('model.fit(train)')", "exec(code)", "x = model.fit", "profit(1)"]
)
def test_lines_that_cannot_have_trained(source: str) -> None:
    found = case(source)
    assert not may_train(found, found.cells[0], Place(cell=1))


def test_a_helper_module_that_was_handed_in_may_train() -> None:
    source = "train_it(model)"
    assert may_train(case(source, modules=["def train_it(m): m.fit(1)"]), code(source)[0], Place(cell=1))
    assert not may_train(case(source, modules=["def other(): pass"]), code(source)[0], Place(cell=1))


def recorded_in(prompt: int, line: int, execution: int, *sources: str) -> list[str]:
    """Kinds of contradictions when a layer's record that names a line arrives while another cell runs."""
    text = b'{"event": "x"}\n'
    layer = {
        "event": "layer",
        "uid": 1,
        "class_name": "Dense",
        "name": "d",
        "place": {"execution": execution, "line": line},
    }
    start = {"event": "session", "clock": 0.0}
    events = (EVENT.validate_python(start), EVENT.validate_python(layer))
    outcome = RunOutcome(witness=Witness(Path(), data=text * 2, spans=[(len(text), None), (2 * len(text), prompt)]))
    outbox = Outbox(Path(), events, (), (), (0, len(text)))
    return [each.kind for each in check_log(Case(cells=code(*sources), outcome=outcome, outbox=outbox))]


def test_a_function_may_run_in_a_later_cell_than_the_one_that_defines_it() -> None:
    sources = ("def build():\n    return Dense(1)\nx = 1", "model = build()")
    assert recorded_in(2, 2, 1, *sources) == []
    assert recorded_in(2, 3, 1, *sources) == ["out_of_place"], "the line below the function ran long ago"
    assert recorded_in(1, 1, 2, *sources) == ["out_of_place"], "a cell that has not run yet"


def seen(history: float, accuracy: float, **changes: Any) -> list[str]:
    last = fit(history={"val_accuracy": (0.5, history)})
    chosen = Chosen(event=None, base=None, fit=last, reason="")  # type: ignore[arg-type]
    return [each.kind for each in check_measured(case(chosen=chosen, measurement=measured(accuracy, **changes)))]


def test_an_accuracy_far_above_the_measured_one_is_a_contradiction() -> None:
    assert seen(0.99, 0.55) == ["accuracy_claimed"]
    assert seen(0.97, 0.90) == []
    assert seen(0.60, 0.95) == []
    assert seen(0.95, 0.05, labels_swapped_accuracy=0.95) == [], "the other class order is another finding's matter"


def test_a_rebuilt_model_that_answers_otherwise_is_a_contradiction_unless_it_answers_at_random() -> None:
    assert seen(0.9, 0.9, probe_difference=0.4) == ["answers_differ"]
    assert seen(0.9, 0.9, probe_difference=0.001) == []
    assert seen(0.9, 0.9, probe_difference=0.4, augmentation_changes_prediction=True) == []


def test_layers_that_no_line_names_are_a_contradiction() -> None:
    chosen = Chosen(event=None, base=None, fit=None, reason="")  # type: ignore[arg-type]
    text = "x = RandomFlip()(x)\nx = RandomRotation(.2)(x)\nx = GlobalAvgPool2D()(x)"

    def kinds(*cells: str, **parts: Any) -> list[str]:
        return [each.kind for each in check_structure(case(text, *cells, graded=model(), chosen=chosen, **parts))]

    hidden = list(check_structure(case(text, graded=model(), chosen=chosen)))
    for naming in ("Dropout(.2)", "from keras.layers import Dropout as D", "%%writefile head.py\nDropout(.2)",
                   "make = getattr(layers, 'Dropout')"):  # fmt: skip
        assert kinds(naming) == [], naming
    for idle in ("# Dropout(.2)", "'Dropout'", "print(1)  # load_model: Dropout", "model = load_model('best.keras')"):
        assert kinds(idle) == ["not_in_the_text"], idle
    assert kinds("model = load_model('head.keras')", files=("lab06.ipynb", "head.keras")) == []
    assert [each.kind for each in hidden] == ["not_in_the_text"]
    assert hidden[0].words.endswith("Dropout.")


def test_a_module_of_tf_hub_is_named_by_its_address() -> None:
    layers = "RandomFlip()\nRandomRotation(.2)\nGlobalAvgPool2D()\nDropout(.2)\n"
    base = BaseEvent(
        event="base", uid=3, backbone="MobileNetV2", include_top=False, pooling="avg", alpha=1.0, place=None,
        weights="tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4", input_shape=[96, 96, 3], layers=[],
        weights_digest="a" * 64, substituted=True,
    )  # fmt: skip
    chosen = Chosen(event=None, base=base, fit=None, reason="")  # type: ignore[arg-type]

    def kinds(text: str) -> list[str]:
        return [each.kind for each in check_structure(case(layers + text, graded=model(), chosen=chosen))]

    address = "'https://tfhub.dev/google/tf2-preview/{}/feature_vector/4'"
    assert kinds(f"hub.KerasLayer({address.format('mobilenet_v2')})") == []
    assert kinds(f"hub.KerasLayer({address.format('inception_v3')})") == ["base_not_in_the_text"]
    assert kinds("train(model)") == ["base_not_in_the_text"]


def test_what_rests_on_a_contradiction_waits_and_the_rest_stands() -> None:
    doubt = contradiction("unhooked", "training", "The record\u202e and the clock disagree.\x1b[0m")
    verdicts = {each.criterion: each for each in judge(load_rubric("lab06"), good(contradictions=(doubt,))).verdicts}
    waiting = {
        name for name in ("base-frozen", "output-and-loss", "accuracy") if verdicts[name].status != "needs_review"
    }
    assert waiting == set()
    assert verdicts["base-frozen"].points == 0
    assert verdicts["base-frozen"].reason.endswith("The record  and the clock disagree. [0m So a person decides.")
    assert {verdicts[name].status for name in ("notebook-runs", "augmentation", "head", "preprocessing")} == {"met"}


def test_a_log_that_shrinks_changes_or_becomes_a_pipe_is_noticed_and_what_was_read_is_kept(tmp_path: Path) -> None:
    import os

    log = tmp_path / "timeline.jsonl"
    witness = Witness(tmp_path)
    witness.look(None)
    log.write_bytes(b"one\n")
    witness.look(1)
    log.write_bytes(b"one\ntwo\n")
    witness.look(2)
    assert (witness.prompt_at(0), witness.prompt_at(5), witness.problems) == (1, 2, [])
    log.write_bytes(b"one\n")
    witness.look(3, last=True)
    log.unlink()
    os.mkfifo(log)
    witness.look(None, last=True)
    assert witness.data == b"one\ntwo\n"
    assert len(witness.problems) == 2


def test_a_cell_that_came_back_without_a_word_of_the_recorder_is_named() -> None:
    outcome = RunOutcome(witness=Witness(Path()), cells=[CellOutcome(1, 1, ok=True, seconds=1.0)])
    found = Case(cells=code("x = 1"), outcome=outcome, outbox=Outbox(Path(), (), (), ()))
    assert [each.kind for each in check_log(found)] == ["log_start", "recorder_silent"]


def first_bias(value: float, initializer: Any) -> list[str]:
    """Kinds of contradictions for a head whose bias was `value` when its first training began."""
    before, after = (array_digest(np.full((1,), number, np.float32)) for number in (value, 9.0))
    kernel = "0" * 64
    head = SimpleNamespace(
        uid=2, path=["head"], class_name="Dense", before=[kernel, before], after=[kernel, after]
    )  # fmt: skip
    bias = SimpleNamespace(digest=after, shape=[1], dtype="float32")
    recorded: Any = SimpleNamespace(uid=1, layers=[head], weights=[bias], callbacks=[])
    observed = ObservedFit(fit(), recorded, None)
    config = {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "Dense", "config": {"name": "head", "bias_initializer": initializer}},
    ]}}  # fmt: skip
    chosen = Chosen(event=recorded, base=None, fit=fit(), reason="")
    seen = case("bias_initializer  # a word that excuses nothing", fits=[observed], chosen=chosen, config=config)
    return [each.kind for each in check_weights(seen)]


@pytest.mark.parametrize(
    ("value", "initializer", "kinds"),
    [
        (0.0, "zeros", []),
        (0.0, {"class_name": "Zeros", "config": {}}, []),
        (0.7, {"class_name": "Zeros", "config": {}}, ["trained_elsewhere"]),
        (0.7, {"class_name": "Constant", "config": {"value": 0.7}}, []),
        (0.6, {"class_name": "Constant", "config": {"value": 0.7}}, ["trained_elsewhere"]),
        (0.6, {"class_name": "RandomNormal", "config": {}}, ["start_unknown"]),
    ],
)
def test_a_bias_begins_as_its_configuration_says_or_a_person_looks(
    value: float, initializer: Any, kinds: list[str]
) -> None:
    assert first_bias(value, initializer) == kinds


@pytest.mark.parametrize(
    ("output", "compiled", "still"),
    [
        (dense(1), loss("binary_crossentropy", None), True),
        (dense(1), loss("BinaryCrossentropy", True), False),
        (dense(1, "sigmoid"), loss("binary_crossentropy", None), False),
        (dense(2, "softmax"), loss("SparseCategoricalCrossentropy", False), False),
        (dense(1, "relu"), loss("mse", None), True),
        (dense(1), loss("mse", None), False),
    ],
)
def test_a_loss_that_is_flat_where_the_answers_lie_leaves_weights_as_they_were(
    output: Node, compiled: Loss, still: bool
) -> None:
    graded = model(node("input", "InputLayer"), node("base", "Functional"), output)
    assert may_stand_still(graded, compiled) is still


@pytest.mark.parametrize(
    ("around", "held", "kind"),
    [("Lambda", [], "hidden_in_lambda"), ("Sequential", [], "other_weights"), ("Sequential", ["a"], None)],
)
def test_weights_that_a_lambda_layer_hides_cannot_be_compared_and_others_must_agree(
    around: str, held: list[str], kind: str | None
) -> None:
    outer = SimpleNamespace(path=["outer"], class_name=around, after=[])
    inner = SimpleNamespace(path=["outer", "inner"], class_name="Conv2D", after=["a"])
    event: Any = SimpleNamespace(layers=[outer, inner], weights=[SimpleNamespace(digest=digest) for digest in held])
    assert weights_disagree(event) == kind
