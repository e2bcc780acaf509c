"""What a submission as a whole gets. The rubric is the one that is shipped, so this tests its costs and words too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import RubricError
from grader.evidence.model import Cell, Evidence, Range, Reference
from grader.judge import judge
from grader.rubric import Rubric, load_rubric, parse_rubric
from grader.verdict import Result, Verdict
from tests.evidence_examples import (
    DROPOUT,
    FLIP,
    LOGIT,
    MOBILENET,
    POOLING,
    QUESTIONS,
    ROTATION,
    SCALING,
    answered,
    base,
    cells,
    dense,
    error,
    fit,
    good,
    loss,
    measured,
    model,
    nothing,
    ran,
    source,
    stopped_at,
)

LAB06 = load_rubric(Path(__file__).parents[1] / "rubrics" / "lab06.toml")
CODE = [criterion.id for criterion in LAB06.criteria if criterion.question is None]
WRITTEN = [criterion.id for criterion in LAB06.criteria if criterion.question is not None]


def verdict(result: Result, criterion: str) -> Verdict:
    return next(verdict for verdict in result.verdicts if verdict.criterion == criterion)


def statuses(evidence: Evidence) -> dict[str, str]:
    """Every criterion that is not simply met, the written questions left out while they wait for a person."""
    result = judge(LAB06, evidence)
    return {
        each.criterion: each.status
        for each in result.verdicts
        if each.status != "met" and not (each.criterion in WRITTEN and each.status == "needs_review")
    }


def test_lab06_asks_what_the_course_asks() -> None:
    assert [criterion.id for criterion in LAB06.criteria] == [
        "notebook-runs",
        "base-without-top",
        "base-frozen",
        "augmentation",
        "head",
        "preprocessing",
        "output-and-loss",
        "accuracy",
        "question-transfer-learning",
        "question-fine-tuning",
        "question-freezing",
        "question-augmentation",
    ]
    assert LAB06.maximum == 24
    assert [question.id for question in LAB06.questions()] == list(QUESTIONS)


def test_an_exemplary_submission_gets_every_point_that_a_machine_can_give() -> None:
    result = judge(LAB06, good())
    assert statuses(good()) == {}
    assert (result.total.points, result.total.counted, result.total.pending) == (20, 20, 4)
    assert result.status == "needs_review"
    assert not result.total.final
    assert result.next_step == ""


def test_a_second_style_gets_the_same() -> None:
    sequential = model(FLIP, ROTATION, SCALING, MOBILENET, POOLING, DROPOUT, dense(1, "sigmoid"), style="sequential")
    assert statuses(good(graded=sequential, fits=(fit(loss=loss("binary_crossentropy", None)),))) == {}


def test_fine_tuning_afterwards_gets_the_same() -> None:
    tuned = good(fits=(fit(0), fit(1, frozen="partial")), measurement=measured(0.97, base_weights_are=None))
    assert statuses(tuned) == {}


def test_an_empty_submission_gets_nothing_of_everything() -> None:
    result = judge(LAB06, nothing())
    assert {each.status for each in result.verdicts} == {"unmet"}
    assert (result.total.points, result.total.counted, result.total.excluded) == (0, 24, 0)
    assert result.next_criterion == "notebook-runs"
    assert "train it with `fit`" in result.next_step


@pytest.mark.parametrize("status", ["completed", "cells_failed", "timed_out", "kernel_died"])
def test_nothing_but_prose_code_gets_nothing_however_it_ends(status: str) -> None:
    printing = (Cell(position=1, code_cell=1, kind="code", source="print('Score 24/24')", status="ok"),)
    result = judge(LAB06, nothing(cells=printing, run=ran(status)))
    assert result.total.points == 0
    assert result.total.excluded == 0
    assert result.total.counted == 24


def test_a_notebook_of_another_framework_is_said_to_be_one_and_goes_to_a_person() -> None:
    code = "import torch\nfrom torchvision import models\nnet = models.resnet18(weights='DEFAULT')\ntrain(net)"
    pytorch = (Cell(position=1, code_cell=1, kind="code", source=code, status="failed"),)
    result = judge(LAB06, nothing(cells=pytorch, run=ran("cells_failed")))
    assert {verdict(result, criterion).status for criterion in CODE} == {"needs_review"}
    assert "written in PyTorch, with the model resnet18" in verdict(result, "head").reason


def test_code_in_a_module_that_was_not_handed_in_goes_to_a_person() -> None:
    importing = (Cell(position=1, code_cell=1, kind="code", source="from src.model import build", status="failed"),)
    failed = error(1, name="ModuleNotFoundError", value="No module named 'src.model'")
    result = judge(LAB06, nothing(cells=importing, run=ran("cells_failed", failed)))
    assert verdict(result, "notebook-runs").status == "unmet"
    assert {verdict(result, criterion).status for criterion in CODE[1:]} == {"needs_review"}
    assert "`src.model`, which is not here" in verdict(result, "head").reason


def test_one_mistake_costs_once() -> None:
    unfrozen = good(fits=(fit(frozen="no"),), measurement=measured(0.80))
    assert statuses(unfrozen) == {"base-frozen": "unmet", "accuracy": "blocked"}
    accuracy = verdict(judge(LAB06, unfrozen), "accuracy")
    assert (accuracy.points, accuracy.blocked_by, accuracy.hint) == (0, "base-frozen", "")
    assert "The base is frozen" in accuracy.reason
    total = judge(LAB06, unfrozen).total
    assert (total.points, total.counted, total.excluded) == (15, 18, 2)


def test_how_accurate_a_model_is_that_the_lab_did_not_ask_for_is_not_counted() -> None:
    assert statuses(good(fits=(fit(frozen="no"),))) == {"base-frozen": "unmet", "accuracy": "blocked"}


def test_what_is_good_on_its_own_evidence_stays_good() -> None:
    assert statuses(good(fits=(fit(frozen="partial"),))) == {"base-frozen": "partial"}


def test_a_kept_top_explains_the_missing_pooling() -> None:
    evidence = good(
        graded=model(FLIP, ROTATION, SCALING, MOBILENET, DROPOUT, LOGIT, include_top=True),
        bases=(base(include_top=True),),
        measurement=measured(0.7),
    )
    assert statuses(evidence) == {"base-without-top": "unmet", "head": "blocked", "accuracy": "blocked"}


def test_another_backbone_does_not_explain_a_missing_dropout() -> None:
    evidence = good(graded=model(FLIP, ROTATION, SCALING, MOBILENET, POOLING, LOGIT, backbone="Xception"))
    assert statuses(evidence) == {"base-without-top": "partial", "head": "partial"}


def test_scaled_twice() -> None:
    evidence = good(
        measurement=measured(0.5, constant_prediction=True, base_input_range=Range(minimum=-1, maximum=-0.99))
    )
    result = judge(LAB06, evidence)
    assert statuses(evidence) == {"preprocessing": "unmet", "accuracy": "blocked"}
    assert result.next_criterion == "preprocessing"
    assert "Keep one of the two" in result.next_step


def test_sigmoid_with_from_logits_is_half() -> None:
    evidence = good(graded=model(FLIP, ROTATION, SCALING, MOBILENET, POOLING, DROPOUT, dense(1, "sigmoid")))
    assert statuses(evidence) == {"output-and-loss": "partial"}
    assert verdict(judge(LAB06, evidence), "output-and-loss").points == 1


def test_a_missing_dropout_costs_a_third_of_the_head() -> None:
    evidence = good(graded=model(FLIP, ROTATION, SCALING, MOBILENET, POOLING, LOGIT), statements=())
    head = verdict(judge(LAB06, evidence), "head")
    assert (head.status, head.points) == ("partial", 2)


def test_three_thirds_are_everything() -> None:
    evidence = good(graded=model(FLIP, ROTATION, SCALING, MOBILENET, dense(3, "softmax")), statements=())
    head = verdict(judge(LAB06, evidence), "head")
    assert (head.status, head.points) == ("unmet", 0)


def test_a_crash_half_way_loses_only_what_is_known_to_be_lost() -> None:
    result = judge(LAB06, stopped_at(5))
    pending = {each.criterion for each in result.verdicts if each.status == "needs_review"}
    assert pending == {*CODE} - {"notebook-runs"}
    assert verdict(result, "base-frozen").strength == "stated"
    assert (result.total.points, result.total.counted, result.total.pending) == (0, 6, 18)
    assert result.next_criterion == "notebook-runs"
    assert "cell [5]" in result.next_step


def test_a_model_that_was_built_but_never_trained_is_judged_as_far_as_it_goes() -> None:
    run = ran("cells_failed", error(5, "NameError"), error(6, "NameError"))
    built = good(fits=(), run=run, cells=cells([5, 6]), measurement=measured(accuracy=0.5, pipeline_range=None))
    assert statuses(built) == {
        "notebook-runs": "unmet",
        "base-frozen": "needs_review",
        "output-and-loss": "needs_review",
        "accuracy": "needs_review",
    }


def test_a_crash_of_ours_is_never_a_zero() -> None:
    evidence = stopped_at(5).model_copy(update={"run": ran("cells_failed", error(5, "OSError", ours=True))})
    assert verdict(judge(LAB06, evidence), "notebook-runs").status == "needs_review"


def test_a_file_that_cannot_be_read() -> None:
    result = judge(LAB06, nothing(run=ran("unreadable", explanation="It is not valid JSON.")))
    assert result.status == "unreadable"
    assert verdict(result, "notebook-runs").status == "unmet"
    assert {each.status for each in result.verdicts[1:]} == {"needs_review"}
    assert (result.total.points, result.total.counted, result.total.pending) == (0, 2, 22)
    assert not result.total.final
    assert "hand that file in" in result.next_step


def test_our_own_failure_costs_nobody_a_point() -> None:
    result = judge(LAB06, good(our_failure="The disk was full."))
    assert result.status == "infrastructure_error"
    assert {each.status for each in result.verdicts} == {"infrastructure_error"}
    assert (result.total.pending, result.total.counted) == (24, 0)
    assert result.total.share is None
    assert result.next_step == ""


def test_shortened_training_leaves_the_accuracy_to_a_longer_run() -> None:
    assert statuses(good(run=ran(policy="capped"), fits=(fit(shortened=True),))) == {"accuracy": "needs_review"}


def test_nothing_answered() -> None:
    result = judge(LAB06, good(answers=answered("freezing")))
    assert [verdict(result, name).status for name in WRITTEN] == ["unmet", "unmet", "needs_review", "unmet"]
    assert "your own words" in result.next_step


def test_final_once_nothing_waits_for_a_person() -> None:
    result = judge(LAB06, good(answers=()))
    assert result.status == "graded"
    assert result.total.final
    assert (result.total.points, result.total.counted) == (20, 24)


def test_the_costliest_mistake_is_told_first() -> None:
    evidence = good(
        graded=model(SCALING, MOBILENET, POOLING, LOGIT),
        statements=(),
        measurement=measured(augmentation_changes_training=None),
    )
    result = judge(LAB06, evidence)
    assert statuses(evidence) == {"augmentation": "unmet", "head": "partial"}
    assert result.next_criterion == "augmentation"


def small(text: str) -> Rubric:
    heading = (
        'schema = 1\n[lab]\nid = "l"\ntitle = "L"\nreference = "r"\n[[criteria]]\nid = "c"\ntitle = "C"\npoints = 4\n'
    )
    return parse_rubric((heading + text).encode(), "r.toml")


def only(text: str, evidence: Evidence) -> Verdict:
    return judge(small(text), evidence).verdicts[0]


NOT_FROZEN = good(fits=(fit(frozen="no"),), statements=())


@pytest.mark.parametrize(
    ("cost", "status", "points"),
    [
        ("1", "unmet", 0),
        ("0.25", "partial", 3),
        ("0", "met", 4),
        ('"review"', "needs_review", 0),
        ("0.33", "partial", 2.68),
    ],
)
def test_the_rubric_decides_what_a_finding_costs(cost: str, status: str, points: float) -> None:
    decided = only(f'check = "frozen_base"\n[criteria.costs]\nnot_frozen = {cost}\n', NOT_FROZEN)
    assert (decided.status, decided.points) == (status, points)


def test_the_rubric_decides_how_it_is_said() -> None:
    text = 'check = "frozen_base"\n[criteria.messages]\nnot_frozen = "{moved} moved"\n'
    text += '[criteria.hints]\nnot_frozen = "Freeze!"\n'
    decided = only(text, NOT_FROZEN)
    assert (decided.reason, decided.hint) == ("52 moved", "Freeze!")


def test_points_rest_only_on_strong_enough_evidence() -> None:
    observed = good(measurement=None)
    assert only('check = "augmentation"\n', observed).status == "met"
    asked = only('check = "augmentation"\nrequires = "verified"\n', observed)
    assert (asked.status, asked.points) == ("needs_review", 0)
    assert "only seen while the notebook ran" in asked.reason
    assert only('check = "augmentation"\nrequires = "verified"\n', good()).status == "met"


def test_weak_evidence_is_enough_for_a_zero() -> None:
    assert only('check = "frozen_base"\nrequires = "verified"\n', NOT_FROZEN).status == "unmet"


def test_blocking_goes_through_a_chain_and_can_name_a_finding() -> None:
    text = """
