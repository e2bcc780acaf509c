"""Keras 2 writes hard-swish out; it reads as the one activation that Keras 3 writes."""

from __future__ import annotations

from typing import Any

import pytest

from grader.models.flattening import flatten

Config = dict[str, Any]
Node = list[Any]


def layer(class_name: str, name: str, *inputs: Node, **settings: Any) -> Config:
    return {
        "class_name": class_name, "name": name, "config": {"name": name, **settings},
        "inbound_nodes": [list(inputs)] if inputs else [],
    }  # fmt: skip


def to(name: str, **given: Any) -> Node:
    return [name, 0, 0, given]


def operation(function: str, name: str, source: str, y: float) -> Config:
    made = layer("TFOpLambda", name, function=function)
    return {**made, "inbound_nodes": [[source, 0, 0, {"y": y, "name": None}]]}


def written_out(shift: float = 3.0, limit: float = 6.0, factor: float = 1 / 6, output: str = "dense") -> Config:
    layers = [
        layer("InputLayer", "input", batch_input_shape=[None, 8]),
        layer("BatchNormalization", "norm", to("input")),
        operation("__operators__.add", "shifted", "norm", shift),
        layer("ReLU", "limited", to("shifted"), max_value=limit, negative_slope=0.0, threshold=0.0),
        operation("math.multiply", "sixth", "limited", factor),
        layer("Multiply", "product", to("norm"), to("sixth")),
        layer("Dense", "dense", to("product"), units=1, activation="linear"),
    ]
    config = {"name": "m", "layers": layers, "input_layers": [["input", 0, 0]], "output_layers": [[output, 0, 0]]}
    return {"class_name": "Functional", "config": config}


def classes(config: Config) -> list[str]:
    return [call.class_name for call in flatten(config).calls]


def test_four_calls_are_one_activation_between_its_neighbours() -> None:
    graph = flatten(written_out())
    assert [call.class_name for call in graph.calls] == ["InputLayer", "BatchNormalization", "Activation", "Dense"]
    folded = graph.calls[2]
    assert (folded.name, folded.settings["activation"], folded.inputs) == ("product", "hard_silu", ((1, 0),))
    assert (graph.calls[3].inputs, graph.outputs) == (((2, 0),), ((3, 0),))


def test_a_model_that_ends_in_it_ends_in_the_activation() -> None:
    config = written_out(output="product")
    config["config"]["layers"].pop()
    assert flatten(config).outputs == ((2, 0),)


@pytest.mark.parametrize("other", [{"shift": 2.0}, {"limit": 5.0}, {"factor": 0.2}])
def test_other_numbers_are_another_function(other: dict[str, Any]) -> None:
    assert "Multiply" in classes(written_out(**other))


def test_what_is_used_elsewhere_too_stays() -> None:
    assert "Multiply" in classes(written_out(output="sixth"))
    assert "Multiply" in classes(written_out(output="limited"))
