"""A pack of a teacher's own: pictures in a folder, held-out pictures, weights under Keras's names."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from grader.assets import weights_file
from grader.assets.names import weights_name
from grader.assets.own_pack import backbone_of, build
from grader.assets.verify import verify
from grader.cli.assets import assets
from grader.errors import AssetError
from grader.execution.workspace import open_workspace
from tests.assets.packs import picture, weights

SHAPES = ("circle", "square", "triangle")


def shapes(folder: Path) -> Path:
    """`shapes/train/CLASS/…` as students get it, and `heldout/CLASS/…`."""
    for part, each in (("shapes/train", 0), ("shapes/validation", 60), ("heldout", 120)):
        for number, name in enumerate(SHAPES):
            target = folder / part / name
            target.mkdir(parents=True)
            (target / f"{name}.0.jpg").write_bytes(picture(each + number))
    (folder / "shapes/.DS_Store").write_text("left behind")
    return folder


def test_a_folder_becomes_the_archive_that_students_download(tmp_path: Path) -> None:
    pack = build("shapes", shapes(tmp_path / "from"), tmp_path / "pack")
    assert pack.classes == SHAPES
    assert [image.path for image in pack.heldout_files] == [f"{name}/{name}.0.jpg" for name in SHAPES]
    file = pack.answer("https://example.org/course/shapes.zip?raw=1")
    assert file is not None
    with zipfile.ZipFile(pack.path_of(file)) as archive:
        inside = archive.namelist()
    assert inside == [f"shapes/{part}/{name}/{name}.0.jpg" for part in ("train", "validation") for name in SHAPES]
    assert verify(tmp_path / "pack").sound


def test_an_archive_stays_as_it_is_and_may_have_another_address(tmp_path: Path) -> None:
    source = shapes(tmp_path / "from")
    with tarfile.open(source / "shapes.tgz", "w:gz") as archive:
        archive.add(source / "shapes", "shapes")
    for path in sorted((source / "shapes").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (source / "shapes").rmdir()
    before = (source / "shapes.tgz").read_bytes()
    pack = build("shapes", source, tmp_path / "pack", urls=["https://example.org/download/77"])
    file = pack.answer("https://example.org/download/77")
    assert file is not None
    assert pack.path_of(file).read_bytes() == before


def test_a_pack_without_weights_says_what_that_means(tmp_path: Path) -> None:
    pack = build("shapes", shapes(tmp_path / "from"), tmp_path / "pack")
    assert not pack.imagenet
    assert "random ones stand in" in pack.notice
    assert "Only 1 held-out images" in pack.notice


def test_weights_are_known_by_the_names_keras_gives_them(tmp_path: Path) -> None:
    source = shapes(tmp_path / "from")
    weights(source / weights_name(224, include_top=False))
    kernel = np.ones((3, 3, 3, 64), np.float32)
    weights_file.write_layers(
        source / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", [("block1_conv1", {"kernel": kernel})]
    )
    pack = build("shapes", source, tmp_path / "pack")
    assert pack.imagenet
    vgg = pack.cached("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5")
    assert vgg is not None
    assert (vgg.backbone, vgg.include_top) == ("VGG16", False)
    assert vgg.weights_digest == weights_file.weights_digest([kernel])
    assert pack.cached(weights_name(160, include_top=False)) is not None


@pytest.mark.parametrize(
    ("name", "backbone"),
    [
        ("resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5", "ResNet50V2"),
        ("resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5", "ResNet50"),
        ("efficientnetb0_notop.h5", "EfficientNetB0"),
        ("efficientnetv2-b0_notop.h5", "EfficientNetV2B0"),
        ("inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5", "InceptionResNetV2"),
        ("weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5", "MobileNetV3Small"),
        ("mobilenet_2_5_224_tf_no_top.h5", "MobileNet"),
        ("NASNet-mobile-no-top.h5", "NASNetMobile"),
        ("convnext_tiny_notop.h5", "ConvNeXtTiny"),
        ("my_model.h5", None),
    ],
)
def test_the_network_is_told_from_a_files_name(name: str, backbone: str | None) -> None:
    assert backbone_of(name) == backbone


def test_a_held_out_picture_that_students_get_is_refused(tmp_path: Path) -> None:
    source = shapes(tmp_path / "from")
    (source / "shapes/train/circle/copy.jpg").write_bytes((source / "heldout/circle/circle.0.jpg").read_bytes())
    with pytest.raises(AssetError, match="pictures that students never get"):
        build("shapes", source, tmp_path / "pack")
    assert not (tmp_path / "pack").exists()


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda folder: (folder / "heldout").rename(folder / "held"), "pictures in heldout/CLASS/"),
        (lambda folder: (folder / "shapes").rename(folder.parent / "shapes"), "a folder or an archive, with pictures"),
        (lambda folder: (folder / "mine.h5").write_bytes(b"x"), "weights under the name by which Keras asks"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, change: object, wanted: str) -> None:
    source = shapes(tmp_path / "from")
    change(source)  # type: ignore[operator]
    with pytest.raises(AssetError, match=wanted):
        build("shapes", source, tmp_path / "pack")


def test_the_command_makes_a_named_pack(tmp_path: Path, home: Path) -> None:
    done = CliRunner().invoke(assets, ["build", "shapes", "--from", str(shapes(tmp_path / "from"))])
    assert done.exit_code == 0, done.output
    assert "pack shapes" in done.output
    assert "shapes: no ImageNet weights, 3 held-out images" in CliRunner().invoke(assets, ["list"]).output
    for arguments in (["Shapes"], ["shapes"], ["demo", "--url", "x"], ["shapes", "--from", ".", "--seed", "1"]):
        assert CliRunner().invoke(assets, ["build", *arguments]).exit_code == 2


def test_a_run_is_told_which_pictures_the_pack_holds(tmp_path: Path) -> None:
    pack = build("shapes", shapes(tmp_path / "from"), tmp_path / "pack")
    with open_workspace(tmp_path, pack, None, [], policy="capped", steps_per_call=1) as workspace:
        settings = workspace.settings_file.read_text(encoding="utf-8")
    assert (
        f'"pictures": {{"archive": "{pack.visible}/shapes.zip", "kinds": ["circle", "square", "triangle"]}}' in settings
    )
