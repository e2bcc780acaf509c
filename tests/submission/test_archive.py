"""Archives made to break out, fill the disk, or stop the batch."""

from __future__ import annotations

import contextlib
import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionError
from grader.submission.archive import ArchiveLimits, Extraction, extract


def make(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.filename = name  # ZipInfo would cut it at a NUL
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def names_in(extraction: Extraction) -> set[str]:
    return {path.relative_to(extraction.root).as_posix() for path in extraction.root.rglob("*") if path.is_file()}


def reasons(extraction: Extraction) -> list[str]:
    return [item.reason for item in extraction.skipped]


@pytest.mark.parametrize(
    "name",
    [
        "../out.txt",
        "a/../../out.txt",
        "/etc/passwd",
        "..\\out.txt",
        "C:/out.txt",
        "C:\\out.txt",
        "a/" * 40 + "deep",
        "x" * 300,
    ],
)
def test_a_path_that_leads_outside_is_left_out(tmp_path: Path, name: str) -> None:
    extraction = extract(make(tmp_path / "a.zip", [(name, b"x"), ("good.txt", b"y")]), tmp_path)
    assert names_in(extraction) == {"good.txt"}
    assert len(extraction.skipped) == 1
    assert not (tmp_path / "out.txt").exists()


def test_a_name_with_nul_is_left_out(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", [("goodXtxt", b"x")])
    path.write_bytes(path.read_bytes().replace(b"goodXtxt", b"good\0txt"))
    assert reasons(extract(path, tmp_path)) == ["its name contains a NUL character"]


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, kind in (("link", stat.S_IFLNK), ("pipe", stat.S_IFIFO), ("device", stat.S_IFCHR)):
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (kind | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    extraction = extract(tmp_path / "a.zip", tmp_path)
    assert names_in(extraction) == set()
    assert len(extraction.skipped) == 3


def test_an_encrypted_member_costs_only_itself(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", [("locked.ipynb", b"x"), ("open.ipynb", b"y")])
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    extraction = extract(path, tmp_path)
    assert names_in(extraction) == {"open.ipynb"}
    assert reasons(extraction) == ["it is encrypted"]


def test_names_that_differ_only_in_case_do_not_overwrite(tmp_path: Path) -> None:
    extraction = extract(
        make(tmp_path / "a.zip", [("Anna/lab", b"1"), ("anna/other", b"2"), ("Anna/LAB", b"3")]), tmp_path
    )
    assert names_in(extraction) == {"Anna/lab"}
    assert (extraction.root / "Anna/lab").read_bytes() == b"1"


def test_the_same_name_twice_keeps_the_first(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = make(tmp_path / "a.zip", [("lab", b"1"), ("lab", b"2")])
    extraction = extract(path, tmp_path)
    assert (extraction.root / "lab").read_bytes() == b"1"
    assert reasons(extraction) == ["there are two files of that name"]


def test_a_bomb_is_left_out_before_it_unfolds(tmp_path: Path) -> None:
    limits = ArchiveLimits(file_bytes=3_000_000, ratio=50)
    extraction = extract(
        make(tmp_path / "a.zip", [("bomb", bytes(2_900_000)), ("big", bytes(4_000_000))]), tmp_path, limits
    )
    assert names_in(extraction) == set()
    assert reasons(extraction) == ["it unpacks to more than 50 times its size", "it is larger than 3 MB when unpacked"]


def test_one_student_cannot_use_up_the_class_allowance(tmp_path: Path) -> None:
    members = [(f"eve/{n}", bytes(900_000)) for n in range(5)] + [("ben/lab", b"1")]
    extraction = extract(make(tmp_path / "a.zip", members), tmp_path, ArchiveLimits(entry_bytes=2_000_000))
    assert names_in(extraction) == {"eve/0", "eve/1", "ben/lab"}


def test_too_many_members_stop_the_archive(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", [(str(n), b"") for n in range(11)])
    with pytest.raises(SubmissionError, match="at most 10 files"):
        extract(path, tmp_path, ArchiveLimits(members=10))
    with pytest.raises(SubmissionError, match="table of contents"):
        extract(path, tmp_path, ArchiveLimits(directory_bytes=100))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_zip_is_refused_or_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    extraction = None
    with contextlib.suppress(SubmissionError):
        extraction = extract(path, tmp_path)
    assert extraction is None or names_in(extraction) == set()


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_damaged_archives_end_in_our_error_and_stay_inside(tmp_path: Path, data: st.DataObject) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("anna/lab.ipynb", b"{}" * 200)
        archive.writestr("ben.ipynb", b"{}")
    content = bytearray(buffer.getvalue())
    for position, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=8)
    ):
        content[position] = value
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    before = {entry.name for entry in tmp_path.iterdir() if not entry.name.startswith("unpacked-")}
    with contextlib.suppress(SubmissionError):
        extract(path, tmp_path)
    assert {entry.name for entry in tmp_path.iterdir() if not entry.name.startswith("unpacked-")} == before
