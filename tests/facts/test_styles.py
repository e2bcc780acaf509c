"""What the source alone states, in the many styles in which such notebooks are written."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.evidence.model import Cell
from grader.facts import read_facts
from grader.source.tracing import read_outline
from tests.facts.test_facts import only_source, values

STYLES = tomllib.loads((Path(__file__).parent / "styles.toml").read_text(encoding="utf-8"))
LINES = [line for style in STYLES["style"] for cell in style["cells"] for line in cell.split("\n")]


@pytest.mark.parametrize("style", STYLES["style"], ids=lambda style: style["name"])
def test_a_style_is_read(style: dict[str, Any]) -> None:
    assert values(read_facts(only_source(*style["cells"]))) == STYLES["usual"] | style.get("facts", {})


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_lines_in_any_order_are_read_without_a_failure(lines: list[str]) -> None:
    read_facts(only_source("\n".join(lines)))


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    read_outline([Cell(position=1, kind="code", source=text)])


def test_code_without_end_ends() -> None:
    endless = "def f(x):\n    f(x)\n    return f(f(x))\nf(1)"
    assert read_outline([Cell(position=1, kind="code", source=endless)]).models == []


def test_functions_that_call_themselves_many_times_over_end() -> None:
    endless = f"f = lambda x: [{'f(x), ' * 150}]\nf(1)"
    assert read_outline([Cell(position=1, kind="code", source=endless)]).models == []


def test_a_notebook_of_pytorch_is_said_to_be_one() -> None:
    facts = read_facts(
        only_source("import torch\nfrom torchvision import models\nnet = models.resnet18(weights='DEFAULT')")
    )
    assert facts.backbone.value == "unknown"
    assert facts.backbone.reason == "not a Keras model: the notebook is written in PyTorch, with the model resnet18"
    assert facts.head.reason == facts.backbone.reason
