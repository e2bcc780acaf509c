"""What can be replayed, what a replay then consists of, and why others cannot: no TensorFlow needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.replay.reading import read_recipe
from grader.replay.unfit import Unfit
from tests.models.keras_configs import dense, layer, pooling
from tests.replay.recorded import ADAM, DROPOUT, data, model, seen, training, watched


def test_the_good_training(tmp_path: Path) -> None:
    recipe = read_recipe(seen(tmp_path))
    assert recipe.function.backbone == "VGG16"
    assert (recipe.function.pooling, recipe.function.height) == ("avg", 96)
    assert [step.class_name for step in recipe.head] == ["Dropout", "Dense"]
    (phase,) = recipe.phases
    assert (phase.epochs, phase.batch_size, phase.optimizer.class_name) == (10, 32, "Adam")
    assert phase.optimizer.settings["learning_rate"] == 0.0001
    assert phase.loss.settings == {"from_logits": True}
    assert recipe.groups == ("cats_and_dogs_filtered/train",)
    assert (recipe.examples, recipe.label_order, recipe.one_hot) == (6, (0, 1), False)


def test_nothing_of_a_students_weights_is_in_a_recipe(tmp_path: Path) -> None:
    """The digest of the pack's weights is the only one."""
    assert "d" * 64 not in read_recipe(seen(tmp_path)).model_dump_json()


@pytest.mark.parametrize(
    ("change", "scale"),
    [
        ({}, (1 / 127.5, -1.0)),
        ({"maximum": 1.0}, (2.0, -1.0)),
        ({"minimum": -1.0, "maximum": 1.0}, (1.0, 0.0)),
    ],
)  # fmt: skip
def test_three_spellings_of_one_preprocessing_are_one_function(
    tmp_path: Path, change: dict[str, float], scale: tuple[float, float]
) -> None:
    """In the model, half in the pipeline, wholly in the pipeline: the class shares the features."""
    function = read_recipe(seen(tmp_path, training(data=data(**change)), scale=scale)).function
    assert (function.scale, function.offset) == (0.0078431, -1.0)


@pytest.mark.parametrize(
    ("head", "pooled", "left"),
    [
        ((layer("Flatten", "flatten"), dense()), "none", ["Flatten", "Dense"]),
        ((layer("GlobalMaxPooling2D", "g", keepdims=False), dense(2, "softmax")), "max", ["Dense"]),
        ((layer("GlobalAveragePooling2D", "g", keepdims=True), layer("Flatten", "f"), dense()), "none",
         ["GlobalAveragePooling2D", "Flatten", "Dense"]),
        ((pooling(), layer("BatchNormalization", "bn"), dense(64, "relu", "a"), DROPOUT, dense()), "avg",
         ["BatchNormalization", "Dense", "Dropout", "Dense"]),
    ],
)  # fmt: skip
def test_heads(tmp_path: Path, head: Any, pooled: str, left: list[str]) -> None:
    recipe = read_recipe(seen(tmp_path, config=model(*head)))
    assert recipe.function.pooling == pooled
    assert [step.class_name for step in recipe.head] == left


def test_labels_the_other_way_round_stay_so(tmp_path: Path) -> None:
    recipe = read_recipe(seen(tmp_path, training(data=data(class_names=["Dog", "Cat"]))))
    assert recipe.label_order == (1, 0)


def test_a_part_of_the_images(tmp_path: Path) -> None:
    assert read_recipe(seen(tmp_path, training(data=data(batches=2, batch_size=2)))).examples == 4


def test_fine_tuning_is_left_out_and_said(tmp_path: Path) -> None:
    gentle = training(False, optimizer={"name": "Adam", "learning_rate": 1e-5})
    recipe = read_recipe(seen(tmp_path, training(call=watched()), gentle))
    assert recipe.fine_tuned
    assert recipe.left_out == ("EarlyStopping", "fine-tuning")
    assert len(recipe.phases) == 1


def test_two_trainings_in_a_row_are_two_phases(tmp_path: Path) -> None:
    recipe = read_recipe(seen(tmp_path, training(), training(epochs_requested=25, initial_epoch=10)))
    assert [(phase.epochs, phase.new_compile) for phase in recipe.phases] == [(10, True), (15, False)]


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([training(False)], "base was not frozen"),
        ([training(), training(False, optimizer={"name": "SGD", "learning_rate": 0.1})], "learning rate"),
        ([training(error="ValueError: shapes")], "never trained"),
        ([training(config=None)], "class of its own"),
        ([training(data=data(directory="my_pictures"))], "folder of its own"),
        ([training(data=data(files=None, directory=None))], "image files"),
        ([training(data=data(files=99))], "folder of its own"),
        ([training(data=data(labels_kept=False))], "labels"),
        ([training(data=data(in_class_order=True))], "order of their classes"),
        ([training(replaced=["Model.train_step"])], "train_step"),
        ([training(replaced_in_layers=["Dropout.call"])], "Dropout.call"),
        ([training(data=data(class_names=None))], "label"),
        ([training(data=data(maximum=0.0039))], "range of pixels"),
        ([training(data=data(image_shape=[None, 20, 20, 3]))], "20"),
        ([training(call={"callbacks": ["StopAt99"]})], "StopAt99"),
        ([training(callbacks=["StopAt99"])], "StopAt99"),
        ([training(call={"callbacks": ["LearningRateScheduler"]})], "LearningRateScheduler"),
        ([training(call={"callbacks": ["EarlyStopping"]})], "not recorded"),
        ([training(call=watched(better="greater"))], "EarlyStopping, to which a higher loss is better"),
        ([training(call=watched(monitor="val_accuracy"))], "a lower accuracy is better"),
        ([training(call=watched(baseline=-5.0))], "with a baseline"),
        ([training(call=watched(patience=0.0))], "without patience"),
        ([training(call=watched(patience="nan"))], "without patience"),
        ([training(call=watched(min_delta=-1e6))], "a gain below 1e[+]06 is none"),
        ([training(call=watched("ReduceLROnPlateau", factor=1e-9))], "ReduceLROnPlateau, times 1e-09"),
        ([training(call={"sample_weight": True})], "weighs"),
        ([training(epochs_requested=5000)], "5000 epochs"),
    ],
)
def test_trainings_that_cannot_be_replayed(tmp_path: Path, events: list[Any], why: str) -> None:
    with pytest.raises(Unfit, match=why):
        read_recipe(seen(tmp_path, *events))


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (model(layer("Lambda", "mine", function="x"), dense()), "rebuilt"),
        (model(training=True), "training=True"),
        (model(pooling(), dense(), optimizer={**ADAM, "module": "mine"}), "optimiser"),
        (model(pooling(), dense(), loss={"module": "builtins", "class_name": "function", "config": "my_loss"}), "loss"),
        (model(pooling(), layer("Dense", "dense", units=1, kernel_initializer={
            "module": "keras.initializers", "class_name": "Constant", "config": {"value": [[0.1], [0.2]]},
            "registered_name": None})), "written down"),
        (model(pooling(), layer("Normalization", "n", mean=1.0, variance=1.0), dense()), "Normalization"),
    ],
)  # fmt: skip
def test_models_that_cannot_be_replayed(tmp_path: Path, config: Any, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        read_recipe(seen(tmp_path, config=config))


def test_a_part_before_the_base_that_does_more_than_scale(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="more than scale"):
        read_recipe(seen(tmp_path, scale=None))
