"""Models rebuilt and measured in the clean process. Needs TensorFlow."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from grader.errors import InfrastructureError
from grader.evidence.model import Measurement, Range
from grader.execution.recorder.digest import array_digest, combined_digest
from grader.models.measuring import MeasureRequest, MeasuringProcess, WeightRef

pytestmark = pytest.mark.slow
SIZE = (96, 96, 3)


@pytest.fixture(scope="module")
def process() -> Iterator[MeasuringProcess]:
    with MeasuringProcess() as running:
        yield running


@pytest.fixture(scope="module")
def heldout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight dark and eight bright pictures: a brightness threshold tells the classes apart."""
    folder = tmp_path_factory.mktemp("heldout")
    random = np.random.default_rng(3)
    for name, low, high in (("dark", 0, 120), ("light", 136, 256)):
        (folder / name).mkdir()
        for number in range(8):
            pixels = random.integers(low, high, (80, 100, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def request_for(tmp_path: Path, heldout: Path) -> Any:
    """What the recorder would hand over about a model."""

    def make(model: Any, **facts: Any) -> MeasureRequest:
        import keras

        arrays = [np.asarray(weight) for weight in model.weights]
        named: dict[str, Any] = {array_digest(array): array for array in arrays}
        np.savez(tmp_path / "weights.npz", **named)
        refs = [
            WeightRef(path=weight.path, digest=array_digest(array), shape=array.shape, dtype=array.dtype.str)
            for weight, array in zip(model.weights, arrays, strict=True)
        ]
        config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
        given = {"pipeline_range": (0.0, 255.0), "loss": "binary_crossentropy", "loss_from_logits": False, **facts}
        return MeasureRequest(
            config=config,
            weights=tuple(refs),
            arrays=(tmp_path / "weights.npz",),
            heldout=heldout,
            classes=("dark", "light"),
            **given,
        )

    return make


def brightness(*before: Any, activation: str = "sigmoid", border: float = 127.5, steepness: float = 1.0) -> Any:
    """A model that answers by mean brightness: right on every held-out picture when fed what it expects."""
    import keras

    model = keras.Sequential(
        [keras.Input(SIZE), *before, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1, activation)]
    )
    model.layers[-1].set_weights(
        [np.full((3, 1), steepness / 3, "float32"), np.array([-border], "float32") * steepness]
    )
    return model


def mobilenet(*, scaled: bool = True, augmented: bool = True, flat: bool = False) -> tuple[Any, Any]:
    """The tutorial's model with random weights, and its base."""
    import keras

    inputs = keras.Input(SIZE)
    x = keras.Sequential([keras.layers.RandomFlip(), keras.layers.RandomRotation(0.2)])(inputs) if augmented else inputs
    x = keras.applications.mobilenet_v2.preprocess_input(x) if scaled else x
    settings = {"weights": None, "include_top": False}
    if flat:
        base = keras.applications.MobileNetV2(input_tensor=x, **settings)
        x = base.output
    else:
        base = keras.applications.MobileNetV2(input_shape=SIZE, **settings)
        x = base(x, training=False)
    x = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, keras.layers.Dense(1)(x)), base


def test_a_model_that_is_right_on_every_picture(process: MeasuringProcess, request_for: Any) -> None:
    found = process.measure(request_for(brightness()))
    assert found.problem is None
    assert (found.accuracy, found.correct, found.examples) == (1.0, 16, 16)
    assert (found.labels_swapped_accuracy, found.threshold, found.output_kind) == (0.0, 0.5, "probability")
    assert not found.constant_prediction
    assert not found.not_finite


def test_the_data_pipelines_scaling_is_repeated(process: MeasuringProcess, request_for: Any) -> None:
    unit = brightness(border=0.5)
    assert process.measure(request_for(unit, pipeline_range=(0.0, 1.0))).accuracy == 1.0
    assert process.measure(request_for(unit, pipeline_range=(0.0, 255.0))).constant_prediction
    signed = brightness(border=0.0, activation="linear")
    found = process.measure(request_for(signed, pipeline_range=(-1.0, 0.99), loss_from_logits=True))
    assert (found.accuracy, found.threshold, found.output_kind) == (1.0, 0.0, "logit")


def test_an_unknown_scaling_is_said_and_not_guessed(process: MeasuringProcess, request_for: Any) -> None:
    found = process.measure(request_for(brightness(), pipeline_range=(-123.7, 151.0)))
    assert (found.rebuilt, found.accuracy) == (True, None)
    assert "between -123.7 and 151" in (found.problem or "")