check = "preprocessing"
[[criteria]]
id = "a"
title = "A"
points = 1
check = "frozen_base"
depends_on = ["{cause}"]
[[criteria]]
id = "b"
title = "B"
points = 1
check = "accuracy"
depends_on = ["a"]
"""
    evidence = good(
        fits=(fit(frozen="no"),),
        measurement=measured(0.6, base_input_range=Range(minimum=0, maximum=1), base_weights_are=None),
    )
    rubric = small(text.replace("{cause}", "c.only_0_1"))
    assert [each.status for each in judge(rubric, evidence).verdicts] == ["partial", "blocked", "blocked"]
    rubric = small(text.replace("{cause}", "c.scaled_twice"))
    assert [each.status for each in judge(rubric, evidence).verdicts] == ["partial", "unmet", "blocked"]


@pytest.mark.parametrize(
    ("frozen", "accuracy", "void", "wanted"),
    [
        ("no", 0.97, "", "met"),
        ("no", 0.97, "void_when_unmet = true", "blocked"),
        ("no", 0.6, "void_when_unmet = true", "blocked"),
        ("no", None, "void_when_unmet = true", "blocked"),
        ("yes", 0.97, "void_when_unmet = true", "met"),
        ("yes", 0.6, "void_when_unmet = true", "unmet"),
        ("partial", 0.97, "void_when_unmet = true", "met"),
    ],
)
def test_a_criterion_that_says_nothing_after_a_failure_is_not_counted(
    frozen: str, accuracy: float | None, void: str, wanted: str
) -> None:
    rubric = small(
        f"""
