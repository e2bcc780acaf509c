"""Which model configurations from a hostile kernel are let in."""

from __future__ import annotations

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import EvidenceError
from grader.models import admission
from grader.models.admission import admit
from grader.models.admitted import kind_of
from grader.models.graph import read_graph
from grader.models.inert import inert
from tests.models.keras_configs import (
    Config,
    chain,
    conv,
    dense,
    flip,
    image,
    layer,
    pooling,
    rotation,
    sequential,
    tutorial,
    vgg16,
)

HOSTILE: dict[str, tuple[Config, str]] = {
    "Lambda": (layer("Lambda", "l", function={"class_name": "__lambda__", "config": {"value": "eJw="}}), "Lambda"),
    "TFSMLayer": (layer("TFSMLayer", "l", filepath="/etc"), "TFSMLayer"),
    "file-reading layer": (layer("StringLookup", "l", vocabulary="/etc/passwd"), "StringLookup"),
    "bytecode as activation": (layer("Dense", "l", units=1, activation={"class_name": "__lambda__", "config": 0}), "_"),
    "os.system": (layer("system", "l", module="os"), "os.system"),
    "function of the standard library": (
        layer("Dense", "l", units=1, activation={
            "module": "os", "class_name": "function", "config": "system", "registered_name": "system"}),
        "os.function",
    ),
    "function of Keras that is no activation": (
        layer("Dense", "l", units=1, activation={
            "module": "builtins", "class_name": "function", "config": "get_file", "registered_name": "get_file"}),
        "get_file",
    ),
    "name of a function that is no activation": (layer("Dense", "l", units=1, activation="get_file"), "get_file"),
    "a MobileNetV2 of the student's own": (layer("MobileNetV2", "l", module="solution"), "solution.MobileNetV2"),
    "a class registered under Dense": ({**dense(), "registered_name": "mine>Dense"}, "mine>Dense"),
    "utility of Keras": (layer("get_file", "l", module="keras.utils"), "get_file"),
    "operation that takes a function": (layer("Map", "l", module="keras.src.ops.core"), "Map"),
    "quantised policy": ({**dense(), "config": {"name": "d", "units": 1, "dtype": {
        "module": "keras", "class_name": "DTypePolicy", "config": {"name": "int8_from_float32"},
        "registered_name": None}}}, "int8_from_float32"),
    "unknown key": ({**dense(), "shared_object_id": 3}, "shared_object_id"),
    "no config": ({"module": "keras.layers", "class_name": "Dense", "registered_name": None}, "none"),
    "infinite factor": (rotation(float("inf")), "inf"),
    "factor that is no number": (rotation(float("nan")), "nan"),
    "a billion units": (dense(10**9), "parameters"),
    "shape bomb": (layer("Reshape", "l", target_shape=[1, 10**6, 10**6]), "shape"),
    "huge kernel": (layer("Conv2D", "l", filters=8, kernel_size=[10**5, 1]), "100000"),
    "integer of a thousand digits": (layer("RandomFlip", "l", seed=10**1000), "bits"),
    "list as module": ({**dense(), "module": ["keras"]}, "Dense"),
}  # fmt: skip


def test_the_tutorial_model_is_admitted() -> None:
    admit(tutorial())


def test_what_compile_stored_is_not_looked_at_and_not_built() -> None:
    config = tutorial()
    config["compile_config"] = {"loss": {"module": "student", "class_name": "MyLoss", "config": {}}}
    admit(config)
    assert "compile_config" not in inert(config)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_layers_are_refused_with_what_and_where(name: str) -> None:
    hostile, said = HOSTILE[name]
    with pytest.raises(EvidenceError, match="Expected") as caught:
        admit(sequential(image(), flip(), hostile))
    assert said in str(caught.value)
    assert "model configuration.config.layers[2]" in str(caught.value)


def test_a_model_class_of_the_students_own_is_refused() -> None:
    with pytest.raises(EvidenceError, match="MyModel"):
        admit({"module": None, "class_name": "MyModel", "config": {}, "registered_name": "MyModel"})


def test_a_hundred_thousand_layers_are_refused() -> None:
    with pytest.raises(EvidenceError, match="at most 2000 layers"):
        admit(sequential(image(), *[flip()] * 100_000))


def test_a_billion_parameters_are_refused_before_anything_is_built() -> None:
    wide = dense(65_536)
    wide["build_config"] = {"input_shape": [None, 65_536]}
    with pytest.raises(EvidenceError, match="200000000 parameters"):
        admit(sequential(image(), wide))


