"""What the recorder sees of real Keras code, one small notebook at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.execution.recorder.digest import array_digest, combined_digest
from grader.execution.timeline import BaseEvent, CompileEvent, LayerEvent, PredictEvent, TrainableEvent
from grader.observation.fits import read_fits
from grader.observation.places import Places
from tests.execution.notebooks import Ran, empty_pack, run_cells

pytestmark = pytest.mark.slow

FEATURE_EXTRACTION_THEN_FINE_TUNING = (
    "import numpy as np, keras",
    """
    base = keras.applications.MobileNetV2(input_shape=(32, 32, 3), include_top=False, weights=None)
    base.trainable = False
    """,
    """
    def build():
        inputs = keras.Input((32, 32, 3))
        x = keras.layers.RandomFlip("horizontal")(inputs)
        x = base(x, training=False)
        x = keras.layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, keras.layers.Dense(1)(x))
    """,
    "model = build()",
    """
    images = np.random.default_rng(0).uniform(0, 255, (8, 32, 32, 3)).astype("float32")
    labels = np.array([0, 1] * 4)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-2),
                  loss=loss,
                  metrics=["accuracy"])
    """,
    """
    %%time
    history = model.fit(images, labels, epochs=3, batch_size=4, verbose=0)
    """,
    """
    base.trainable = True
    for layer in base.layers[:100]:
        layer.trainable = False
    model.compile("sgd", loss, metrics=["accuracy"])
    """,
    """
    watch = keras.callbacks.EarlyStopping("loss", min_delta=1e-3, patience=4)
    history_fine = model.fit(images, labels, initial_epoch=3, epochs=5, batch_size=4, callbacks=[watch], verbose=0)
    """,
    "model.save('model.h5'); model.save('model.keras')",
    "print(len(history.epoch), len(history.history['loss']), len(history_fine.epoch))",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    keep = tmp_path_factory.mktemp("arrays")
    return run_cells(*FEATURE_EXTRACTION_THEN_FINE_TUNING, pack=empty_pack(keep / "pack"), keep=keep), keep


def test_the_notebook_ran_and_nothing_of_ours_went_wrong(trained: tuple[Ran, Path]) -> None:
    ran, _ = trained
    assert ran.outcome.status == "completed", ran.outcome.cells
    assert ran.events("recorder_problem") == []
    assert ran.outbox.refused == ()


def test_the_base_is_recorded_with_its_arguments_and_the_line_that_made_it(trained: tuple[Ran, Path]) -> None:
    (base,) = [event for event in trained[0].outbox.events if isinstance(event, BaseEvent)]
    assert (base.backbone, base.include_top, base.weights, base.input_shape) == (
        "MobileNetV2",
        False,
        None,
        [32, 32, 3],
    )
    assert base.place is not None
    assert (base.place.execution, base.place.line) == (2, 1)


def test_layers_are_followed_to_the_line_in_the_function_that_made_them(trained: tuple[Ran, Path]) -> None:
    made = {event.class_name: event.place for event in trained[0].outbox.events if isinstance(event, LayerEvent)}
    assert (made["RandomFlip"].execution, made["RandomFlip"].line) == (3, 3)
    assert (made["Dense"].execution, made["Dense"].line) == (3, 6)
    assert "Conv2D" not in made, "the base's own layers are not the student's"


def test_a_loop_that_freezes_layers_is_one_event(trained: tuple[Ran, Path]) -> None:
    flags = [event for event in trained[0].outbox.events if isinstance(event, TrainableEvent)]
    assert [(event.value, len(event.uids), event.place.line) for event in flags] == [
        (False, 1, 2),
        (True, 1, 1),
        (False, 100, 3),
    ]


def test_the_compile_call_is_found_over_several_lines(trained: tuple[Ran, Path]) -> None:
    compiled = [event for event in trained[0].outbox.events if isinstance(event, CompileEvent)]
    assert [(event.place.execution, event.place.line) for event in compiled] == [(5, 4), (7, 4)]


def test_a_frozen_base_does_not_move_and_the_head_does(trained: tuple[Ran, Path]) -> None:
    first, second = trained[0].fits
    head = next(entry for entry in first.layers if entry.class_name == "Dense")
    assert head.before != head.after
    inside = [entry for entry in first.layers if entry.path[0].startswith("mobilenetv2") and entry.after]
    assert len(inside) == 104
    assert all(entry.before == entry.after for entry in inside)
    later = [entry for entry in second.layers if entry.path[0].startswith("mobilenetv2") and entry.after]
    assert any(entry.before != entry.after for entry in later), "fine-tuning moves the upper layers"


def test_under_time_magic_the_fit_is_found_below_the_magic_line(trained: tuple[Ran, Path]) -> None:
    first = trained[0].fits[0]
    assert first.place is not None
    assert (first.place.execution, first.place.line) == (6, 2)


def test_what_was_asked_and_what_was_compiled(trained: tuple[Ran, Path]) -> None:
    first, second = trained[0].fits
    assert (first.epochs_requested, first.epochs_run, first.shortened) == (3, 3, False)
    assert (second.initial_epoch, second.epochs_requested, second.epochs_run) == (3, 5, 2)
    assert first.loss is not None
    assert (first.loss.name, first.loss.from_logits) == ("BinaryCrossentropy", True)
    assert (first.optimizer.name, second.optimizer.name) == ("Adam", "SGD")
    assert first.optimizer.learning_rate == pytest.approx(1e-2)
    assert sorted(first.history) == ["accuracy", "loss"]


def test_when_a_callback_would_have_ended_the_training(trained: tuple[Ran, Path]) -> None:
    first, second = (fit.call for fit in trained[0].fits)
    assert first is not None
    assert second is not None
    assert not first.monitors
    watch = second.monitors[0]
    assert (watch.name, watch.monitor, watch.better, watch.patience) == ("EarlyStopping", "loss", "less", 4)
    assert watch.min_delta == pytest.approx(-1e-3), "Keras turns its sign for what should get less"


def test_the_range_of_the_data_is_seen(trained: tuple[Ran, Path]) -> None:
    data = trained[0].fits[0].data
    assert data is not None
    assert data.kind == "array"
    assert data.minimum is not None
    assert data.maximum is not None
    assert 0 <= data.minimum < 5
    assert 250 < data.maximum <= 255


def test_weights_lie_in_files_without_pickle_under_their_own_digest(trained: tuple[Ran, Path]) -> None:
    ran, keep = trained
    stored = {}
    for path in sorted(keep.glob("arrays-*.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            stored.update({name: arrays[name] for name in arrays.files})
    assert all(array_digest(array) == name for name, array in stored.items())
    assert {entry.digest for fit in ran.fits for entry in fit.weights} <= set(stored)
    base = next(event for event in ran.outbox.events if isinstance(event, BaseEvent))
    frozen = [entry.digest for entry in ran.fits[0].weights][:-2]
    assert combined_digest(frozen) == base.weights_digest, "the base was trained by nobody"


def test_a_capped_run_is_short_and_the_history_still_fits_the_plots(tmp_path: Path) -> None:
    how = "from matplotlib_inline.config import InlineBackend; print(InlineBackend.instance().print_figure_kwargs)"
    ran = run_cells(how, *FEATURE_EXTRACTION_THEN_FINE_TUNING, pack=empty_pack(tmp_path), policy="capped")
    assert ran.outcome.status == "completed", ran.outcome.cells
    assert [(fit.shortened, fit.epochs_run, fit.epochs_requested) for fit in ran.fits] == [(True, 1, 3), (True, 1, 5)]
    assert ran.printed[-1].split() == ["3", "3", "2"]
    assert ran.printed[0] == "{'bbox_inches': None}\n", "a figure is drawn once"


def test_a_capped_run_predicts_one_batch_and_hands_out_a_row_for_each_image(tmp_path: Path) -> None:
    ran = run_cells(
        """
        import numpy as np, keras, tensorflow as tf
        from pathlib import Path
        counted = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
        images = np.random.default_rng(0).uniform(0, 255, (70, 8, 8, 3)).astype("float32")
        for number, image in enumerate(images[:9]):
            folder = Path("pictures") / "ab"[number % 2]
            folder.mkdir(parents=True, exist_ok=True)
            keras.utils.save_img(folder / f"{number}.png", image)
        files = keras.utils.image_dataset_from_directory("pictures", image_size=(8, 8), batch_size=2)
        flow = keras.src.legacy.preprocessing.image.ImageDataGenerator().flow_from_directory(
            "pictures", target_size=(8, 8), batch_size=4)
        """,
        """
        many = counted.predict(images, verbose=0)
        print(many.shape, len(np.unique(many[:, 0])) < 70, len(counted.predict(images[:32], verbose=0)))
        mapped = files.map(lambda x, y: (x, y)).prefetch(1)
        print(len(counted.predict(mapped, verbose=0)), len(counted.predict(flow, verbose=0)))
        print(len(counted.predict(tf.data.Dataset.from_tensor_slices(images).batch(32), verbose=0)))
        """,
        pack=empty_pack(tmp_path), policy="capped",
    )  # fmt: skip
    assert ran.outcome.status == "completed", ran.outcome.cells
    printed = "\n".join(ran.printed)
    assert [line for line in ("(70, 2) True 32", "\n9 9\n", "\n70") if line not in printed] == []
    assert sum(isinstance(event, PredictEvent) for event in ran.outbox.events) == 3


def test_other_ways_to_hand_over_data(tmp_path: Path) -> None:
    ran = run_cells(
        """
        import numpy as np, keras, tensorflow as tf
        images = np.random.default_rng(0).uniform(0, 255, (8, 16, 16, 3)).astype("float32")
        labels = np.array([0, 1] * 4)
        flip = keras.layers.RandomFlip("horizontal")
        """,
        """
        model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy")
        dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(4)
        augmented = dataset.map(lambda x, y: (tf.image.random_flip_left_right(x / 255.0), y)).prefetch(1)
        model.fit(augmented, validation_data=dataset, verbose=0)
        """,
        "model.fit(dataset.map(lambda x, y: (flip(x, training=True), y)), verbose=0)",
        """
        from tensorflow.keras.preprocessing.image import ImageDataGenerator
        generator = ImageDataGenerator(rescale=1/255, horizontal_flip=True, rotation_range=20)
        model.fit(generator.flow(images, labels, batch_size=4), verbose=0)
        """,
        """
        def batches():
            while True:
                yield images[:4], labels[:4]
        model.fit(batches(), steps_per_epoch=1, verbose=0)
        """,
        """
        def note(x, y):
            return x / 255.0, y
        raw = tf.data.Dataset.from_tensor_slices((images, labels))
        cached = raw.cache().shuffle(8).map(note).batch(4).prefetch(1)
        model.fit(cached, verbose=0)
        print(sum(len(y) for x, y in cached), sum(len(y) for x, y in cached))
        """,
        """
        model.save("kept.keras")
        keras.models.load_model("kept.keras").evaluate(images, labels, verbose=0)  # as compiled as it was saved
        """,
        pack=empty_pack(tmp_path),
    )
    assert ran.outcome.status == "completed", ran.outcome.cells
    in_map, layer_in_map, by_generator, plain, cached = (fit.data for fit in ran.fits)
    assert cached is not None
    assert (cached.batches, cached.image_shape) == (2, [None, 16, 16, 3])
    assert cached.maximum is not None
    assert 0.9 < cached.maximum <= 1.0, "seen above the cache, with what happens below it"
    assert "8 8\n" in ran.printed[5], "looking at the data leaves the cache alone"
    assert in_map is not None
    assert (in_map.kind, in_map.batches, in_map.image_shape) == ("tf.data", 2, [None, 16, 16, 3])
    assert in_map.maximum is not None
    assert in_map.maximum <= 1.0
    assert "flip_left_right" in in_map.pipeline_operations
    assert layer_in_map is not None
    assert "random_flip" in layer_in_map.pipeline_operations
    assert by_generator is not None
    assert by_generator.kind == "ImageDataGenerator"
    assert set(by_generator.pipeline_operations) == {"horizontal_flip=True", "rotation_range=20"}
    assert plain is not None
    assert plain.kind == "generator"
    first = ran.fits[0]
    dense = next(entry for entry in first.layers if entry.class_name == "Dense")
    assert dense.before == [], "a Sequential without an input has no weights before its first fit"


@pytest.mark.parametrize(("framework", "frozen"), [("keras3", "partial"), ("tf_keras", "yes")])
def test_flags_are_read_as_that_keras_reads_them(tmp_path: Path, framework: str, frozen: str) -> None:
    """A layer opened inside a frozen base trains in Keras 3, and stands still in Keras 2."""
    ran = run_cells(
        """
        import keras, numpy as np
        keras.utils.set_random_seed(1)
        base = keras.applications.VGG16(input_shape=(32, 32, 3), include_top=False, weights=None)
        base.trainable = False
        base.get_layer("block5_conv3").trainable = True
        model = keras.Sequential([base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.random.uniform(0, 255, (4, 32, 32, 3)), 100 * np.arange(4.0), verbose=0)
        """,
        pack=empty_pack(tmp_path), framework=framework,
    )  # fmt: skip
    (observed,) = read_fits(ran.outbox.events, Places(()))
    assert observed.fit.base is not None
    assert observed.fit.base.frozen == frozen
    assert observed.fit.base.moved is (frozen == "partial")


def test_a_callback_of_ones_own_with_a_name_of_keras_costs_no_record(tmp_path: Path) -> None:
    ran = run_cells(
        """
        import keras, numpy as np
        class EarlyStopping(keras.callbacks.Callback):
            pass
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.ones((4, 2)), np.ones(4), callbacks=[EarlyStopping()], verbose=0)
        """,
        pack=empty_pack(tmp_path),
    )  # fmt: skip
    (fit,) = ran.fits
    assert fit.callbacks == ["EarlyStopping"]
    assert fit.call is not None
    assert not fit.call.monitors
