"""Archives are read with suspicion."""

from __future__ import annotations

import contextlib
import io
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assets import archive as archive_module
from grader.assets.archive import read_zip, write_zip
from grader.errors import AssetError


def packed(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return path


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    files = [("a/b.jpg", b"one"), ("a/c.jpg", b"two")]
    write_zip(tmp_path / "1.zip", files)
    write_zip(tmp_path / "2.zip", files)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    assert list(read_zip(tmp_path / "1.zip")) == files


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\\..\\x", "C:x", "a//x", "./x", "a\nb"])
def test_a_name_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AssetError, match="stay inside"):
        list(read_zip(packed(tmp_path / "a.zip", (name, b"x"))))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_special_files_are_refused(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("cat.jpg")
    entry.external_attr = (kind | 0o777) << 16
    with pytest.raises(AssetError, match="plain files and folders"):
        list(read_zip(packed(tmp_path / "a.zip", (entry, b"/etc/passwd"))))


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed(tmp_path / "a.zip", ("x", b"1"), ("x", b"2"))
    with pytest.raises(AssetError, match="each name once"):
        list(read_zip(path))


def test_a_bomb_is_refused_by_what_it_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path / "a.zip", *((f"{n}.jpg", bytes(900_000)) for n in range(4)))
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(archive_module, "MAX_TOTAL_BYTES", 3_000_000)
    with pytest.raises(AssetError, match="unpacked"):
        list(read_zip(path))
    monkeypatch.setattr(archive_module, "MAX_ENTRY_BYTES", 500_000)
    with pytest.raises(AssetError, match="files of at most 500,000 bytes"):
        list(read_zip(path))


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "MAX_ENTRIES", 2)
    with pytest.raises(AssetError, match="at most 2 entries"):
        list(read_zip(packed(tmp_path / "a.zip", ("1", b""), ("2", b""), ("3", b""))))


@given(data=st.data())
def test_a_damaged_archive_is_a_clear_error_or_reads(data: st.DataObject) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cats/cat.0.jpg", b"meow" * 50)
        archive.writestr("dogs/dog.0.jpg", bytes(range(200)))
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(len(content) // 2, len(content)))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes(content)
        with contextlib.suppress(AssetError):
            assert all(name.isprintable() for name, _ in read_zip(path))
