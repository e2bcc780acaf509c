"""A submission arrives as it was; what is damaged or made up is an error of ours and lays nothing elsewhere."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.cluster.parcel import INDEX, pack_evidence, pack_submission, unpack_evidence, unpack_submission
from grader.errors import EvidenceError, InfrastructureError, OutOfReachError, SubmissionError
from grader.evidence.model import Sender
from grader.submission.model import Submission


def handed_in(folder: Path) -> Submission:
    """A notebook with a module and data beside it, and a report; one name that is no text."""
    odd = os.fsdecode(b"b\xffild.png")
    for name, content in {"lab.ipynb": b"{}", "data/cats.csv": b"1,2", "mine.py": b"x = 1", odd: b"png"}.items():
        path = folder / "ada" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "report.md").write_bytes(b"# Report")
    return Submission(
        id="ada", name="Ada <b>", notebook=folder / "ada/lab.ipynb", folder=folder / "ada",
        files=(Path("data/cats.csv"), Path("mine.py"), Path(odd)), reports=(folder / "report.md",),
        notes=("left aside: a link",), sender=Sender(platform="canvas", user_id="7"),
    )  # fmt: skip


def test_there_and_back(tmp_path: Path) -> None:
    before = handed_in(tmp_path)
    pack_submission(before, tmp_path / "parcel.zip")
    (tmp_path / "there").mkdir()
    after = unpack_submission(tmp_path / "parcel.zip", tmp_path / "there")
    assert (after.id, after.name, after.notes, after.sender) == (before.id, before.name, before.notes, before.sender)
    assert after.files == before.files
    assert before.folder is not None
    assert after.folder is not None
    for file in after.files:
        assert (after.folder / file).read_bytes() == (before.folder / file).read_bytes()
    assert after.notebook is not None
    assert (after.notebook.name, after.notebook.read_bytes()) == ("lab.ipynb", b"{}")
    assert [(path.name, path.read_bytes()) for path in after.reports] == [("report.md", b"# Report")]


def test_the_same_submission_is_the_same_parcel(tmp_path: Path) -> None:
    submission = handed_in(tmp_path)
    pack_submission(submission, tmp_path / "one.zip")
    os.utime(tmp_path / "ada/lab.ipynb", (0, 0))
    pack_submission(submission, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_one_that_could_not_be_read_travels_with_its_reason(tmp_path: Path) -> None:
    pack_submission(Submission(id="ben", name="Ben", problem="No notebook."), tmp_path / "parcel.zip")
    (tmp_path / "there").mkdir()
    after = unpack_submission(tmp_path / "parcel.zip", tmp_path / "there")
    assert (after.notebook, after.folder, after.problem) == (None, None, "No notebook.")


def test_one_that_this_machine_cannot_read_is_no_bad_file(tmp_path: Path) -> None:
    vanished = Submission(id="ben", name="Ben", notebook=tmp_path / "lab.ipynb")
    with pytest.raises(OutOfReachError, match="Is it still there"):
        pack_submission(vanished, tmp_path / "parcel.zip")
    pack_submission(Submission(id="ben", name="Ben", out_of_reach="Stale file handle"), tmp_path / "parcel.zip")
    (tmp_path / "there").mkdir()
    assert unpack_submission(tmp_path / "parcel.zip", tmp_path / "there").out_of_reach == "Stale file handle"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lab.ipynb").symlink_to("/etc/passwd")
    with pytest.raises(SubmissionError, match="Links are not followed"):
        pack_submission(Submission(id="eva", name="Eva", notebook=tmp_path / "lab.ipynb"), tmp_path / "parcel.zip")


@pytest.mark.parametrize("name", ["../out.py", "/tmp/out.py", "a/../../out.py", "", ".", "a\0b"])
def test_nothing_lands_outside(tmp_path: Path, name: str) -> None:
    index = {
        "id": "ada", "name": "Ada", "notes": [], "problem": None, "out_of_reach": None, "notebook": None,
        "folder": True, "files": [name],
        "reports": [], "sender": None,
    }  # fmt: skip
    with zipfile.ZipFile(tmp_path / "parcel.zip", "w") as parcel:
        parcel.writestr(INDEX, json.dumps(index))
        parcel.writestr("file-0", "x")
    (tmp_path / "there").mkdir()
    with pytest.raises(InfrastructureError, match="as the coordinator packed it"):
        unpack_submission(tmp_path / "parcel.zip", tmp_path / "there")
    assert not (tmp_path / "out.py").exists()


@given(st.binary(max_size=300))
def test_whatever_arrives_is_a_clear_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("parcel")
    (folder / "any.zip").write_bytes(content)
    (folder / "there").mkdir()
    with pytest.raises(InfrastructureError):
        unpack_submission(folder / "any.zip", folder / "there")
    with pytest.raises(EvidenceError):
        unpack_evidence(folder / "any.zip", folder / "out", "ada")
    assert not (folder / "out/evidence/ada/evidence.json").exists()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    )
)
def test_whatever_stands_in_the_index(tmp_path_factory: pytest.TempPathFactory, index: object) -> None:
    folder = tmp_path_factory.mktemp("parcel")
    with zipfile.ZipFile(folder / "any.zip", "w") as parcel:
        parcel.writestr(INDEX, json.dumps(index))
    (folder / "there").mkdir()
    with pytest.raises(InfrastructureError):
        unpack_submission(folder / "any.zip", folder / "there")


def test_evidence_comes_whole_and_replaces_what_was_there(tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    for name, text in {"evidence.json": "{}", "executed.ipynb": "new", "run.json": "never travels"}.items():
        path = there / "evidence/ada" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (here / "evidence/ada").mkdir(parents=True)
    (here / "evidence/ada/timeline.jsonl").write_text("old")
    pack_evidence(there, "ada", tmp_path / "evidence.zip")
    unpack_evidence(tmp_path / "evidence.zip", here, "ada")
    assert sorted(path.name for path in (here / "evidence/ada").iterdir()) == ["evidence.json", "executed.ipynb"]


def test_evidence_too_large_is_not_taken_in(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as parcel:
        parcel.writestr("evidence.json", b" " * (65 << 20))
    with pytest.raises(EvidenceError, match="more than"):
        unpack_evidence(tmp_path / "bomb.zip", tmp_path / "out", "ada")
    assert not (tmp_path / "out/evidence/ada/evidence.json").exists()
