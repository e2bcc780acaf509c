"""One model written in many ways is one graph."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest

from grader.models.graph import ModelGraph, read_graph
from tests.models.keras_configs import (
    Config,
    called,
    chain,
    conv,
    dense,
    flip,
    functional,
    image,
    layer,
    operation,
    pooling,
    rotation,
    sequential,
    tensor,
    tutorial,
    vgg16,
    vgg16_layers,
)


def steps(graph: ModelGraph) -> list[tuple[str, str]]:
    assert graph.problem is None
    return [(node.role, node.class_name) for node in graph.nodes if node.on_path]


DROPOUT = layer("Dropout", "dropout", rate=0.2)
HEAD = [("pooling", "GlobalAveragePooling2D"), ("regularisation", "Dropout"), ("head", "Dense")]
BASE = ("base", "VGG16")


def test_the_tutorials_functional_model() -> None:
    graph = read_graph(tutorial())
    assert steps(graph) == [
        ("input", "InputLayer"),
        ("augmentation", "RandomFlip"),
        ("augmentation", "RandomRotation"),
        ("preprocessing", "TrueDivide"),
        ("preprocessing", "Subtract"),
        BASE,
        *HEAD,
    ]
    assert (graph.style, graph.backbone, graph.include_top, graph.cut_at) == ("functional", "VGG16", False, None)
    by_class = {node.class_name: node for node in graph.nodes}
    assert by_class["RandomFlip"].settings == {"mode": "horizontal"}
    assert by_class["RandomRotation"].settings["factor"] == 0.2
    assert by_class["TrueDivide"].settings == {"operand": 127.5}
    assert by_class["Dense"].settings == {"units": 1, "activation": "sigmoid"}
    assert by_class["Dense"].output_shape == (None, 1)
    assert by_class["VGG16"].training_argument is False
    assert by_class["Dropout"].training_argument is None, "Keras writes False down by itself"
    assert by_class["VGG16"].name == "vgg16"
    assert by_class["GlobalAveragePooling2D"].inputs == (by_class["VGG16"].id,)


def test_sequential_with_the_base_as_a_layer() -> None:
    graph = read_graph(sequential(image(), vgg16(), pooling(), DROPOUT, dense()))
    assert graph.style == "sequential"
    assert steps(graph) == [("input", "InputLayer"), BASE, *HEAD]


def test_base_output_chained_on_so_that_its_layers_lie_flat() -> None:
    graph = read_graph(chain(image(), *vgg16_layers(), pooling(), DROPOUT, dense()))
    assert steps(graph) == [("input", "InputLayer"), BASE, *HEAD]
    assert next(node for node in graph.nodes if node.role == "base").settings["nested"] is False


def test_layers_of_the_base_in_a_sequential_one_by_one() -> None:
    graph = read_graph(sequential(image(), *vgg16_layers(), pooling(), DROPOUT, dense()))
    assert steps(graph) == [("input", "InputLayer"), BASE, *HEAD]


def test_base_inside_a_model_inside_a_sequential() -> None:
    wrapped = chain(image("wrapped_input"), vgg16(), pooling(), name="features")
    graph = read_graph(sequential(image(), sequential(flip(), name="augment"), wrapped, DROPOUT, dense()))
    assert steps(graph) == [("input", "InputLayer"), ("augmentation", "RandomFlip"), BASE, *HEAD]


def test_renamed_base_is_recognised_and_a_name_alone_is_nothing() -> None:
    assert read_graph(sequential(image(), vgg16(name="mein_netz"), pooling(), dense())).backbone == "VGG16"
    decoy = chain(image("i"), conv(8, "block1_conv1"), conv(8, "block1_conv2"), name="vgg16")
    graph = read_graph(sequential(image(), decoy, pooling(), dense()))
    assert graph.backbone is None
    assert "base" not in {node.role for node in graph.nodes}


def test_a_cut_base_says_where_it_is_cut() -> None:
    upto = vgg16_layers()[:10]
    flat = read_graph(chain(image(), *upto, layer("Flatten", "flatten"), dense()))
    nested = read_graph(sequential(image(), chain(image("i"), *upto, name="cut"), layer("Flatten", "flatten"), dense()))
    for graph in (flat, nested):
        assert (graph.backbone, graph.cut_at, graph.include_top) == ("VGG16", "block3_pool", False)
        assert steps(graph) == [("input", "InputLayer"), BASE, ("pooling", "Flatten"), ("head", "Dense")]


def test_pooling_inside_the_base() -> None:
    base = chain(image("i"), *vgg16_layers(), pooling(), name="vgg16")
    graph = read_graph(sequential(image(), base, dense()))
    assert steps(graph) == [("input", "InputLayer"), BASE, ("head", "Dense")]
    node = next(node for node in graph.nodes if node.role == "base")
    assert node.settings["pooling"] == "avg"
    assert graph.cut_at is None


def test_the_thousand_way_top_is_still_there() -> None:
    graph = read_graph(sequential(image(), vgg16(top=True), dense()))
    assert (graph.include_top, graph.cut_at) == (True, None)
    assert steps(graph) == [("input", "InputLayer"), BASE, ("head", "Dense")]


def test_the_top_cut_open_before_its_classifier() -> None:
    graph = read_graph(chain(image(), *vgg16_layers(top=True)[:-1], dense(2, "softmax", "mine")))
    assert (graph.include_top, graph.cut_at) == (True, "fc2")
    assert steps(graph) == [("input", "InputLayer"), BASE, ("head", "Dense")]


def test_an_own_head_that_looks_like_the_top_belongs_to_the_student() -> None:
    graph = read_graph(chain(image(), *vgg16_layers(), layer("Flatten", "f"), dense(4096, "relu", "mine"), dense()))
    assert graph.include_top is False
    assert steps(graph)[2:] == [("pooling", "Flatten"), ("head", "Dense"), ("head", "Dense")]


def test_the_order_in_which_layers_are_listed_does_not_matter() -> None:
    config = tutorial()
    config["config"]["layers"].reverse()
    config["config"]["layers"][3]["config"]["layers"].reverse()
    assert set(steps(read_graph(config))) == set(steps(read_graph(tutorial())))


def test_a_dense_layer_off_the_path_is_marked() -> None:
    config = tutorial()
    config["config"]["layers"].append(called(dense(1, name="decoy"), tensor("global_average_pooling2d")))
    node = next(node for node in read_graph(config).nodes if node.name == "decoy")
    assert not node.on_path


def test_augmentation_after_the_base_does_not_count_as_such() -> None:
    graph = read_graph(sequential(image(), vgg16(), flip(), pooling(), dense()))
    assert ("other", "RandomFlip") in steps(graph)


def test_training_true_written_by_the_student_is_kept() -> None:
    config = tutorial()
    config["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] = {"training": True}
    augmentation = [node for node in read_graph(config).nodes if node.role == "augmentation"]
    assert [node.training_argument for node in augmentation] == [True, True]


def test_a_constant_in_front_of_an_operation() -> None:
    config = chain(image(), operation("Subtract", "subtract"), layer("Flatten", "flatten"), dense())
    config["config"]["layers"][1]["inbound_nodes"][0]["args"].insert(0, 1.0)
    node = read_graph(config).nodes[1]
    assert node.settings == {"operand": 1.0, "operand_first": True}


def test_two_bases_side_by_side_are_two_nodes() -> None:
    cut = chain(image("c"), *vgg16_layers()[:14], name="second")
    config = functional(
        called(image()),
        called(vgg16(), tensor("input_layer")),
        called(cut, tensor("input_layer")),
        called(layer("Flatten", "f1"), tensor("vgg16")),
        called(layer("Flatten", "f2"), tensor("second")),
        called(layer("Concatenate", "both", axis=-1), [tensor("f1"), tensor("f2")]),
        called(dense(), tensor("both")),
        inputs="input_layer",
        outputs="dense",
    )
    graph = read_graph(config)
    assert graph.backbone == "VGG16"
    assert [node.class_name for node in graph.nodes if node.role == "head"] == ["Dense"]


def test_an_unknown_base_that_the_recorder_saw() -> None:
    own = sequential(conv(8, "c1"), conv(8, "c2"), name="hub_layer")
    config = sequential(image(), layer("Rescaling", "rescaling", scale=1 / 255, offset=0.0), own, pooling(), dense())
    graph = read_graph(config, base_layers=frozenset({"hub_layer"}))
    assert graph.backbone is None
    assert [node.role for node in graph.nodes] == ["input", "preprocessing", "base", "pooling", "head"]


def test_a_small_network_of_ones_own_has_no_base() -> None:
    layers = [conv(64, "a"), conv(64, "b"), layer("MaxPooling2D", "p"), layer("Flatten", "f"), dense(10)]
    graph = read_graph(sequential(image(), layer("Rescaling", "r", scale=1 / 255), flip(), *layers))
    assert graph.backbone is None
    assert [node.role for node in graph.nodes] == [
        "input", "preprocessing", "augmentation", "head", "head", "pooling", "pooling", "head",
    ]  # fmt: skip


@pytest.mark.parametrize(("more", "backbone"), [(2, "VGG16"), (20, None)])
def test_a_network_that_only_begins_like_a_backbone_is_another(more: int, backbone: str | None) -> None:
    """Seven convolutions of VGG16, and then a few of one's own, or a whole network of them."""
    own = [conv(24, f"own_{number}") for number in range(more)]
    graph = read_graph(chain(image(), *vgg16_layers()[:10], *own, pooling(), dense()))
    assert graph.backbone == backbone