def test_images_over_the_limit_are_refused() -> None:
    with pytest.raises(EvidenceError, match="1024 × 1024"):
        admit(sequential(image(size=(4096, 4096, 3)), dense()))


def test_nesting_without_end_is_refused() -> None:
    config: Any = dense()
    for _ in range(400):
        config = sequential(config)
    with pytest.raises(EvidenceError, match="levels of nesting"):
        admit(config)


def test_inert_keeps_what_inference_needs_and_nothing_else() -> None:
    kernel = {"module": "keras.initializers", "class_name": "Orthogonal", "config": {"gain": 1.0}}
    entry = layer("Dense", "d", units=3, activation={"class_name": "function", "config": "softmax_v2"})
    entry["config"] |= {"kernel_initializer": kernel, "kernel_regularizer": {"class_name": "L2"}, "bias_constraint": 1}
    entry["config"]["trainable"] = None
    assert inert(entry)["config"] == {
        **layer("Dense", "d", units=3, activation="softmax")["config"],
        "trainable": False,
        "kernel_initializer": "zeros",
        "kernel_regularizer": None,
        "bias_constraint": None,
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(
        ["Dense", "Functional", "Sequential", "keras.layers", "keras", "function", "__keras_tensor__", "InputLayer",
         "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["class_name", "config", "module", "layers", "inbound_nodes", "name", "registered_name", "args",
                         "kwargs", "input_layers", "output_layers", "batch_shape", "shape", "units"])
        | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip
MODELS = [tutorial(), sequential(image(), *vgg16()["config"]["layers"][1:4], pooling(), dense()), vgg16(top=True)]


@given(JSON)
def test_any_json_is_admitted_or_refused_and_never_breaks_the_reader(config: Any) -> None:
    with contextlib.suppress(EvidenceError):
        admit(config)
    assert read_graph(config).problem or isinstance(config, dict)


@settings(deadline=None)
@given(st.sampled_from(MODELS), st.data())
def test_a_model_with_one_value_replaced_is_admitted_or_refused(model: Config, data: st.DataObject) -> None:
    """Whatever is admitted names only admitted classes, and its graph can be read or has a problem."""
    config = copy.deepcopy(model)
    spots = list(_spots(config))
    holder, key = spots[data.draw(st.integers(0, len(spots) - 1))]
    holder[key] = data.draw(JSON)
    graph = read_graph(config)
    assert graph.problem is None or not graph.nodes
    json.loads(graph.model_dump_json())
    try:
        admit(config)
    except EvidenceError:
        return
    for entry in _objects(config):
        module = entry.get("module")
        assert module is None or isinstance(module, str)
        assert kind_of(module, entry["class_name"]) is not None


@given(st.integers(1, 30), st.sampled_from(["units", "filters"]))
def test_the_parameter_estimate_grows_with_the_model(count: int, key: str) -> None:
    entry = conv(65_536, "wide") if key == "filters" else dense(65_536, name="wide")
    entry["build_config"] = {"input_shape": [None, 8, 8, 512]}
    config = chain(image(), *[{**entry, "config": {**entry["config"], "name": f"wide{n}"}} for n in range(count)])
    each = 512 * 65_536 * (9 if key == "filters" else 1)
    if count * each > admission.MAXIMUM_PARAMETERS:
        with pytest.raises(EvidenceError):
            admit(config)
    elif count * each * 1.01 < admission.MAXIMUM_PARAMETERS:
        admit(config)


def _spots(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from _spots(item)


def _objects(value: Any) -> Any:
    if isinstance(value, dict):
        if "class_name" in value:
            yield value
        for key, item in value.items():
            if key != "compile_config":
                yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


@pytest.mark.parametrize(("function", "admitted"), [("math.truediv", True), ("io.read_file", False), (["cast"], False)])
def test_keras_2_names_functions_of_tensorflow_and_only_arithmetic_is_let_in(function: Any, admitted: bool) -> None:
    """Built from such a configuration, the layer looks up any exported function, reading files included."""
    layer = {
        "module": "tf_keras.src.layers.core.tf_op_layer", "class_name": "TFOpLambda", "registered_name": "TFOpLambda",
        "config": {"name": "op", "function": function},
    }  # fmt: skip
    model = {"module": "tf_keras.src.engine.functional", "class_name": "Functional", "config": {"layers": [layer]}}
    if admitted:
        admit(model)
    else:
        with pytest.raises(EvidenceError, match="one of TensorFlow's admitted functions"):
            admit(model)
