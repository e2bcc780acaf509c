"""What the client of the measuring process does when the process ends: another program stands in for it, which ends as
it is told. What it measures for real is tried in `test_measuring.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.errors import InfrastructureError
from grader.models.measuring import FORKS, MeasureRequest, MeasuringProcess

STANDS_IN = """
import os, pathlib, sys
starts = pathlib.Path(sys.argv[1])
starts.write_text(starts.read_text() + "x" if starts.exists() else "x")
print('{"ready": {}}', flush=True)
for line in sys.stdin:
    if len(starts.read_text()) <= int(sys.argv[2]):
        os.kill(os.getpid(), 9)
    print(sys.argv[3], flush=True)
"""
MEASURED = '{"measurement": {"rebuilt": true, "accuracy": 0.75, "examples": 8}}'
FORK_ENDED = '{"gone": "the measuring process ended with code -11", "without_a_reason": true}'
TOO_LARGE = '{"gone": "it needs more memory than is allowed"}'


def measuring(starts: Path, deaths: int, answer: str = MEASURED) -> MeasuringProcess:
    """A process that is killed at its first so many requests, and then answers."""
    return MeasuringProcess(command_prefix=(sys.executable, "-c", STANDS_IN, str(starts), str(deaths), answer))


@pytest.fixture
def request_() -> MeasureRequest:
    config = {
        "module": "keras", "class_name": "Sequential", "registered_name": "Sequential",
        "config": {"name": "s", "trainable": True, "dtype": "float32", "layers": []},
    }  # fmt: skip
    return MeasureRequest(config=config, weights=(), arrays=(), heldout=None, classes=("cat", "dog"))


def test_killed_once_it_measures_again(tmp_path: Path, request_: MeasureRequest) -> None:
    with measuring(tmp_path / "starts", 1) as process:
        assert process.measure(request_).accuracy == 0.75
    assert (tmp_path / "starts").read_text() == "xx"


@pytest.mark.skipif(not FORKS, reason="elsewhere a model may have done it")
def test_killed_again_and_again_is_our_failure(tmp_path: Path, request_: MeasureRequest) -> None:
    with measuring(tmp_path / "starts", 2) as process:
        with pytest.raises(InfrastructureError, match="ended with code -9, twice"):
            process.measure(request_)
        assert process.measure(request_).accuracy == 0.75


@pytest.mark.parametrize("answer", [FORK_ENDED, TOO_LARGE], ids=["ended", "too large"])
def test_a_model_that_ends_its_fork_cannot_be_measured(tmp_path: Path, request_: MeasureRequest, answer: str) -> None:
    with measuring(tmp_path / "starts", 0, answer) as process:
        found = process.measure(request_)
    assert not found.rebuilt
    assert found.problem is not None
    assert found.problem.startswith("the model could not be measured: ")
    assert (tmp_path / "starts").read_text() == "x"  # the process itself lived on
