"""Which code of a notebook may have a part in how its weights come about: a fragment, and what is named."""

from __future__ import annotations

import pytest

from grader.source import read_statements
from tests.source.cells import code_cells

KERAS = "import tensorflow as tf\nfrom tensorflow import keras\nfrom keras.callbacks import EarlyStopping\n"


def own_code(source: str) -> list[str]:
    found = read_statements(code_cells(KERAS + source))
    return [str(each.settings["what"]) for each in found if each.topic == "own_code"]


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("class Mine(keras.Model):\n    def call(self, x):\n        return x", "a class of its own (`Mine`)"),
        ("class Stop(keras.callbacks.Callback):\n    pass", "a class of its own (`Stop`)"),
        ("def loss(a, b):\n    return a - b\nmodel.compile(loss=loss)", "a function or class of its own as `loss`"),
        ("model.compile('adam', lambda a, b: a)", "a function or class of its own given to `compile`"),
        (
            "class Stop(object):\n    pass\nmodel.fit(x, callbacks=[EarlyStopping(), Stop()])",
            "a function or class of its own as `callbacks`",
        ),
        ("keras.callbacks.LambdaCallback(on_epoch_end=print)", "a function given to `LambdaCallback`"),
        ("keras.Model.fit = print", "something put in the place of `fit`"),
        ("model.train_step = step", "something put in the place of `train_step`"),
        ("setattr(keras.Model, 'f' + 'it', print)", "`setattr`"),
        ("model.layers[-1].set_weights(values)", "`set_weights`"),
        ("model.layers[-1].kernel.assign(values)", "`assign`"),
        ("model.load_weights('mine.h5')", "`load_weights`"),
        ("exec(text)", "`exec`"),
        ("import ctypes", "`ctypes`"),
        ("import sys\nsys.settrace(f)", "`settrace`"),
        ("open('/proc/self/mem')", "a path outside of the notebook's folder"),
    ],
)
def test_own_code_is_named(source: str, named: str) -> None:
    assert named in own_code(source)


@pytest.mark.parametrize(
    "source",
    [
        "model.compile('adam', 'binary_crossentropy', ['accuracy'])\nmodel.fit(data, callbacks=[EarlyStopping()])",
        "optimizer = keras.optimizers.Adam(1e-4)\nmodel.compile(optimizer=optimizer, loss=keras.losses.MSE)",
        "class Photos(keras.utils.Sequence):\n    pass",
        "class Settings:\n    epochs = 3",
        "base.trainable = False\nsetattr(base, 'trainable', False)",
        "model.optimizer.learning_rate.assign(1e-5)",
        "def show(images):\n    plt.imshow(images[0])",
        "data = data.map(lambda x, y: (x / 255., y))",
        "import gc\ngc.collect()",
        "model.eval()",
        "keras.applications.VGG16(weights=None).trainable = False",
    ],
)
def test_usual_code_is_not(source: str) -> None:
    assert own_code(source) == []
