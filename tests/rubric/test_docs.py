"""`docs/rubrics.md` names everything there is, and its examples are right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from grader.checks.findings import AnyCheck
from grader.checks.registry import CHECKS
from grader.checks.wording import placeholders
from grader.rubric import Criterion, Question, Rubric, parse_rubric
from grader.rubric.describe import describe_checks, parameter_notes
from grader.rubric.model import Environment, Lab, Limits
from grader.rubric.structure import keys_of

PAGE = (Path(__file__).parents[2] / "docs" / "rubrics.md").read_text()


@pytest.mark.parametrize(
    ("model", "prefix"),
    [
        (Rubric, ""),
        (Lab, "lab."),
        (Limits, "limits."),
        (Environment, "environment."),
        (Criterion, "criteria."),
        (Question, "question."),
    ],
)
def test_every_field_is_documented(model: type[BaseModel], prefix: str) -> None:
    for key in keys_of(model):
        spellings = (f"`{prefix}{key}`", f"`[{prefix}{key}]`", f"`[[{prefix}{key}]]`")
        assert any(f"\n| {spelling} |" in PAGE for spelling in spellings), key


def test_the_reference_part_is_up_to_date() -> None:
    """Write `describe_checks()` between the two comments after changing a check."""
    _, _, rest = PAGE.partition("<!-- checks: begin -->\n\n")
    assert rest.partition("\n<!-- checks: end -->")[0] == describe_checks()


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_every_check_explains_itself(check: AnyCheck) -> None:
    assert check.sentence.endswith(".")
    assert set(parameter_notes(check.parameters)) == set(check.parameters.model_fields)
    assert any(kind.cost == 0 or kind.cost == "review" for kind in check.kinds.values())
    for kind in check.kinds.values():
        assert kind.message
        assert {*placeholders(kind.message), *placeholders(kind.hint)} <= set(kind.values)
        assert not (kind.absent and kind.explains), "what is not there explains nothing"
        assert kind.hint or kind.cost in (0, "review"), f"{kind.code} costs points and says not what to do"


@pytest.mark.parametrize("example", re.findall(r"```toml\n(schema.*?)```", PAGE, re.DOTALL))
def test_the_examples_are_rubrics(example: str) -> None:
    assert parse_rubric(example.encode(), "example.toml").criteria
