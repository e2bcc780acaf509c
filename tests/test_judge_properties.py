"""What must hold for any evidence at all, however contradictory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

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
    Place,
    Range,
    Reference,
    Run,
    Statement,
)
from grader.judge import judge
from grader.rubric import load_rubric
from tests.evidence_examples import QUESTIONS, good

LAB06 = load_rubric(Path(__file__).parents[1] / "rubrics" / "lab06.toml")

uids = st.integers(0, 3)
words = st.text(max_size=12)
numbers = st.floats() | st.sampled_from([0.0, 1.0, -1.0, 255.0])
flags = st.booleans()
maybe = st.none() | flags
shapes = st.none() | st.lists(st.none() | st.integers(0, 4), max_size=4).map(tuple)
places = st.builds(Place, cell=st.integers(1, 9), code_cell=st.none() | st.integers(1, 9))
ranges = st.none() | st.builds(Range, minimum=numbers, maximum=numbers)


def some(item: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(item, max_size=most).map(tuple)


datas = st.builds(
    Data,
    kind=words,
    label_shape=shapes,
    minimum=st.none() | numbers,
    maximum=st.none() | numbers,
    pipeline_operations=some(st.sampled_from(["random_flip", "rotation_range=0", "rotation_range=", "x"])),
)
bases = st.builds(
    BaseRecord,
    uid=uids,
    backbone=st.sampled_from(["MobileNetV2", "VGG16", "hub"]),
    include_top=flags,
    weights=st.sampled_from(["imagenet", None, "x.h5"]),
    pooling=st.sampled_from([None, "avg"]),
    weights_digest=st.none() | words,
    pack_weights=st.none() | words,
    error=st.none() | words,
    in_graded_model=flags,
)
states = st.builds(
    BaseState,
    uid=uids,
    frozen=st.sampled_from(["yes", "no", "partial"]),
    frozen_layers=uids,
    layers=uids,
    moved=flags,
    digest_before=words,
    digest_after=words,
)
fits = st.builds(
    Fit,
    index=uids,
    model_uid=uids,
    model_name=words,
    place=st.none() | places,
    contains_base=flags,
    base=st.none() | states,
    layers=some(st.builds(LayerState, name=words, class_name=words, uid=uids, trainable=flags, moved=maybe)),
    loss=st.none() | st.builds(Loss, name=st.sampled_from(["mse", "BinaryCrossentropy", "", "é"]), from_logits=maybe),
    data=st.none() | datas,
    validation=st.none() | datas,
    epochs_run=uids,
    epochs_requested=uids,
    shortened=flags,
    error=st.none() | words,
)
settings_ = st.dictionaries(
    st.sampled_from(["units", "activation", "rate", "factor", "scale", "offset", "operand", "pooling"]),
    st.none() | flags | st.integers(-2, 3) | numbers | words,
    max_size=3,
)
nodes = st.builds(
    Node,
    id=st.sampled_from("abcdef"),
    role=st.sampled_from(
        ["input", "augmentation", "preprocessing", "base", "pooling", "regularisation", "head", "other"]
    ),
    class_name=st.sampled_from(
        ["RandomFlip", "RandomRotation", "Rescaling", "TrueDivide", "Dense", "Dropout", "Flatten", "X"]
    ),
    name=words,
    inputs=some(st.sampled_from("abcdef")),
    settings=settings_,
    on_path=flags,
    output_shape=shapes,
    training_argument=maybe,
)
graded = st.builds(
    GradedModel,
    uid=uids,
    name=words,
    reason=words,
    style=st.just("functional"),
    nodes=some(nodes, 6),
    backbone=st.sampled_from([None, "MobileNetV2", "VGG16"]),
    include_top=maybe,
    cut_at=st.none() | words,
    base_uid=st.none() | uids,
    problem=st.none() | words,
)
measurements = st.builds(
    Measurement,
    rebuilt=flags,
    problem=st.none() | words,
    accuracy=st.none() | numbers,
    examples=st.none() | st.integers(-1, 300),
    constant_prediction=flags,
    not_finite=flags,
    labels_swapped_accuracy=st.none() | numbers,
    output_kind=st.sampled_from([None, "logit", "classes"]),
    base_input_range=ranges,
    pipeline_range=ranges,
    wanted_base_input_range=ranges,
    augmentation_changes_training=maybe,
    augmentation_changes_prediction=maybe,
    base_weights_are=st.none() | words,
)
errors = st.builds(
    CellError,
    name=st.sampled_from(["NameError", "ValueError", ""]),
    value=words,
    place=places,
    ours=flags,
    after_shortened_call=flags,
)
runs = st.builds(
    Run,
    status=st.sampled_from(["completed", "cells_failed", "timed_out", "kernel_died", "not_run", "unreadable"]),
    explanation=words,
    errors=some(errors),
    policy=st.sampled_from(["full", "capped", "none"]),
)
cells = st.builds(
    Cell,
    position=st.integers(1, 9),
    kind=st.sampled_from(["code", "markdown"]),
    source=words | st.just("GradientTape"),
    status=st.sampled_from(["ok", "failed", "not_run"]),
)
topics = [
    "base",
    "freeze",
    "unfreeze",
    "augmentation",
    "preprocessing",
    "pooling",
    "dropout",
    "classifier",
    "compile",
    "fit",
]
statements = st.builds(Statement, topic=st.sampled_from(topics), place=places, detail=words)
answers = st.builds(Answer, question=st.sampled_from(QUESTIONS), found=flags, text=words)
references = st.builds(Reference, accuracy=st.none() | numbers, examples=st.none() | st.integers(-1, 300), digest=words)

evidences = st.builds(
    lambda **changes: good(**changes),
    run=runs,
    cells=some(cells),
    statements=some(statements),
    bases=some(bases),
    fits=some(fits),
    graded=st.none() | graded,
    measurement=st.none() | measurements,
    answers=some(answers),
    reference=st.none() | references,
    our_failure=st.none() | st.none() | st.none() | words,
)


@settings(max_examples=150, deadline=None)
@given(evidences)
def test_judging_is_total_and_its_sums_are_right(evidence: Evidence) -> None:
    result = judge(LAB06, evidence)
    total = result.total
    assert [each.criterion for each in result.verdicts] == [criterion.id for criterion in LAB06.criteria]
    assert total.counted + total.pending + total.excluded == total.maximum == LAB06.maximum
    assert 0 <= total.points <= total.counted
    assert total.final == (result.status == "graded")
    for each in result.verdicts:
        assert 0 <= each.points <= each.maximum
        assert (each.points == each.maximum) == (each.status == "met")
        assert each.status == "partial" or each.points in (0, each.maximum)
        assert each.reason
        assert (each.blocked_by is not None) == (each.status == "blocked")
        assert "?" not in each.reason or "?" in evidence.model_dump_json()
    assert judge(LAB06, evidence) == result


@settings(max_examples=60, deadline=None)
@given(evidences)
def test_our_failure_and_an_unreadable_file_never_earn_or_lose_points(evidence: Evidence) -> None:
    ours = judge(LAB06, evidence.model_copy(update={"our_failure": "no disk"}))
    assert {each.status for each in ours.verdicts} == {"infrastructure_error"}
    unread = evidence.model_copy(update={"our_failure": None, "run": Run(status="unreadable")})
    result = judge(LAB06, unread)
    assert result.total.points == 0
    assert result.total.counted == LAB06.criteria[0].points


@settings(max_examples=60, deadline=None)
@given(evidences)
def test_without_a_trained_model_nothing_is_earned_and_nothing_excluded(evidence: Evidence) -> None:
    bare = {"graded": None, "fits": (), "measurement": None, "our_failure": None}
    total = judge(LAB06, evidence.model_copy(update=bare)).total
    assert (total.points, total.excluded) == (0, 0)
