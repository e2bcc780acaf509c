"""Files that are old or new, never half of one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.storage import write_bytes_atomically, write_text_atomically


def test_the_new_content_replaces_the_old(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    write_text_atomically(path, "old\r\n")
    write_text_atomically(path, "new é\r\n")
    assert path.read_bytes() == "new é\r\n".encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["grades.csv"]


def test_others_may_read_it_as_the_umask_says(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_bytes_atomically(tmp_path / "x", b"1")
    finally:
        os.umask(old)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_bytes_atomically(path, b"1")
    assert [entry.name for entry in tmp_path.iterdir()] == ["grades.csv"]
    with pytest.raises(FileNotFoundError):
        write_bytes_atomically(tmp_path / "missing" / "x", b"1")


def test_lone_surrogates_do_not_stop_the_writing(tmp_path: Path) -> None:
    write_text_atomically(tmp_path / "x", "a\ud800b😀")
    assert (tmp_path / "x").read_text(encoding="utf-8") == "a\ufffdb😀"
