"""A recorded training as the recorder would have written it: VGG16, frozen, with a head, on the lab's images."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from grader.assets.assemble import listed, write_heldout, write_manifest
from grader.assets.pack import AssetPack
from grader.evidence.model import Measurement
from grader.execution.outbox import Outbox
from grader.execution.timeline import Event
from grader.observation.fits import read_fits
from grader.observation.graded import choose
from grader.observation.places import Places
from grader.replay.seen import Seen
from tests.assets.packs import picture
from tests.models.keras_configs import Config, called, dense, functional, image, layer, pooling, tensor, vgg16
from tests.observation.test_fits import event, fit
from tests.observation.test_fits import layer as trained_layer

CONFIG = "c" * 64
WEIGHTS, BEFORE, AFTER = "a" * 64, "b" * 64, "d" * 64

ADAM = {
    "module": "keras.optimizers", "class_name": "Adam", "registered_name": None,
    "config": {"name": "adam", "learning_rate": 0.0001, "beta_1": 0.9, "clipnorm": None, "use_ema": False},
}  # fmt: skip
CROSSENTROPY = {
    "module": "keras.losses", "class_name": "BinaryCrossentropy", "registered_name": None,
    "config": {"name": "binary_crossentropy", "reduction": "sum_over_batch_size", "from_logits": True},
}  # fmt: skip
DROPOUT = layer("Dropout", "dropout", rate=0.2, seed=None)


def model(*head: Config, optimizer: Any = ADAM, loss: Any = CROSSENTROPY, training: bool | None = False) -> Config:
    """A functional model: input, VGG16, head; by default pooling, dropout and one logit."""
    steps = head or (pooling(), DROPOUT, dense())
    entries = [called(image()), called(vgg16(), tensor("input_layer"), training=training)]
    before = "vgg16"
    for step in steps:
        entries.append(called(step, tensor(before, (None, 3, 3, 512))))
        before = step["config"]["name"]
    config = functional(*entries, inputs="input_layer", outputs=before)
    return {**config, "compile_config": {"optimizer": optimizer, "loss": loss, "metrics": ["accuracy"]}}


def data(**changes: Any) -> dict[str, Any]:
    """What `image_dataset_from_directory` on the lab's training images looks like."""
    facts = {
        "kind": "tf.data", "batches": 1, "image_shape": [None, 96, 96, 3], "label_shape": [None, 1], "minimum": 0.0,
        "maximum": 255.0, "directory": "cats_and_dogs_filtered/train", "files": 6, "batch_size": 32,
        "class_names": ["cats", "dogs"], "labels_kept": True,
    }  # fmt: skip
    return {**facts, **changes}


def training(frozen: bool = True, call: dict[str, Any] | None = None, **changes: Any) -> Event:
    """One `fit` of the model."""
    base = trained_layer("vgg16", 2, not frozen), trained_layer("vgg16/conv", 3, not frozen, BEFORE, BEFORE)
    head = trained_layer("dense", 9, True, AFTER, WEIGHTS)
    given: dict[str, Any] = {
        "config": CONFIG,
        "data": data(),
        "call": call or {},
        "epochs_requested": 10,
        "loss": {"name": "BinaryCrossentropy", "from_logits": True},
        "optimizer": {"name": "Adam", "learning_rate": 0.0001},
    }
    return fit(1, *base, head, **{**given, **changes})


def watched(name: str = "EarlyStopping", **changes: Any) -> dict[str, Any]:
    """Arguments of a `fit` with a callback that watches its validation loss."""
    usual = {"name": name, "monitor": "val_loss", "better": "less", "min_delta": 0.0, "patience": 3.0}
    return {"callbacks": [name], "monitors": [{**usual, **changes}]}


def seen(
    folder: Path, *events: Event, config: Config | None = None, scale: tuple[float, float] | None = (1.0, 0.0)
) -> Seen:
    """What observing hands on: by default one training of the good model."""
    base = event(
        event="base", uid=2, backbone="VGG16", include_top=False, weights="imagenet", pooling=None, alpha=None,
        place=None, input_shape=[96, 96, 3], layers=[3], weights_digest=WEIGHTS,
    )  # fmt: skip
    outbox = folder / "outbox"
    outbox.mkdir(exist_ok=True)
    (outbox / f"config-{CONFIG[:16]}.json").write_text(json.dumps(config or model()))
    all_events = (base, *(events or (training(),)))
    fits = read_fits(all_events, Places(()))
    chosen = choose(fits, all_events)
    assert chosen is not None
    measurement = Measurement(rebuilt=True, base_input_scale=scale)
    return Seen(chosen, fits, Outbox(outbox, all_events, (), ()), measurement, pack(folder / "pack"))


def pack(folder: Path) -> AssetPack:
    """A pack with three training images per class, and a file that passes for VGG16's weights."""
    visible = folder / "visible"
    visible.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(visible / "cats_and_dogs_filtered.zip", "w") as archive:
        for label in ("cats", "dogs"):
            for number in range(3):
                archive.writestr(f"cats_and_dogs_filtered/train/{label}/{number}.jpg", picture(number))
    (visible / "vgg16.h5").write_bytes(b"weights")
    files = [
        listed(visible, "cats_and_dogs_filtered.zip", urls=["*/cats_and_dogs_filtered.zip"]),
        listed(visible, "vgg16.h5", backbone="VGG16", weights_digest=WEIGHTS),
    ]
    heldout = write_heldout(folder, [("cats/9.jpg", picture(9)), ("dogs/9.jpg", picture(8))])
    return write_manifest(
        folder, name="small", imagenet=False, notice="", recipe="t", classes=("cats", "dogs"), files=files,
        heldout=heldout,
    )  # fmt: skip