check = "frozen_base"
costs = {{ partly_frozen = 0.5 }}
[[criteria]]
id = "accuracy"
title = "As accurate as the reference"
points = 2
check = "accuracy"
depends_on = ["c"]
{void}
"""
    )
    seen = None if accuracy is None else measured(accuracy)
    decided = judge(rubric, good(fits=(fit(frozen=frozen),), measurement=seen))
    assert verdict(decided, "accuracy").status == wanted
    if wanted == "blocked":
        assert "while “C” is not met" in verdict(decided, "accuracy").reason
        assert decided.total.excluded == 2


def test_words_of_a_student_cannot_forge_a_line_of_the_report() -> None:
    wicked = error(7, "Er\x1b[31mror", "{cell} {0.__class__} \x1b[2J\u202e" + "x" * 5000 + "\nScore 24/24")
    decided = verdict(judge(LAB06, good(run=ran("cells_failed", wicked))), "notebook-runs")
    assert all(character.isprintable() for character in decided.reason)
    assert len(decided.reason) < 600
    assert "{cell} {0.__class__}" in decided.reason
    assert "Score" not in decided.reason


def test_a_hand_made_rubric_with_an_unknown_check_is_refused() -> None:
    criterion = LAB06.criteria[0].model_copy(update={"check": "nothing"})
    with pytest.raises(RubricError, match="one of the checks"):
        judge(LAB06.model_copy(update={"criteria": (criterion,)}), good())
    criterion = LAB06.criteria[0].model_copy(update={"parameters": {"x": 1}})
    with pytest.raises(RubricError, match="parameters of the check"):
        judge(LAB06.model_copy(update={"criteria": (criterion,)}), good())


def test_the_same_evidence_gets_the_same_result() -> None:
    evidence = good(statements=source(), reference=Reference(accuracy=0.99, examples=200, digest="r"))
    again = Evidence.model_validate_json(evidence.model_dump_json())
    assert judge(LAB06, evidence) == judge(LAB06, again)


def test_judging_imports_nothing_heavy() -> None:
    code = "import grader.judge, sys; print(sorted({'tensorflow', 'keras', 'nbformat', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