def test_rotation_with_factor_zero_reads_as_zero() -> None:
    graph = read_graph(sequential(image(), rotation(0.0), vgg16(), pooling(), dense()))
    node = next(node for node in graph.nodes if node.role == "augmentation")
    assert node.settings["factor"] == 0


def test_subclassed_models_say_why_they_cannot_be_read() -> None:
    graph = read_graph({"module": None, "class_name": "My", "config": {"trainable": True}, "registered_name": "My"})
    assert graph.style == "subclassed"
    assert graph.problem is not None
    assert "subclass" in graph.problem


def test_cycles_and_missing_layers_are_problems() -> None:
    config = chain(image(), flip("a"), dense())
    config["config"]["layers"][1]["inbound_nodes"][0]["args"] = [tensor("dense")]
    assert "does not exist" in (read_graph(config).problem or "")
    config["config"]["layers"][1]["inbound_nodes"][0]["args"] = [tensor("nobody")]
    assert "nobody" in (read_graph(config).problem or "")


def test_models_that_double_with_every_level_are_stopped() -> None:
    model: Config = chain(image("i0"), dense(name="d0"), name="m0")
    for level in range(1, 19):
        inner = copy.deepcopy(model)
        node = called(inner, tensor(f"i{level}"))
        node["inbound_nodes"] = node["inbound_nodes"] * 2
        last = called(layer("Add", f"add{level}"), [tensor(f"m{level - 1}"), tensor(f"m{level - 1}")])
        last["inbound_nodes"][0]["args"][0][1]["config"]["keras_history"][1] = 1
        model = functional(
            called(image(f"i{level}")), node, last, inputs=f"i{level}", outputs=f"add{level}", name=f"m{level}"
        )
    assert "more than 6000 layer calls" in (read_graph(model).problem or "")


def test_a_keras_2_configuration_reads_the_same() -> None:
    entries: list[Config] = [
        {"class_name": "InputLayer", "name": "i", "config": {"batch_input_shape": [None, 96, 96, 3], "name": "i"},
         "inbound_nodes": []},
    ]  # fmt: skip
    before = "i"
    for entry in [*vgg16_layers(), pooling(), dense()]:
        name = entry["config"]["name"]
        entries.append({"class_name": entry["class_name"], "name": name, "config": entry["config"],
                        "inbound_nodes": [[[before, 0, 0, {}]]]})  # fmt: skip
        before = name
    inner = {"name": "m", "layers": entries, "input_layers": [["i", 0, 0]], "output_layers": [[before, 0, 0]]}
    graph = read_graph({"class_name": "Functional", "config": inner})
    assert steps(graph) == [("input", "InputLayer"), BASE, HEAD[0], HEAD[2]]


def test_reading_models_imports_no_tensorflow() -> None:
    code = (
        "import sys, grader.models.graph, grader.models.admission, grader.models.measuring;"
        "print(sorted({'tensorflow', 'keras', 'tf_keras'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