def test_swapped_labels_nan_weights_and_constants_are_named(process: MeasuringProcess, request_for: Any) -> None:
    swapped = process.measure(request_for(brightness(steepness=-1.0)))
    assert (swapped.accuracy, swapped.labels_swapped_accuracy) == (0.0, 1.0)
    broken = process.measure(request_for(brightness(steepness=float("nan"))))
    assert (broken.not_finite, broken.accuracy) == (True, 0.0)
    assert process.measure(request_for(brightness(border=1e6))).constant_prediction


@pytest.mark.parametrize("flat", [False, True], ids=["nested base", "flat base"])
def test_what_reaches_the_base_of_the_tutorials_model(process: MeasuringProcess, request_for: Any, flat: bool) -> None:
    model, base = mobilenet(flat=flat)
    weights = base.weights
    digest = combined_digest([array_digest(np.asarray(weight)) for weight in weights])
    found = process.measure(request_for(model, wanted_weights={"no_top.h5": digest, "other.h5": "0" * 64}))
    assert found.problem is None
    assert found.base_input_range == found.wanted_base_input_range == Range(minimum=-1, maximum=1)
    assert found.pipeline_range == Range(minimum=0, maximum=255)
    assert (found.augmentation_changes_training, found.augmentation_changes_prediction) == (True, False)
    assert (found.base_weights_digest, found.base_weights_are) == (digest, "no_top.h5")
    assert found.examples == 16


def test_a_model_built_for_one_image_at_a_time_gets_the_darkest_and_the_brightest(
    process: MeasuringProcess, request_for: Any
) -> None:
    from keras import Input, Model, applications, layers

    inputs = Input(batch_shape=(1, *SIZE))
    base = applications.MobileNetV2(input_shape=SIZE, weights=None, include_top=False)
    x = layers.GlobalAveragePooling2D()(base(layers.RandomFlip("horizontal")(inputs), training=False))
    found = process.measure(request_for(Model(inputs, layers.Dense(1, "sigmoid")(x)), pipeline_range=(-1.0, 1.0)))
    assert found.base_input_range == found.wanted_base_input_range
    assert (found.augmentation_changes_training, found.augmentation_changes_prediction) == (True, False)


def test_layers_that_change_nothing_are_found_one_by_one(process: MeasuringProcess, request_for: Any) -> None:
    """Beside a flip and a dropout that work: a turn all the way round, a turn by nothing, branches that come to 0."""
    from keras import Input, Model, applications, layers

    inputs = Input(SIZE)
    flipped = layers.RandomFlip(name="flip")(inputs)
    turned = layers.RandomRotation((1.0, 1.0), name="whole_turn")(flipped)
    turned = layers.RandomRotation(1e-9, name="no_turn")(turned)
    turned = layers.RandomRotation(0.2, name="turn")(turned)
    lost = layers.Rescaling(0.0)(layers.RandomRotation(0.2, name="lost")(turned))
    x = applications.mobilenet_v2.preprocess_input(layers.Add()([turned, lost]))
    base = applications.MobileNetV2(input_shape=SIZE, weights=None, include_top=False)
    x = layers.GlobalAveragePooling2D()(base(x, training=False))
    kept = layers.Dropout(0.2, name="kept")(x)
    x = layers.Add()([kept, layers.Rescaling(0.0)(layers.Dropout(0.2, name="thrown_away")(x))])
    found = process.measure(request_for(Model(inputs, layers.Dense(1, "sigmoid")(x))))
    assert found.problem is None
    assert sorted(found.idle_layers) == ["lost", "no_turn", "thrown_away", "whole_turn"]
    model, _ = mobilenet()
    assert process.measure(request_for(model)).idle_layers == ()


def test_scaled_twice_and_not_at_all(process: MeasuringProcess, request_for: Any) -> None:
    model, _ = mobilenet(augmented=False)
    twice = process.measure(request_for(model, pipeline_range=(0.0, 1.0)))
    assert twice.base_input_range is not None
    assert twice.base_input_range.maximum == pytest.approx(-0.992, abs=1e-3)
    assert twice.augmentation_changes_training is False
    model, _ = mobilenet(scaled=False, augmented=False)
    assert process.measure(request_for(model)).base_input_range == Range(minimum=0, maximum=255)


