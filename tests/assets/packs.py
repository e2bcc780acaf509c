"""Small packs and archives for these tests: real files, only fewer and smaller."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from grader.assets import weights_file
from grader.assets.assemble import listed, write_heldout, write_manifest
from grader.assets.mobilenet_v2 import layers
from grader.assets.names import DATA_ARCHIVE, image_name, weights_name
from grader.assets.pack import AssetPack


def picture(number: int) -> bytes:
    """A small grey JPEG, another one for each number."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (number % 256, 40, 200)).save(buffer, "JPEG")
    return buffer.getvalue()


def small_pack(folder: Path) -> AssetPack:
    """A pack of one visible file and two held-out pictures."""
    (folder / "visible").mkdir(parents=True)
    (folder / "visible" / "notes.txt").write_text("weights would be here")
    file = listed(folder / "visible", "notes.txt", cache_names=["notes.h5"], urls=["*/notes.zip"])
    heldout = write_heldout(folder, [("cats/cat.1.jpg", picture(1)), ("dogs/dog.1.jpg", picture(2))])
    return write_manifest(
        folder,
        name="small",
        imagenet=False,
        notice='Says "hello" \\ ü',
        recipe="test",
        classes=("cats", "dogs"),
        files=[file],
        heldout=heldout,
    )


def data_archive(path: Path, *, train: int = 3, validation: int = 200) -> None:
    """An archive with the official layout, `validation` pictures per class."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cats_and_dogs_filtered/vectorize.py", "raise SystemExit")
        for split, count, first in (("train", train, 0), ("validation", validation, 2000)):
            for label in ("cats", "dogs"):
                for number in range(count):
                    archive.writestr(image_name(split, label, first + number), picture(number))


def weights(path: Path, seed: int = 0) -> None:
    """A MobileNetV2 weights file without its top, filled at random."""
    rng = np.random.default_rng(seed)
    arrays = [rng.random(layer.shape, dtype=np.float32) for layer in layers() for _ in layer.weight_names]
    weights_file.write(path, arrays)


def source_folder(folder: Path, side: int = 224) -> Path:
    """What `grader assets build cats-vs-dogs --from` takes."""
    folder.mkdir(parents=True)
    data_archive(folder / DATA_ARCHIVE)
    weights(folder / weights_name(side, include_top=False))
    return folder
