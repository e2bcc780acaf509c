"""What is kept is on the disk before it takes its name, and its name is on the disk before anybody goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assets.assemble import aside, publish
from grader.gradebook.book import WHERE, open_gradebook
from grader.provenance.files import write_private
from grader.storage import write_bytes_atomically


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers (inodes) of the files and folders that were sent to the disk, in order; they really are."""
    seen: list[int] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        really(descriptor)
        seen.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


def a_result(folder: Path) -> Path:
    write_bytes_atomically(folder / "evidence.json", b"{}")
    return folder / "evidence.json"


def a_key(folder: Path) -> Path:
    assert write_private(folder / "signing.pem", b"secret", replace=False)
    return folder / "signing.pem"


def a_replaced_note(folder: Path) -> Path:
    assert write_private(folder / "note.json", b"{}", replace=True)
    return folder / "note.json"


def the_place_of_a_gradebook(folder: Path) -> Path:
    with open_gradebook(folder, "lab06"):
        pass
    return folder / WHERE


@pytest.mark.parametrize("write", [a_result, a_key, a_replaced_note, the_place_of_a_gradebook])
def test_a_file_and_its_name_survive_a_power_cut(
    write: Callable[[Path], Path], flushed: list[int], tmp_path: Path
) -> None:
    path = write(tmp_path)
    content, name = path.stat().st_ino, tmp_path.stat().st_ino
    assert content in flushed
    assert name in flushed[flushed.index(content) :]


def test_a_pack_takes_its_name_when_the_disk_has_all_of_it(flushed: list[int], tmp_path: Path) -> None:
    target = tmp_path / "packs/small"
    with aside(target) as folder:
        for path in ("pack.toml", "visible/cats.zip", "heldout/cat/1.png"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(b"whole")
        assert publish(folder, target)
    files = {path.stat().st_ino for path in target.rglob("*")}
    assert files <= set(flushed)
    assert flushed[-1] == target.parent.stat().st_ino
