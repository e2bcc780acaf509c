"""What a shortened training really runs."""

from __future__ import annotations

import pytest

from grader.execution.recorder.policy import Policy


@pytest.mark.parametrize(
    ("asked", "runs"), [({}, 1), ({"epochs": 10}, 1), ({"epochs": 0}, 0), ({"epochs": 12, "initial_epoch": 10}, 11)]
)
def test_a_shortened_fit_never_trains_where_the_notebook_does_not(asked: dict[str, int], runs: int) -> None:
    assert Policy("capped", 2).fit_arguments(asked)["epochs"] == runs
