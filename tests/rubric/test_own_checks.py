"""Checks of a lab's own, next to its rubric."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from grader.errors import RubricError
from grader.judge import judge
from grader.rubric import Rubric, load_rubric
from grader.rubric.public import decided_later, is_public
from tests.evidence_examples import fit, good

CHECKS = '''
from typing import Annotated

from pydantic import Field

from grader.checks.api import Criterion, Evidence, Finding, FindingKind, Findings, Parameters, check


class EnoughEpochs(Parameters):
    """What the lab asks."""

    at_least: Annotated[int, Field(strict=True, ge=1)] = 5
    """Epochs of the first training."""


@check(
    EnoughEpochs,
    FindingKind("enough", 0.0, "The model is trained for {epochs} epochs.", values=("epochs",)),
    FindingKind("too_few", 0.5, "The model is trained for {epochs} epochs only.", "Train longer.", values=("epochs",)),
)
def enough_epochs(evidence: Evidence, parameters: EnoughEpochs, criterion: Criterion) -> Findings:
    """The model is trained for long enough."""
    epochs = evidence.graded_fits()[0].epochs_run
    code = "enough" if epochs >= parameters.at_least else "too_few"
    return (Finding(code, {"epochs": str(epochs)}, "observed"),)
'''

RUBRIC = """
schema = 1
checks = "my_checks.py"

[lab]
id = "x"
title = "X"
reference = "x.ipynb"

[[criteria]]
id = "epochs"
title = "Enough epochs"
check = "enough_epochs"
points = 4
parameters = { at_least = 8 }
costs = { too_few = 0.25 }
messages = { too_few = "Only {epochs}." }

[[criteria]]
id = "frozen"
title = "Frozen"
check = "frozen_base"
points = 2
"""


def written(folder: Path, checks: str = CHECKS, rubric: str = RUBRIC) -> Path:
    (folder / "my_checks.py").write_text(checks, encoding="utf-8")
    (folder / "x.toml").write_text(rubric, encoding="utf-8")
    return folder / "x.toml"


def loaded(folder: Path, checks: str = CHECKS, rubric: str = RUBRIC) -> Rubric:
    return load_rubric(written(folder, checks, rubric))


@pytest.mark.parametrize(("epochs", "status", "points"), [(8, "met", 4.0), (3, "partial", 3.0)])
def test_a_function_next_to_the_rubric_decides_a_criterion(
    tmp_path: Path, epochs: int, status: str, points: float
) -> None:
    result = judge(loaded(tmp_path), good(fits=(fit(epochs_run=epochs),)))
    verdict = result.verdicts[0]
    assert (verdict.status, verdict.points) == (status, points)
    assert verdict.reason in ("The model is trained for 8 epochs.", "Only 3.")


def test_the_example_of_the_documentation_keeps_the_points_of_a_shortened_training(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/rubrics.md").read_text(encoding="utf-8")
    example = page.split("```python\n")[1].split("```")[0]
    shortened = fit(epochs_requested=10, epochs_run=1, shortened=True)
    assert judge(loaded(tmp_path, example), good(fits=(shortened,))).verdicts[0].status == "met"


def test_it_is_part_of_the_rubrics_digest(tmp_path: Path) -> None:
    first = loaded(tmp_path)
    second = loaded(tmp_path, CHECKS + "\n# changed\n")
    assert first.digest != second.digest


def test_such_a_rubric_can_be_handed_to_another_process(tmp_path: Path) -> None:
    again = pickle.loads(pickle.dumps(loaded(tmp_path)))
    assert judge(again, good(fits=(fit(epochs_run=8),))).verdicts[0].status == "met"


@pytest.mark.parametrize(
    "instead",
    [
        "epochs = evidence.no_such_thing",
        "epochs = 1 / 0",
        "return None",
        "return ()",
        "return (Finding('unheard_of'),)",
        "return ('too_few',)",
    ],
)
def test_what_goes_wrong_in_it_is_our_fault_and_never_a_zero(tmp_path: Path, instead: str) -> None:
    broken = CHECKS.replace("epochs = evidence.graded_fits()[0].epochs_run", instead)
    result = judge(loaded(tmp_path, broken), good())
    verdict, other = result.verdicts
    assert verdict.status == "infrastructure_error"
    assert "Expected" in verdict.reason
    assert "Received" in verdict.reason
    assert "my_checks.py" in verdict.reason
    assert other.status == "met"
    assert (result.total.counted, result.total.pending, result.status) == (2, 4, "infrastructure_error")


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ("import no_such_module", r"my_checks\.py:1: Expected a file of checks that runs\. Received ModuleNotFound"),
        ("x = 1\ny = (", r"my_checks\.py:2: Expected a file of checks that runs\. Received SyntaxError"),
        ("x = 1", "Expected functions decorated with @check.* Received none"),
        (CHECKS.replace("def enough_epochs", "def head"), "Received one called head"),
        (CHECKS.replace('"""The model is trained for long enough."""', ""), "Expected a docstring in the check"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_line(tmp_path: Path, checks: str, message: str) -> None:
    with pytest.raises(RubricError, match=message):
        loaded(tmp_path, checks)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"my_checks.py"', '"../elsewhere.py"', r"x\.toml:3: Expected the name of a Python file in the rubric's own"),
        ('"my_checks.py"', '"/etc/passwd"', r"x\.toml:3: Expected the name of a Python file"),
        ('"my_checks.py"', '"missing.py"', "is no file there"),
        ("at_least = 8", 'at_least = "8"', r"x\.toml:15: Expected .* for `criteria\[1\]\.parameters\.at_least`"),
        ("too_few = 0.25", "too_feww = 0.25", 'Did you mean "too_few"'),
        ("{epochs}.", "{epoch}.", 'Did you mean "epochs"'),
        ('check = "enough_epochs"', 'check = "enough_epoch"', 'Did you mean "enough_epochs"'),
    ],
)
def test_the_rubric_is_checked_against_it_like_against_ours(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in RUBRIC
    with pytest.raises(RubricError, match=message):
        loaded(tmp_path, rubric=RUBRIC.replace(old, new, 1))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "real.py").write_text(CHECKS)
    path = written(tmp_path)
    (tmp_path / "my_checks.py").unlink()
    (tmp_path / "my_checks.py").symlink_to(elsewhere / "real.py")
    with pytest.raises(RubricError, match="Python file in the rubric's own folder"):
        load_rubric(path)


def test_students_cannot_run_it_so_it_is_decided_later(tmp_path: Path) -> None:
    rubric = loaded(tmp_path)
    assert [is_public(criterion) for criterion in rubric.criteria] == [False, True]
    assert [later.title for later in decided_later(rubric)] == ["Enough epochs"]
