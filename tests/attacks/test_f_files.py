"""Section F: files, archives and names that a stranger made, from the disk to everything that is read out."""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import zipfile
from pathlib import Path

import pytest

from grader.execution.outbox import read_outbox
from grader.submission.archive import ArchiveLimits, extract
from grader.submission.files import list_files
from tests.attacks.harmless import assert_harmless
from tests.attacks.road import found_in, read_only
from tests.submission.notebooks import code, notebook, text, write

EVENT = json.dumps({"event": "evaluate", "uid": 1, "place": {"execution": 3, "line": 1}, "shortened": False})
LAB = json.dumps(notebook(code("1")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "class"
    made.mkdir()
    return made


@pytest.mark.attack("F3")
def test_links_pipes_sockets_and_second_names_in_a_students_folder_are_told_and_never_opened(
    folder: Path, tmp_path: Path
) -> None:
    secret = write(tmp_path / "reference.ipynb", code("SECRET = 'the reference'"))
    other = write(folder / "anna" / "lab.ipynb", code("WORK = 'of anna'"))
    eve = folder / "eve"
    write(eve / "lab.ipynb", code("1"))
    (eve / "data.csv").symlink_to("/etc/passwd")
    (eve / "all").symlink_to("/")
    (eve / "loop").symlink_to(eve)
    os.link(other, eve / "annas.ipynb")
    os.mkfifo(eve / "waits.ipynb")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(eve / "s"))
        listing = list_files(eve)
    assert listing.files == (Path("lab.ipynb"),)
    assert len(listing.notes) == 6
    (folder / "fred.ipynb").symlink_to(secret)
    (folder / "greta").symlink_to(folder / "anna")
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out")
    assert_harmless(delivered)
    for id_ in ("eve", "fred", "greta"):
        assert "SECRET" not in delivered.evidence[id_].model_dump_json()
        assert "of anna" not in delivered.evidence[id_].model_dump_json()
    assert "is a named pipe and was left aside" in delivered.reports["eve"]
    assert delivered.evidence["fred"].run.status == delivered.evidence["greta"].run.status == "unreadable"


@pytest.mark.attack("F3")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make devices")
def test_a_device_is_left_aside(folder: Path, tmp_path: Path) -> None:
    try:
        os.mknod(folder / "zero.ipynb", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no devices in this container")
    (submission,) = found_in(folder, tmp_path / "scratch")
    assert "a device" in (submission.problem or "")


@pytest.mark.attack("F3")
@pytest.mark.parametrize("trick", ["link", "pipe", "folder", "sparse", "elsewhere", "gone"])
def test_an_outbox_that_is_no_outbox_gives_no_event_and_no_error(tmp_path: Path, trick: str) -> None:
    neighbour = tmp_path / "neighbour"
    neighbour.mkdir()
    (neighbour / "timeline.jsonl").write_text(EVENT)
    (neighbour / "arrays-1.npz").write_bytes(b"PK")
    outbox = tmp_path / "outbox"
    timeline = outbox / "timeline.jsonl"
    if trick not in ("elsewhere", "gone"):
        outbox.mkdir()
    if trick == "link":
        timeline.symlink_to(neighbour / "timeline.jsonl")
        (outbox / "arrays-1.npz").symlink_to(neighbour / "arrays-1.npz")
    elif trick == "pipe":
        os.mkfifo(timeline)
        os.mkfifo(outbox / "arrays-1.npz")
    elif trick == "folder":
        timeline.mkdir()
    elif trick == "sparse":
        with timeline.open("wb") as file:
            file.truncate(2**40)
    elif trick == "elsewhere":
        outbox.symlink_to(neighbour)
    read = read_outbox(outbox)
    assert (read.events, read.arrays) == ((), ())
    assert len(read.refused) == 1


def packed(*members: tuple[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.attack("F4")
def test_a_class_archive_full_of_tricks_gives_each_student_their_own_and_nobody_elses(tmp_path: Path) -> None:
    content = packed(
        ("anna/lab.ipynb", LAB),
        ("ben/lab.ipynb", LAB),
        ("eve/../anna/lab.ipynb", json.dumps(notebook(code("FORGED = 1")))),
        ("eve/lab.ipynb", LAB),
        ("/anna/lab.ipynb", json.dumps(notebook(code("FORGED = 2")))),
        ("ANNA/lab.ipynb", json.dumps(notebook(code("FORGED = 3")))),
        ("Anna/LAB.ipynb", json.dumps(notebook(code("FORGED = 4")))),
        ("ben/nested.zip", "PK"),
        ("fred/Xlab.ipynb", LAB),
        ("greta/bomb.ipynb", " " * 300_000_000),
        ("..\\..\\windows.ipynb", LAB),
        ("C:/drive.ipynb", LAB),
        ("</title><script>.ipynb", LAB),
        ("::error::x.ipynb", LAB),
    ).replace(b"fred/Xlab", b"fred/\0lab")
    (tmp_path / "class.zip").write_bytes(content)
    before = sorted(entry.name for entry in tmp_path.iterdir())
    delivered = read_only(found_in(tmp_path / "class.zip", tmp_path / "scratch"), tmp_path / "out")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([*before, "out", "scratch"])
    assert_harmless(delivered)
    for seen in delivered.evidence.values():
        assert "FORGED" not in seen.model_dump_json()
    for id_ in ("anna", "ben", "eve"):
        assert delivered.evidence[id_].cells, id_
    assert "nested.zip is an archive and was not opened" in delivered.reports["ben"]
    assert "NUL" in delivered.reports["fred"]
    assert "times its size" in delivered.reports["greta"] or "larger than" in delivered.reports["greta"]


@pytest.mark.attack("F4")
def test_an_encrypted_class_archive_is_told_per_student(tmp_path: Path) -> None:
    content = bytearray(packed(("anna/lab.ipynb", LAB), ("ben/lab.ipynb", LAB)))
    at = -1
    while (at := content.find(b"PK\x03\x04", at + 1)) >= 0:
        content[at + 6] |= 1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1
    (tmp_path / "class.zip").write_bytes(bytes(content))
    found = found_in(tmp_path / "class.zip", tmp_path / "scratch")
    assert [submission.id for submission in found] == ["anna", "ben"]
    assert all("encrypted" in (submission.problem or "") for submission in found)


@pytest.mark.attack("F4")
def test_a_million_empty_members_and_overlapping_bombs_stay_within_the_allowance(tmp_path: Path) -> None:
    """Members that share one stretch of packed bytes (Fifield, "A better zip bomb", 2019): each costs its full size."""
    (tmp_path / "a.zip").write_bytes(packed(("a/x", "y" * 1_000_000)))
    content = (tmp_path / "a.zip").read_bytes()
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry, tail = content[start:end], bytearray(content[end:])
    count = 500
    entries = b"".join(entry.replace(b"a/x", f"a/{n:03}".encode()[:3]) if n < 10 else entry for n in range(count))
    tail[8:10] = tail[10:12] = count.to_bytes(2, "little")
    tail[12:16] = len(entries).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(content[:start] + entries + bytes(tail))
    limits = ArchiveLimits(entry_bytes=3_000_000, total_bytes=5_000_000, ratio=10_000)
    extraction = extract(tmp_path / "a.zip", tmp_path, limits)
    unpacked = sum(path.stat().st_size for path in extraction.root.rglob("*") if path.is_file())
    assert unpacked <= limits.entry_bytes
    assert len(extraction.skipped) >= count - 4


HOSTILE_NAMES = (
    "<script>fetch('http:127.0.0.1')<", "abc\u202egnp.exe\u2066", "x" * 240, os.fsdecode(b"\xff\xfe\x80"), "-rf",
    "=cmd|' /C calc'!A0", "@SUM(1)", "--out=x", "anna\n::error file=a::you lost", "s\rnew", "\x1b[2J\x1b]0;owned\x07",
    "{{ 7*7 }}{% x %}", "[/red][link=http:evil]", "%0A::stop-commands::x", "##[error]x", "##vso[task.complete]",
    "&lt;b&gt;", "\u200bzero\u00adwidth", "Z" + "\u0351" * 60, "con", "a'b\"c`d$(id)", ";rm -rf ~", "﹦1+1", "＝1+1",
)  # fmt: skip
"""On disk as they stand here."""

ERROR = "anna\n::error file=a::you lost\x1b[2J##[error]%0A"


@pytest.mark.attack("F5", "R11", "H1", "H4", "H6")
def test_hostile_names_are_dull_everywhere_from_the_disk_to_the_ci_log(folder: Path, tmp_path: Path) -> None:
    for name in HOSTILE_NAMES:
        write(folder / name / f"{name[:60]}.ipynb", code("1"), text("# Lab"))
        (folder / name / f"{name[:60]}.csv").write_bytes(b"1")
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out", failing=ERROR)
    assert len(delivered.reports) == len(HOSTILE_NAMES)
    assert_harmless(delivered)
    for id_, entry in delivered.results.items():
        assert id_.isascii()
        assert entry["report"] == f"reports/{id_}.html"
        assert len(entry["submission"]["name"]) <= 80
        assert "\n" not in entry["submission"]["name"]
    assert "49" not in next(page for id_, page in delivered.reports.items() if id_.startswith("7-7"))[:3000]


@pytest.mark.attack("F5")
def test_a_student_id_with_a_line_break_adds_no_row(folder: Path, tmp_path: Path) -> None:
    write(folder / "eve\r\nanna,anna,graded,17" / "lab.ipynb", code("1"))
    write(folder / "anna" / "lab.ipynb", code("1"))
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out")
    assert len((tmp_path / "out" / "grades.csv").read_text(encoding="utf-8").splitlines()) == 3
    assert [row[0] for row in delivered.rows[1:]] == ["anna", "eve-anna-anna-graded-17"]
