"""The demo pack is good for what it is for: a head on its frozen base learns, and an untrained one has not."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pytest

from grader.assets.demo.make import make
from grader.assets.names import DATA_ARCHIVE, DATA_FOLDER, weights_name

pytestmark = pytest.mark.slow

Features: TypeAlias = dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Pooled features at 160 pixels and labels: of training and held-out images, and of those scaled twice."""
    import keras

    folder = tmp_path_factory.mktemp("demo")
    pack = make(folder)
    zipfile.ZipFile(pack.visible / DATA_ARCHIVE).extractall(folder / "data")
    file = pack.cached(weights_name(160, include_top=False))
    assert file is not None
    base = keras.applications.MobileNetV2(
        input_shape=(160, 160, 3), include_top=False, weights=str(pack.path_of(file)), pooling="avg"
    )

    def seen(images: Path, *, twice: bool = False) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        data = keras.utils.image_dataset_from_directory(images, image_size=(160, 160), shuffle=False, verbose=False)
        pixels, labels = (np.concatenate(part) for part in zip(*data.as_numpy_iterator(), strict=True))
        return base.predict((pixels / 255 if twice else pixels) / 127.5 - 1, verbose=0), labels

    train = folder / "data" / DATA_FOLDER / "train"
    return {
        "train": seen(train),
        "heldout": seen(pack.heldout),
        "train twice": seen(train, twice=True),
        "heldout twice": seen(pack.heldout, twice=True),
    }


def _accuracy(features: Features, suffix: str = "", epochs: int = 5) -> float:
    import keras

    keras.utils.set_random_seed(1)
    head = keras.Sequential([keras.Input((1280,)), keras.layers.Dropout(0.2), keras.layers.Dense(1, "sigmoid")])
    head.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    if epochs:
        head.fit(*features[f"train{suffix}"], batch_size=32, epochs=epochs, verbose=0)
    return float(head.evaluate(*features[f"heldout{suffix}"], verbose=0)[1])


def test_five_epochs_of_a_new_head_reach_93_percent(features: Features) -> None:
    assert _accuracy(features) >= 0.93


def test_pixels_scaled_twice_cost_visibly(features: Features) -> None:
    assert _accuracy(features, " twice") < 0.8


def test_untrained_heads_are_near_one_half_on_average(features: Features) -> None:
    seen, labels = features["heldout"]
    rng = np.random.default_rng(0)
    limit = np.sqrt(6 / 1281)
    said = seen @ rng.uniform(-limit, limit, size=(1280, 200)) > 0
    accuracies = (said == labels[:, None]).mean(axis=0)
    assert abs(accuracies.mean() - 0.5) < 0.06
    assert np.quantile(accuracies, 0.9) < 0.9


def test_the_training_script_trains(tmp_path: Path) -> None:
    from grader.assets.demo import quantised
    from grader.assets.demo.train_backbone import train

    weights = train(64, schedule=((96, 1, 1e-3),))
    quantised.save(tmp_path / "w.npz", weights)
    assert quantised.count(quantised.load(tmp_path / "w.npz")) == 2_257_984
