"""Packs are found by name or folder; the demo pack is made once, whoever asks."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from grader.assets.demo import make as make_module
from grader.assets.locate import data_home, find_pack, named_packs, packs_home
from grader.assets.verify import verify
from grader.errors import AssetError
from tests.assets.packs import small_pack


@pytest.fixture
def few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer drawings, so that making the pack takes a second."""
    monkeypatch.setattr(
        make_module, "SERIES", {"train": (11, 4, 0), "validation": (12, 2, 2000), "heldout": (13, 3, 4000)}
    )


def test_a_name_is_looked_up_in_the_data_directory(home: Path) -> None:
    pack = small_pack(packs_home() / "small")
    assert find_pack("small") == pack
    assert named_packs() == ("small",)
    assert data_home() == home


def test_a_folder_is_taken_as_it_is(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_pack(tmp_path / "here")
    assert find_pack(str(tmp_path / "here")).folder == tmp_path / "here"
    monkeypatch.chdir(tmp_path)
    assert find_pack("here").folder == tmp_path / "here"


@pytest.mark.parametrize("name", ["nothing", "", "../small", "small\0", "/", "x" * 500])
def test_an_unknown_name_lists_the_known_ones(home: Path, name: str) -> None:
    small_pack(packs_home() / "small")
    with pytest.raises(AssetError, match=r"the name of a pack \(demo, small\)"):
        find_pack(name)


@pytest.mark.usefixtures("few_pictures")
def test_the_demo_pack_is_made_on_first_use_and_kept(home: Path) -> None:
    said: list[str] = []
    steps: list[tuple[str, int, int]] = []
    first = find_pack("demo", said.append, lambda *step: steps.append(step))
    assert len(said) == 1
    assert steps[-1] == ("writing weights", 18, 18)
    assert find_pack("demo", said.append) == first
    assert len(said) == 1
    assert not first.imagenet
    assert "not ImageNet's" in first.notice
    assert verify(first.folder).sound
    assert [path.name for path in packs_home().iterdir()] == ["demo"]


@pytest.mark.usefixtures("few_pictures")
def test_a_demo_pack_of_an_older_version_is_made_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_module, "DRAWINGS", 0)
    old = find_pack("demo")
    monkeypatch.setattr(make_module, "DRAWINGS", 1)
    assert find_pack("demo").digest != old.digest
    assert [path.name for path in packs_home().iterdir()] == ["demo"]


@pytest.mark.usefixtures("few_pictures")
def test_the_demo_pack_is_the_same_every_time(tmp_path: Path) -> None:
    packs = []
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
        packs.append(make_module.make(tmp_path / name))
    assert packs[0].digest == packs[1].digest


@pytest.mark.usefixtures("few_pictures")
def test_two_processes_may_ask_at_once(home: Path) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        digests = pool.map(_digest, ["demo", "demo"], chunksize=1)
    assert digests[0] == digests[1]
    assert [path.name for path in packs_home().iterdir()] == ["demo"]


def _digest(name: str) -> str:
    return find_pack(name).digest


def test_a_folder_in_the_way_is_an_error(home: Path) -> None:
    (packs_home() / "demo").mkdir(parents=True)
    with pytest.raises(AssetError, match=r"Received a folder without pack\.toml"):
        find_pack("demo")
