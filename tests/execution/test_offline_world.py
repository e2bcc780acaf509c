"""Notebooks from Colab and for the open network, run where there is none."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from grader.assets.pack import AssetPack, PackFile
from grader.execution.sandbox import bubblewrap_works
from tests.execution.notebooks import DIGEST, empty_pack, run_cells

pytestmark = pytest.mark.slow


@pytest.fixture
def pack(tmp_path: Path) -> AssetPack:
    """Ten pictures of 20 x 30 pixels in the lab's archive."""
    visible = tmp_path / "pack" / "visible"
    visible.mkdir(parents=True)
    with zipfile.ZipFile(visible / "images.zip", "w") as archive:
        for number in range(5):
            for kind in ("cat", "dog"):
                picture = io.BytesIO()
                Image.fromarray(np.full((20, 30, 3), 40 * number, np.uint8)).save(picture, "JPEG")
                archive.writestr(f"cats_and_dogs_filtered/train/{kind}s/{kind}.{number}.jpg", picture.getvalue())
    file = PackFile(path="images.zip", sha256=DIGEST, bytes=1, urls=("*/cats_and_dogs_filtered.zip",))
    return empty_pack(tmp_path / "pack", (file,))


def test_colab_and_the_shell(pack: AssetPack) -> None:
    ran = run_cells(
        """
        %tensorflow_version 2.x
        from google.colab import drive, files
        drive.mount('/content/drive')
        print(files.upload())
        """,
        """
        !wget --no-check-certificate \\
            https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip \\
            -O first.zip || echo failed
        """,
        """
        import os
        path, url = "data.zip", "https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip"
        if not os.path.exists(path):
            !wget -q -O {path} {url}
            !unzip -q {path} -d here
        print(sorted(os.listdir("here/cats_and_dogs_filtered/train")))
        """,
        """
        !curl -L -o again.zip --progress-bar https://mirror.example/x/cats_and_dogs_filtered.zip
        print(os.path.getsize("again.zip") == os.path.getsize("data.zip"))
        """,
        "!wget https://example.org/other.zip",
        pack=pack,
    )
    assert ran.outcome.status == "completed", ran.outcome.cells
    assert "{}" in ran.printed[0]
    assert "['cats', 'dogs']" in ran.printed[2]
    assert "True" in ran.printed[3]
    assert "no network while grading" in ran.printed[4]


@pytest.mark.skipif(bubblewrap_works() is not None, reason=f"no sandbox: {bubblewrap_works()}")
def test_in_the_sandbox_colabs_folder_is_the_working_folder(pack: AssetPack) -> None:
    ran = run_cells(
        """
        !wget -q https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip -O /content/data.zip
        !unzip -q /content/data.zip
        import os
        print(sorted(os.listdir("/content/cats_and_dogs_filtered/train")), os.path.exists("data.zip"))
        """,
        pack=pack,
        sandbox="bubblewrap",
    )
    assert "['cats', 'dogs'] True" in ran.printed[0]


def test_tfds_is_answered_from_the_pack(pack: AssetPack) -> None:
    ran = run_cells(
        """
        import tensorflow_datasets as tfds
        tfds.disable_progress_bar()
        (train, test), info = tfds.load("cats_vs_dogs", split=["train[:80%]", "train[80%:]"],
                                        with_info=True, as_supervised=True)
        print(len(train), len(test), info.splits["train"].num_examples, info.features["label"].num_classes)
        image, label = next(iter(train))
        print(image.shape, image.dtype.name, int(label) in (0, 1), {int(y) for _, y in train})
        """,
        "ds = tfds.load('cats_vs_dogs'); print(sorted(next(iter(ds['train']))))",
        "tfds.load('glue')",
        """
        parts = tfds.Split.ALL.subsplit(weighted=(80, 10, 10))
        print([len(part) for part in tfds.load("cats_vs_dogs", split=parts)],
              len(tfds.load("cats_vs_dogs", split=tfds.Split.TRAIN)))
        """,
        "tfds.GeneratorBasedBuilder",
        pack=pack,
    )
    lines = ran.printed[0].splitlines()
    assert "8 2 10 2" in lines
    assert "(20, 30, 3) uint8 True {0, 1}" in lines
    assert "['image', 'image/filename', 'label']" in ran.printed[1]
    assert "does not hold the data set glue" in ran.outcome.cells[2].error_value
    assert "[8, 1, 1] 10" in ran.printed[3]
    assert "there is no network while grading" in ran.outcome.cells[4].error_value


def test_what_a_student_misspells_stays_misspelt(pack: AssetPack) -> None:
    ran = run_cells("import tensorflow_dataset", "from google.colab import drvie", pack=pack)
    assert [cell.error_name for cell in ran.outcome.cells] == ["ModuleNotFoundError", "ImportError"]
