"""Building the real pack from local files: what is held out is nowhere to be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assets import images, weights_file
from grader.assets.archive import read_zip
from grader.assets.build import build
from grader.assets.names import DATA_ARCHIVE, SIDES, weights_name
from grader.assets.verify import verify
from grader.errors import AssetError
from tests.assets.packs import data_archive, source_folder, weights


def test_the_held_out_images_are_taken_out_of_the_visible_archive(tmp_path: Path) -> None:
    pack = build(source_folder(tmp_path / "from"), tmp_path / "pack")
    visible = images.read_images(pack.visible / DATA_ARCHIVE)
    heldout = {image.path for image in pack.heldout_files}
    assert sum(1 for path in heldout if path.startswith("cats/")) == 100
    assert sum(1 for path in heldout if path.startswith("dogs/")) == 100
    assert not heldout & {"/".join(name.split("/")[-2:]) for name in visible}
    assert sum(1 for name in visible if "/validation/" in name) == 200
    assert sum(1 for name in visible if "/train/" in name) == 6
    assert not any(name.endswith(".py") for name, _ in read_zip(pack.visible / DATA_ARCHIVE))
    assert verify(tmp_path / "pack").sound


def test_the_same_seed_holds_out_the_same_images(tmp_path: Path) -> None:
    source = source_folder(tmp_path / "from")
    one, two, other = (build(source, tmp_path / name, seed=seed) for name, seed in (("1", 1), ("2", 1), ("3", 2)))
    assert one.digest == two.digest
    assert {image.path for image in one.heldout_files} != {image.path for image in other.heldout_files}


def test_one_weights_file_answers_all_sizes_and_the_notice_says_so(tmp_path: Path) -> None:
    pack = build(source_folder(tmp_path / "from"), tmp_path / "pack")
    for side in SIDES:
        file = pack.cached(weights_name(side, include_top=False))
        assert file is not None
        assert file.path == weights_name(224, include_top=False)
        assert pack.answer(f"https://example.org/mobilenet_v2/{weights_name(side, include_top=False)}") == file
        top = pack.cached(weights_name(side, include_top=True))
        assert top is not None
        assert top.include_top
    assert "224 pixels" in pack.notice
    assert "stand in for those of 96, 128, 160, 192 pixels" in pack.notice
    assert "random classifier" in pack.notice


def test_a_size_that_is_there_answers_for_itself(tmp_path: Path) -> None:
    source = source_folder(tmp_path / "from")
    weights(source / weights_name(160, include_top=False), seed=1)
    pack = build(source, tmp_path / "pack")
    file = pack.cached(weights_name(160, include_top=False))
    assert file is not None
    assert file.path == weights_name(160, include_top=False)
    assert "96, 128, 192 pixels" in pack.notice


def test_unknown_weights_are_said_to_be_unknown(tmp_path: Path) -> None:
    pack = build(source_folder(tmp_path / "from"), tmp_path / "pack")
    assert "not among those this program knows by checksum" in pack.notice


def test_weights_that_are_another_networks_are_refused(tmp_path: Path) -> None:
    source = source_folder(tmp_path / "from")
    weights_file.write(
        source / weights_name(224, include_top=False),
        weights_file.read(source / weights_name(224, include_top=False)),
        weights_file.random_top(),
    )
    with pytest.raises(AssetError, match="without its top"):
        build(source, tmp_path / "pack")
    assert not (tmp_path / "pack").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["from"]


@pytest.mark.parametrize("missing", [DATA_ARCHIVE, weights_name(224, include_top=False)])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    source = source_folder(tmp_path / "from")
    (source / missing).unlink()
    with pytest.raises(AssetError, match=missing.replace(".", r"\.")):
        build(source, tmp_path / "pack")


def test_too_few_validation_images_are_refused(tmp_path: Path) -> None:
    source = source_folder(tmp_path / "from")
    data_archive(source / DATA_ARCHIVE, validation=150)
    with pytest.raises(AssetError, match="at least 200 validation images of cats"):
        build(source, tmp_path / "pack")


def test_a_folder_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    with pytest.raises(AssetError, match="does not exist yet"):
        build(source_folder(tmp_path / "from"), tmp_path / "pack")


@pytest.mark.real_assets
def test_the_real_files_make_the_real_pack(tmp_path: Path, real_assets: Path) -> None:
    pack = build(real_assets, tmp_path / "pack")
    assert pack.imagenet
    assert "not among those" not in pack.notice
    assert pack.recipe.endswith("2000 training, 800 validation, 200 held-out images")
    assert verify(tmp_path / "pack").sound
