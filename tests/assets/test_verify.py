"""A pack is exactly what its manifest says, or it is said what differs."""

from __future__ import annotations

from pathlib import Path

from grader.assets.verify import verify
from tests.assets.packs import small_pack


def test_a_fresh_pack_is_sound(tmp_path: Path) -> None:
    small_pack(tmp_path / "p")
    assert verify(tmp_path / "p").sound


def test_missing_changed_and_extra_files_are_named(tmp_path: Path) -> None:
    small_pack(tmp_path / "p")
    (tmp_path / "p/heldout/cats/cat.1.jpg").unlink()
    note = tmp_path / "p/visible/notes.txt"
    note.write_bytes(note.read_bytes()[:-1] + b"!")
    (tmp_path / "p/visible/more").mkdir()
    (tmp_path / "p/visible/more/new.txt").touch()
    (tmp_path / "p/heldout/link").symlink_to(tmp_path)
    findings = verify(tmp_path / "p")
    assert findings.missing == ("heldout/cats/cat.1.jpg",)
    assert findings.changed == ("visible/notes.txt",)
    assert findings.extra == ("heldout/link", "visible/more/new.txt")


def test_a_link_to_the_same_content_counts_as_changed(tmp_path: Path) -> None:
    small_pack(tmp_path / "p")
    image = tmp_path / "p/heldout/dogs/dog.1.jpg"
    image.rename(tmp_path / "dog.jpg")
    image.symlink_to(tmp_path / "dog.jpg")
    assert verify(tmp_path / "p").changed == ("heldout/dogs/dog.1.jpg",)
