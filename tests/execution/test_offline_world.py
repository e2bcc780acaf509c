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
from grader.observation.substitutions import lacking_from
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
        import os
        from google.colab import drive, files
        drive.mount('/content/drive')
        print(list(files.upload()), os.path.exists("photo.jpg"))
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
    assert "['photo.jpg'] True" in ran.printed[0]
    assert "['cats', 'dogs']" in ran.printed[2]
    assert "True" in ran.printed[3]
    assert "no network while grading" in ran.printed[4]


@pytest.mark.skipif(bubblewrap_works() is not None, reason=f"no sandbox: {bubblewrap_works()}")
def test_in_the_sandbox_the_folders_of_colab_and_kaggle_are_the_working_folder(pack: AssetPack) -> None:
    ran = run_cells(
        """
        !wget -q https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip -O /content/data.zip
        !unzip -q /content/data.zip
        import os
        print(sorted(os.listdir("/content/cats_and_dogs_filtered/train")), os.path.exists("data.zip"))
        open("/kaggle/working/model.txt", "w").close()
        print(os.path.exists("model.txt"))
        """,
        pack=pack,
        sandbox="bubblewrap",
    )
    assert "['cats', 'dogs'] True\nTrue" in ran.printed[0]


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


def test_requests_is_answered_like_urllib(pack: AssetPack) -> None:
    ran = run_cells(
        """
        import io, requests, zipfile
        url = "https://download.microsoft.com/download/3/e/1/kagglecatsanddogs_5340.zip"
        with requests.get(url, headers={"User-Agent": "Mozilla/5.0"}, stream=True) as answer:
            answer.raise_for_status()
            with open("pets.zip", "wb") as file:
                for chunk in answer.iter_content(1024):
                    file.write(chunk)
        print(sorted(zipfile.ZipFile("pets.zip").namelist())[:2], answer.headers["Content-Length"].isdigit())
        """,
        """
        from PIL import Image
        print(Image.open(io.BytesIO(requests.get("https://example.org/some/cat.jpg").content)).size)
        """,
        "requests.get('https://example.org/mine.csv')",
        pack=pack,
    )
    assert "['PetImages/Cat/0.jpg', 'PetImages/Cat/1.jpg'] True" in ran.printed[0]
    assert "(30, 20)" in ran.printed[1]
    assert ran.outcome.cells[2].error_name == "ConnectionError"
    assert "there is no network while grading" in ran.outcome.cells[2].error_value


def test_an_upload_gives_a_picture_unless_the_cell_goes_on_with_another_kind_of_file(pack: AssetPack) -> None:
    ran = run_cells(
        """
        from google.colab import files
        for name in files.upload().keys():
            path = name  # then: tf.keras.utils.load_img(path)
        """,
        "from PIL import Image; print(Image.open(path).size)",
        """
        print(files.upload())
        !mkdir -p ~/.kaggle && cp kaggle.json ~/.kaggle/
        """,
        pack=pack,
    )
    assert ran.outcome.status == "completed", ran.outcome.cells
    assert "(30, 20)" in ran.printed[1]
    assert "{}" in ran.printed[2]
    assert lacking_from(ran.outbox.events) == 1
