"""Looking at the model while the notebook still runs: the same question is asked once, and the end decides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.assets.pack import AssetPack
from grader.errors import InfrastructureError
from grader.evidence.model import Measurement
from grader.models.measure_request import MeasureRequest
from grader.selfcheck.early import EarlyMeasure

NO_FILES: dict[str, Any] = {"heldout_files": ()}
PACK = AssetPack.model_construct(**NO_FILES)


def request(name: str) -> MeasureRequest:
    return MeasureRequest(config={"name": name}, weights=(), arrays=(), heldout=None, classes=("cats", "dogs"))


def early(tmp_path: Path, asked: list[MeasureRequest]) -> EarlyMeasure:
    def measure(one: MeasureRequest) -> Measurement:
        asked.append(one)
        return Measurement(rebuilt=True, problem=str(one.config["name"]))

    return EarlyMeasure(measure, PACK, tmp_path)


def test_the_same_model_is_measured_once(tmp_path: Path) -> None:
    asked: list[MeasureRequest] = []
    measure = early(tmp_path, asked)
    assert measure(request("a")) == measure(request("a"))
    assert len(asked) == 1


def test_a_model_that_was_trained_on_is_another_question(tmp_path: Path) -> None:
    asked: list[MeasureRequest] = []
    measure = early(tmp_path, asked)
    assert measure(request("a")).problem == "a"
    assert measure(request("b")).problem == "b"


def test_our_failure_is_not_hidden(tmp_path: Path) -> None:
    def fails(_request: MeasureRequest) -> Measurement:
        raise InfrastructureError(expected="a process", received="none")

    measure = EarlyMeasure(fails, PACK, tmp_path)
    for _ in range(2):
        with pytest.raises(InfrastructureError):
            measure(request("a"))


def test_before_the_notebook_has_a_folder_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    asked: list[MeasureRequest] = []
    measure = early(tmp_path, asked)
    measure.after_cell()
    measure.close()
    assert asked == []
