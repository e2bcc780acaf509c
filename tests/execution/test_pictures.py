"""Pictures that stand in: in the classes a notebook asks for, from a pack of whichever classes."""

from __future__ import annotations

import zipfile
from pathlib import Path

from grader.execution.recorder.pictures import Pictures
from grader.execution.recorder.timeline import Timeline
from tests.assets.packs import picture

SHAPES = ("circle", "square", "triangle")


def three_kinds(folder: Path, classes: int) -> Pictures:
    """Two pictures of each of three shapes, for a notebook that tells so many classes apart."""
    archive = folder / "shapes.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for number, name in enumerate(SHAPES):
            for each in range(2):
                file.writestr(f"shapes/train/{name}/{each}{name}.jpg", picture(10 * number + each))
        file.writestr("shapes/readme.jpg", picture(99))
    pictures = Pictures(Timeline())
    pictures.open(str(archive), SHAPES, folder / "data", classes)
    return pictures


def test_pictures_are_labelled_by_the_packs_class_folders(tmp_path: Path) -> None:
    files = three_kinds(tmp_path, 3).files()
    assert sorted((Path(path).parent.name, label) for path, label in files) == [
        (name, label) for label, name in enumerate(SHAPES) for _ in range(2)
    ]


def test_a_folder_that_is_not_here_gets_as_many_classes_as_the_notebook_tells_apart(tmp_path: Path) -> None:
    pictures = three_kinds(tmp_path, 3)
    assert pictures.class_names("/content/drive/MyDrive/figures") == SHAPES
    pictures.lay_out(tmp_path / "there", SHAPES)
    kinds = {link.resolve().parent.name for link in (tmp_path / "there/square").iterdir()}
    assert kinds == {"square"}
    assert three_kinds(tmp_path, 2).class_names("figures") == ("cats", "dogs")


def test_arrays_have_every_label_that_is_asked_for(tmp_path: Path) -> None:
    pictures = three_kinds(tmp_path, 3)
    _, labels = pictures.arrays(6, (8, 8, 3), 3)
    assert sorted(labels.tolist()) == [0, 0, 1, 1, 2, 2]
    _, labels = pictures.arrays(6, (8, 8, 1), 10)
    assert max(labels.tolist()) > 2
