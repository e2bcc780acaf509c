"""How the shipped backbone was made: `python -m grader.assets.demo.train_backbone` (some 15 minutes on 2 cores).

A MobileNetV2 learns from scratch on drawn cats and dogs of a series of their own, first at 96 pixels, then at 160:
the network's running averages must fit the size students feed it. It learns mostly to name pose, coat, colours and
so on, and the class with a small weight only: features that say little but the class would let an untrained head
score far from one half, and leave a new head nothing to learn. Exposure varies widely, so that pixels in [0, 1]
instead of [-1, 1] cost some accuracy but not all. Not bit-for-bit repeatable: sums over threads are not.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from PIL import Image

from grader.assets.demo import quantised, small_backbone
from grader.assets.demo.picture import draw
from grader.assets.demo.traits import COATS, POSES, Kind, Traits

SEED = 1_000
"""Not used for any picture of the pack."""
SIZE = 160
KINDS: tuple[Kind, Kind] = ("cat", "dog")
SCHEDULE: tuple[tuple[int, int, float], ...] = ((96, 9, 2e-3), (128, 3, 1e-3), (160, 2, 4e-4))
"""(side in pixels, epochs, learning rate at the start of the phase)."""
SMALL_SCHEDULE: tuple[tuple[int, int, float], ...] = ((96, 8, 3e-3), (128, 8, 2e-3))
"""The same for the second backbone."""
CLASS_WEIGHT = 0.4
"""Weight of the class's loss against that of the description."""


def described(traits: Traits) -> npt.NDArray[np.float32]:
    """What the network learns to say about a picture besides its class: float32 (24,), each in [0, 1].

    Nothing here changes when the picture is turned or mirrored.
    """
    colours = [value / 255 for colour in (traits.fur, traits.second, traits.eyes) for value in colour]
    one_hot = [float(traits.pose == pose) for pose in POSES] + [float(traits.coat == coat) for coat in COATS]
    rest = [float(traits.asleep), float(traits.mouth_open), float(traits.collar is not None)]
    shape = [(traits.roundness + 1) / 2, (traits.ear_length + 1) / 2, (traits.muzzle + 1) / 2, traits.size * 2]
    return np.asarray(colours + one_hot + rest + shape, dtype=np.float32)


def _example(number: int, kind: Kind) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    image, traits = draw(kind, SEED, number)
    # Stretched to a square with bilinear weights, as `image_dataset_from_directory` does.
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BILINEAR)), described(traits)


def _series(pictures: int) -> tuple[npt.NDArray[Any], ...]:
    images, labels, words = [], [], []
    with ProcessPoolExecutor() as pool:
        for label, kind in enumerate(KINDS):
            for image, text in pool.map(partial(_example, kind=kind), range(pictures // 2), chunksize=50):
                images.append(image)
                labels.append(label)
                words.append(text)
    return np.stack(images), np.asarray(labels, dtype=np.float32)[:, None], np.stack(words)


def _prepared(side: int, turn: Any) -> Any:
    """The step from stored pixels to what the network sees: resized, turned, and of random exposure."""
    import tensorflow as tf

    def prepare(images: Any, targets: Any) -> Any:
        pixels = turn(tf.image.resize(tf.cast(images, tf.float32), (side, side)), training=True) / 127.5 - 1.0
        contrast = tf.random.uniform((tf.shape(pixels)[0], 1, 1, 1), 0.4, 1.1)
        brightness = tf.random.uniform((tf.shape(pixels)[0], 1, 1, 1), -1.0, 1.0) * (1.1 - contrast)
        return pixels * contrast + brightness, targets

    return prepare


def train(pictures: int, schedule: tuple[tuple[int, int, float], ...] = SCHEDULE) -> list[npt.NDArray[np.float32]]:
    """Train on that many drawn pictures; returns the backbone's arrays in `get_weights()` order."""
    return list(train_network("MobileNetV2", pictures, schedule).get_weights())


def train_network(network: str, pictures: int, schedule: tuple[tuple[int, int, float], ...]) -> Any:
    """Train `MobileNetV2`, or `MobileNet` with a quarter of its width, on drawn pictures; returns the Keras model."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(SEED)
    images, labels, words = _series(pictures)
    words = (words - words.mean(axis=0)) / (words.std(axis=0) + 1e-3)
    settings = {"alpha": small_backbone.ALPHA, "dropout": 0} if network == small_backbone.BACKBONE else {}
    make = getattr(keras.applications, network)
    base = make(input_shape=(None, None, 3), include_top=False, weights=None, **settings)
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Keras' 0.999 averages over thousands of steps; here there are about a thousand in all.
            layer.momentum = 0.95
    pooled = keras.layers.GlobalAveragePooling2D()(base.output)
    pooled = keras.layers.Dropout(0.2)(pooled)
    outputs = [keras.layers.Dense(1, name="kind")(pooled), keras.layers.Dense(words.shape[1], name="words")(pooled)]
    model = keras.Model(base.input, outputs)
    turn = keras.Sequential(
        [keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(0.2), keras.layers.RandomZoom((-0.2, 0.15))]
    )
    for side, epochs, rate in schedule:
        data = tf.data.Dataset.from_tensor_slices((images, (labels, words))).shuffle(len(images), seed=SEED)
        data = data.batch(32, drop_remainder=True).map(_prepared(side, turn), num_parallel_calls=2).prefetch(2)
        steps = epochs * (len(images) // 32)
        model.compile(
            optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.05)),
            loss=[keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), "mse"],
            loss_weights=[CLASS_WEIGHT, 1.0],
            metrics=[[keras.metrics.BinaryAccuracy(threshold=0.0)], []],
        )
        model.fit(data, epochs=epochs, verbose=2)
    return base


@click.command()
@click.option("--pictures", default=3000, show_default=True, help="How many pictures to draw and learn from.")
@click.option("--network", type=click.Choice(["MobileNetV2", small_backbone.BACKBONE]), default="MobileNetV2")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Where the packed weights go.")
def main(pictures: int, network: str, out: Path | None) -> None:
    """Train a backbone of the demo pack and pack its weights."""
    if network == small_backbone.BACKBONE:
        out = out or small_backbone.SHIPPED
        small_backbone.save(out, small_backbone.layer_weights(train_network(network, pictures, SMALL_SCHEDULE)))
        click.echo(f"{out}: {out.stat().st_size:,} bytes")
        return
    out = out or quantised.SHIPPED
    weights = train(pictures)
    quantised.save(out, weights)
    click.echo(f"{out}: {out.stat().st_size:,} bytes, {quantised.count(weights):,} parameters")


if __name__ == "__main__":
    main()