def test_what_does_not_fit_is_a_problem_of_the_model(process: MeasuringProcess, request_for: Any) -> None:
    good = request_for(brightness())
    fewer = process.measure(good.model_copy(update={"weights": good.weights[:1]}))
    assert (fewer.rebuilt, "1 weights" in (fewer.problem or "")) == (False, True)
    config = copy.deepcopy(good.config)
    config["config"]["layers"][1]["class_name"] = "Lambda"
    hostile = process.measure(good.model_copy(update={"config": config}))
    assert (hostile.rebuilt, "keras.layers.Lambda" in (hostile.problem or "")) == (False, True)
    config = copy.deepcopy(good.config)
    config["config"]["layers"][1]["config"]["data_format"] = "sideways"
    assert "Keras can build" in (process.measure(good.model_copy(update={"config": config})).problem or "")


def test_what_compile_stored_is_not_sent(process: MeasuringProcess, request_for: Any) -> None:
    good = request_for(brightness())
    deep: Any = "\ud800"
    for _ in range(5000):
        deep = [deep]
    config = {**good.config, "compile_config": {"loss": deep}}
    assert process.measure(good.model_copy(update={"config": config})).accuracy == 1.0


def test_held_out_images_are_read_as_keras_reads_them(tmp_path: Path) -> None:
    import keras

    from grader.models.heldout import HeldOutImages

    random = np.random.default_rng(5)
    for name, suffix in (("a", "jpg"), ("b", "png")):
        (tmp_path / name).mkdir()
        for number, size in enumerate([(375, 500, 3), (90, 61, 3), (40, 200, 3)]):
            pixels = random.integers(0, 256, size, dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.{suffix}")
    images, labels = HeldOutImages().load(tmp_path, ("a", "b"), 96, 80)
    dataset = keras.utils.image_dataset_from_directory(tmp_path, image_size=(96, 80), shuffle=False, verbose=False)
    wanted, wanted_labels = next(dataset.as_numpy_iterator())
    assert np.array_equal(images, wanted)
    assert labels.tolist() == wanted_labels.tolist()


def test_missing_held_out_images_are_our_failure(process: MeasuringProcess, request_for: Any, tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="held-out images"):
        process.measure(request_for(brightness()).model_copy(update={"heldout": tmp_path / "nowhere"}))


def test_a_model_that_eats_the_memory_ends_the_process_and_not_the_batch(request_for: Any) -> None:
    import keras

    greedy = request_for(brightness(keras.layers.UpSampling2D(2048)))
    with MeasuringProcess(memory=3 * 2**30) as process:
        found: Measurement = process.measure(greedy)
        assert found.accuracy is None
        assert found.problem is not None
        assert process.measure(request_for(brightness())).accuracy == 1.0


def test_a_model_that_takes_too_long_is_stopped(process: MeasuringProcess, request_for: Any) -> None:
    request = request_for(brightness())
    process.start()
    found = process.measure(request, timeout=0.001)
    assert (found.rebuilt, "longer than 0.001 s" in (found.problem or "")) == (False, True)
    assert process.measure(request).accuracy == 1.0


def test_no_request_reaches_the_next_and_the_process_stays_as_warm_and_clean_as_it_was(request_for: Any) -> None:
    before = {child.pid for child in psutil.Process().children()}
    with MeasuringProcess() as process:
        process.start()
        (server,) = [child for child in psutil.Process().children() if child.pid not in before]
        assert server.num_threads() == 1
        for timeout in (60.0, 0.001, 60.0):
            process.measure(request_for(brightness()), timeout=timeout)
        assert server.is_running()
        assert server.children() == []
        assert server.num_threads() == 1


@pytest.mark.parametrize("whole", [True, False])
def test_what_the_system_killed_measures_again(request_for: Any, whole: bool) -> None:
    """Short of memory, the system ends the process, or only the fork that is at work: the model did nothing."""
    before = {child.pid for child in psutil.Process().children()}
    with MeasuringProcess() as process:
        process.start()
        (server,) = [child for child in psutil.Process().children() if child.pid not in before]
        killed: list[psutil.Process] = []

        def kill() -> None:
            while not (forks := server.children()):
                time.sleep(0.001)
            killed.append(server if whole else forks[0])
            killed[0].kill()

        killing = threading.Thread(target=kill)
        killing.start()
        found = process.measure(request_for(brightness()))
        killing.join()
        assert len(killed) == 1
        assert (found.accuracy, found.problem) == (1.0, None)


def test_a_process_that_cannot_start_is_our_failure(request_for: Any) -> None:
    request = request_for(brightness())
    with MeasuringProcess(command_prefix=("false",)) as broken, pytest.raises(InfrastructureError, match="to start"):
        broken.measure(request)
