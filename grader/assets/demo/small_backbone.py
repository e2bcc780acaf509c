"""The demo pack's second backbone: MobileNet (the first one) with a quarter of its width, for labs that ask for another
network. Half precision; a plain `.npz` without pickle whose keys are `number/layer/weight` in Keras' order. Made by
`python -m grader.assets.demo.train_backbone --network MobileNet`."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.assets.weights_file import CLASSES, TOP_SEED, Array, LayerWeights
from grader.errors import AssetError

BACKBONE = "MobileNet"
ALPHA = 0.25
FEATURES = 256
SIDES = (128, 160, 192, 224)
"""Input sizes for which Keras has ImageNet weights of this width."""
SHIPPED = Path(__file__).with_name("mobilenet_025_drawn_f16.npz")


def weights_name(side: int, *, include_top: bool) -> str:
    """The file `keras.applications.MobileNet(alpha=0.25, weights="imagenet")` asks for at that input size."""
    return f"mobilenet_2_5_{side}_tf{'' if include_top else '_no_top'}.h5"


def layer_weights(network: Any) -> LayerWeights:
    """The arrays of a Keras model by layer, in `get_weights()` order."""
    found = []
    for layer in network.layers:
        if layer.weights:
            names = [str(weight.path).rsplit("/", 1)[-1] for weight in layer.weights]
            found.append((str(layer.name), dict(zip(names, layer.get_weights(), strict=True))))
    return tuple(found)


def save(path: Path, weights: LayerWeights) -> None:
    """Write the packed file; the same weights always give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for number, (layer, arrays) in enumerate(weights):
            for name, array in arrays.items():
                stored = np.sqrt(array) if name == "moving_variance" else array  # fits half precision better
                content = io.BytesIO()
                np.lib.format.write_array(content, stored.astype(np.float16), allow_pickle=False)
                entry = zipfile.ZipInfo(f"{number:03}|{layer}|{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content.getvalue())


def load(path: Path = SHIPPED) -> LayerWeights:
    """Read the packed file and restore float32 arrays.

    Raises:
        AssetError: the file is missing or damaged.
    """
    layers: dict[str, dict[str, Array]] = {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            for key in archive.files:
                number, layer, name = key.split("|")
                array: npt.NDArray[np.float32] = archive[key].astype(np.float32)
                layers.setdefault(f"{number}|{layer}", {})[name] = array**2 if name == "moving_variance" else array
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise AssetError(
            expected="the packed MobileNet weights of the demo pack", received=f"{type(error).__name__}: {error}",
            where=path, todo="Install the package again.",
        ) from error  # fmt: skip
    return tuple((layer.split("|")[1], arrays) for layer, arrays in layers.items())


def random_top() -> LayerWeights:
    """A small random classifier, for notebooks that keep the top."""
    kernel = np.random.default_rng(TOP_SEED).uniform(-0.02, 0.02, size=(1, 1, FEATURES, CLASSES)).astype(np.float32)
    return (("conv_preds", {"kernel": kernel, "bias": np.zeros(CLASSES, dtype=np.float32)}),)


def arrays_of(weights: LayerWeights) -> Sequence[Array]:
    """All arrays in `get_weights()` order."""
    return [array for _, arrays in weights for array in arrays.values()]
