"""What a notebook says about the lab, read without running it: a fragment, and what is found in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.evidence.model import Cell, Scalar, Statement
from grader.source import read_statements
from tests.source.cells import code_cells


def read(*sources: str) -> list[Statement]:
    return list(read_statements(code_cells(*sources)))


def topics(*sources: str) -> list[str]:
    return [statement.topic for statement in read(*sources)]


def settings_of(topic: str, *sources: str) -> dict[str, Scalar]:
    (statement,) = [statement for statement in read(*sources) if statement.topic == topic]
    return statement.settings


TUTORIAL = (
    """
    import tensorflow as tf
    base_learning_rate = 0.0001
    augment = tf.keras.Sequential([
      tf.keras.layers.RandomFlip('horizontal'),
      tf.keras.layers.RandomRotation(0.2),
    ])
    """,
    """
    base_model = tf.keras.applications.MobileNetV2(input_shape=(160, 160, 3),
                                                   include_top=False,
                                                   weights='imagenet')
    base_model.trainable = False
    """,
    """
    x = tf.keras.applications.mobilenet_v2.preprocess_input(augment(inputs))
    x = base_model(x, training=False)
    x = tf.keras.layers.GlobalAveragePooling2D()(x)
    x = tf.keras.layers.Dropout(0.2)(x)
    outputs = tf.keras.layers.Dense(1)(x)
    model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=base_learning_rate),
                  loss=tf.keras.losses.BinaryCrossentropy(from_logits=True))
    history = model.fit(train, epochs=10, validation_data=valid)
    """,
)


def test_a_notebook_in_the_tutorials_style_is_read_in_order() -> None:
    assert topics(*TUTORIAL) == [
        "augmentation", "augmentation", "base", "freeze", "preprocessing", "pooling", "dropout", "classifier",
        "compile", "fit",
    ]  # fmt: skip


def test_a_place_spans_the_whole_statement() -> None:
    base = next(s for s in read(*TUTORIAL) if s.topic == "base")
    assert (base.place.cell, base.place.code_cell, base.place.first_line, base.place.last_line) == (2, 2, 1, 3)


def test_settings_follow_names_and_keep_keras_defaults() -> None:
    statements = {s.topic: s.settings for s in read(*TUTORIAL)}
    assert statements["base"] == {
        "backbone": "MobileNetV2",
        "include_top": False,
        "weights": "imagenet",
        "pooling": None,
    }
    assert statements["compile"] == {
        "model": "model", "optimizer": "Adam", "learning_rate": 0.0001,
        "loss": "BinaryCrossentropy", "from_logits": True,
    }  # fmt: skip
    assert statements["fit"] == {"model": "model", "epochs": 10, "validation_data": "valid"}
    assert statements["dropout"] == {"name": "Dropout", "rate": 0.2}
    assert statements["classifier"] == {"name": "Dense", "units": 1, "last": True}


@pytest.mark.parametrize(
    "source",
    [
        "from tensorflow.keras.applications import MobileNetV2 as M\nb = M(include_top=False)",
        "import keras\nb = keras.applications.mobilenet_v2.MobileNetV2(include_top=False)",
        "from keras import applications as apps\nb = apps.MobileNetV2(include_top=False)",
        "import tensorflow.keras.applications as apps\nb = apps.MobileNetV2(include_top=False)",
        "from tensorflow.keras.applications import *\nb = MobileNetV2(include_top=False)",
        "import tensorflow as tf\nMake = tf.keras.applications.MobileNetV2\nb = Make(include_top=False)",
        "import tf_keras\nb = tf_keras.applications.MobileNetV2((160, 160, 3), 1.0, False)",
        "def build():\n    import keras\n    return keras.applications.MobileNetV2(include_top=False)",
    ],
)
def test_the_base_is_found_however_it_is_imported(source: str) -> None:
    base = settings_of("base", source)
    assert (base["backbone"], base["include_top"]) == ("MobileNetV2", False)


def test_a_function_of_ones_own_with_a_backbones_name_is_no_base() -> None:
    assert "base" not in topics("def VGG16():\n    return 1", "model = VGG16()")


def test_somebody_elses_class_of_that_name_is_no_base() -> None:
    assert "base" not in topics("from torchvision.models import VGG16\nVGG16()")


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        ("MobileNetV2()", {"include_top": True, "weights": "imagenet", "pooling": None}),
        ("MobileNetV2(weights=None)", {"include_top": True, "weights": None, "pooling": None}),
        (
            "MobileNetV2(weights='/c/my.h5', pooling='avg')",
            {"include_top": True, "weights": "my.h5", "pooling": "avg"},
        ),
        ("MobileNetV2(include_top=flag)", {"weights": "imagenet", "pooling": None}),
        ("MobileNetV2(**options)", {}),
    ],
)
def test_settings_of_the_base(source: str, settings: dict[str, Scalar]) -> None:
    assert settings_of("base", source) == {"backbone": "MobileNetV2", **settings}


@pytest.mark.parametrize(
    ("source", "topic", "target"),
    [
        ("base.trainable = False", "freeze", "base"),
        ("base.trainable = True", "unfreeze", "base"),
        ("setattr(base, 'trainable', False)", "freeze", "base"),
        ("for layer in base.layers[:100]:\n    layer.trainable = False", "freeze", "base.layers[:100]"),
        ("[setattr(l, 'trainable', False) for l in base.layers]", "freeze", "l"),
        ("FROZEN = False\nbase.trainable = FROZEN", "freeze", "base"),
    ],
)
def test_freezing_and_unfreezing(source: str, topic: str, target: str) -> None:
    (statement,) = read(source)
    assert (statement.topic, statement.settings["target"]) == (topic, target)


def test_a_freezing_loop_is_shown_as_a_whole() -> None:
    (statement,) = read("for layer in base.layers:\n    layer.trainable = False\nprint(1)")
    assert (statement.place.first_line, statement.place.last_line) == (1, 2)


def test_freezing_some_layers_by_a_condition_is_partial() -> None:
    (statement,) = read("for i, layer in enumerate(base.layers):\n    layer.trainable = i > 100")
    assert statement.topic == "freeze"
    assert statement.settings["partial"] is True


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("layers.experimental.preprocessing.RandomFlip('horizontal')", {"name": "RandomFlip", "mode": "horizontal"}),
        ("layers.RandomRotation((-0.1, 0.1))", {"name": "RandomRotation", "factor": "(-0.1, 0.1)"}),
        ("tf.image.random_flip_left_right(x)", {"name": "tf.image.random_flip_left_right"}),
        (
            "ImageDataGenerator(horizontal_flip=True, zoom_range=0)",
            {"name": "ImageDataGenerator", "horizontal_flip": True},
        ),
    ],
)
def test_augmentation(source: str, expected: dict[str, Scalar]) -> None:
    assert settings_of("augmentation", source) == expected


def test_an_initialiser_and_an_unused_import_are_no_augmentation() -> None:
    assert "augmentation" not in topics("from keras.layers import RandomFlip", "keras.initializers.RandomNormal()")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = layers.Rescaling(1./127.5, offset=-1)(x)", {"name": "Rescaling", "scale": 1 / 127.5, "offset": -1}),
        ("image = tf.cast(image, tf.float32) / 255.0", {"name": "arithmetic", "scale": 1 / 255.0, "offset": 0.0}),
        ("x = x * (1. / 255)", {"name": "arithmetic", "scale": 1 / 255, "offset": 0.0}),
        ("x = x / 127.5 - 1", {"name": "arithmetic", "scale": 1 / 127.5, "offset": -1.0}),
        ("x /= 255", {"name": "arithmetic", "scale": 1 / 255, "offset": 0.0}),
        ("ImageDataGenerator(rescale=1./255)", {"name": "ImageDataGenerator", "rescale": 1 / 255}),
        (
            "from keras.applications.vgg16 import preprocess_input as p\np(x)",
            {"name": "preprocess_input", "module": "vgg16"},
        ),
        (
            "import keras\nds = ds.map(keras.applications.resnet50.preprocess_input)",
            {"name": "preprocess_input", "module": "resnet50"},
        ),
    ],
)
def test_preprocessing(source: str, expected: dict[str, Scalar]) -> None:
    assert settings_of("preprocessing", source) == expected


def test_scaling_for_a_picture_on_the_screen_is_no_preprocessing() -> None:
    assert topics("plt.imshow(image / 255)", "share = 1 / 255", "half = n / 2") == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "m.compile('adam', 'binary_crossentropy')",
            {"optimizer": "adam", "loss": "binary_crossentropy", "from_logits": False},
        ),
        ("m.compile(loss='mse', optimizer='sgd')", {"optimizer": "sgd", "loss": "mse"}),
        (
            "opt = keras.optimizers.Adam(10 ** -4 / 10)\nm.compile(opt, loss=keras.losses.BinaryCrossentropy())",
            {"optimizer": "Adam", "learning_rate": 1e-05, "loss": "BinaryCrossentropy", "from_logits": False},
        ),
        (
            "m.compile(keras.optimizers.RMSprop(lr=1e-5), loss=keras.losses.BinaryCrossentropy(from_logits=flag))",
            {"optimizer": "RMSprop", "learning_rate": 1e-05, "loss": "BinaryCrossentropy"},
        ),
    ],
)
def test_compile(source: str, expected: dict[str, Scalar]) -> None:
    assert settings_of("compile", source) == {"model": "m", **expected}


def test_epochs_are_added_up_from_names() -> None:
    source = "first = 10\nmore = 5\nmodel.fit(ds, epochs=first + more, initial_epoch=first)"
    assert settings_of("fit", source) == {"model": "model", "validation_data": None, "epochs": 15, "initial_epoch": 10}


def test_other_things_that_compile_and_fit_are_left_out() -> None:
    assert topics("import re\nre.compile('x')", "from sklearn.svm import SVC\nc = SVC()\nc.fit(x, y)") == []
    assert "fit" not in topics("g = ImageDataGenerator(rotation_range=2)\ng.fit(x)")


def test_only_the_classifier_before_compile_is_marked_last() -> None:
    statements = read(
        "Dense(64, activation='relu')(x)\nDense(1, activation='sigmoid')(x)\nm.compile('adam', 'mse')\nDense(9)"
    )
    assert [s.settings.get("last") for s in statements if s.topic == "classifier"] == [None, True, None]


def test_magics_and_shell_do_not_shift_lines() -> None:
    source = """
    %matplotlib inline
    !pip install -q "keras" \\
        tensorflow
    files = !ls
    if not done:
        !wget -O {path} {url}
    base.trainable = False
    model.summary?
    %time model.fit(ds)
    """
    assert [(s.topic, s.place.first_line) for s in read(source)] == [("freeze", 7), ("fit", 9)]


def test_cell_magics() -> None:
    assert topics("%%time\nmodel.fit(ds)") == ["fit"]
    assert (
        topics("\n%%bash\nmodel.fit(ds)", "%%writefile x.py\nbase.trainable = False", "%%javascript\nmodel.fit(ds)")
        == []
    )


def test_an_operator_at_the_start_of_a_line_is_no_magic() -> None:
    assert topics("print('a %d'\n      % 3)\nmodel.fit(ds)\n!ls") == ["fit"]


def test_what_stands_around_a_syntax_error_is_still_read() -> None:
    source = """
    base.trainable = False
    history = model.fit(
        train,
    print("oops"
    model.compile('adam', 'mse')
    x = = 1
    model.fit(train)
    """
    assert [(s.topic, s.place.first_line) for s in read(source)] == [("freeze", 1), ("compile", 5), ("fit", 7)]


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5_000 + ")" * 5_000,
        "x = " + "-" * 50_000 + "1",
        "x = a" + ".b" * 50_000,
        "x = a" + "()" * 20_000,
        "x = 1" + "+1" * 50_000,
        "x = " + "9" * 100_000,
        "if a:\n pass\n" + "elif a:\n base.trainable = False\n" * 5_000,
        "base.trainable = False\0",
        "x = '\ud800'",
        "x = 10 ** 10 ** 10 ** 10",
        "'''" * 9_999,
        "f(\n" * 3_000,
        "def f():\n a=1\n" * 5_000,
        "model.fit(x)\n" * 20_000,
    ],
)
def test_hostile_sources_end_quietly(source: str) -> None:
    cells = (Cell(position=1, code_cell=1, kind="code", source=source),)
    for statement in read_statements(cells):
        statement.model_dump_json()


PIECES = st.sampled_from(
    """
    model .fit( .compile( base .trainable = False True \n \n\n ( ) [ ] { } ' \" \'\'\' \"\"\" % ! %%time ? \\ # : for
    x in if else def f lambda Dense MobileNetV2 RandomFlip import from keras as / 255 1e999 9999999999999999999 , ; @
    await \x00 \ud800 \x0c \r
    """.split(" ")  # noqa: SIM905 - as a list it would fill a page
)


@given(
    st.lists(PIECES, max_size=40).map(" ".join) | st.lists(PIECES, max_size=40).map("".join) | st.text(st.characters())
)
@settings(max_examples=500, deadline=None)
def test_any_text_gives_statements_and_never_an_exception(source: str) -> None:
    lines = source.count("\n") + 1
    for statement in read_statements((Cell(position=3, code_cell=2, kind="code", source=source),)):
        assert 1 <= statement.place.first_line <= statement.place.last_line <= lines
        statement.model_dump_json()


def test_a_loss_of_ones_own_has_the_name_it_was_given() -> None:
    named = "def my_loss(a, b):\n    return a - b\nmodel.compile(loss=my_loss)"
    assert settings_of("compile", named)["loss"] == "my_loss"
    made = "def focal(gamma):\n    return lambda a, b: a\nmodel.compile('adam', loss=focal(2.0))"
    assert "loss" not in settings_of("compile", made)


def test_a_preset_of_keras_hub_is_a_base() -> None:
    source = "import keras_hub\nbase = keras_hub.models.Backbone.from_preset('xception_41_imagenet', trainable=False)"
    assert settings_of("base", source)["backbone"] == "keras_hub.Backbone"
    assert topics("import keras_hub\nmake = keras_hub.layers.ImageConverter.from_preset('xception_41_imagenet')") == []
