"""What an instructor points at, and the submissions that come of it."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.submission import Submission, discover, submission_info
from tests.submission.notebooks import code, write


def found(path: Path, tmp_path: Path) -> dict[str, Submission]:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return {submission.id: submission for submission in discover(path, scratch)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "class"
    made.mkdir()
    return made


def test_one_notebook_per_student(folder: Path, tmp_path: Path) -> None:
    write(folder / "ben.ipynb", code("1"))
    write(folder / "Anna Lee.ipynb", code("1"))
    submissions = discover(folder, tmp_path)
    assert [(s.id, s.name, s.folder) for s in submissions] == [("anna-lee", "Anna Lee", None), ("ben", "ben", None)]


def test_one_folder_per_student(folder: Path, tmp_path: Path) -> None:
    write(folder / "ben" / "work" / "lab.ipynb", code("1"))
    (folder / "ben" / "work" / "cat.jpg").write_bytes(b"x")
    submission = found(folder, tmp_path)["ben"]
    assert submission.notebook == folder / "ben" / "work" / "lab.ipynb"
    assert submission.files == (Path("work/cat.jpg"),)
    assert submission.problem is None


def test_a_folder_without_a_notebook_is_not_lost(folder: Path, tmp_path: Path) -> None:
    (folder / "cleo").mkdir()
    (folder / "cleo" / "model.odt").write_bytes(b"PK")
    (folder / "dora.odt").write_bytes(b"PK")
    submissions = found(folder, tmp_path)
    assert "No notebook was found" in (submissions["cleo"].problem or "")
    assert "not a notebook" in (submissions["dora"].problem or "")


def test_a_report_is_a_submission(folder: Path, tmp_path: Path) -> None:
    (folder / "cleo").mkdir()
    (folder / "cleo" / "report.pdf").write_bytes(b"%PDF")
    (folder / "cleo" / "README.md").write_text("how to run")
    (folder / "dora.docx").write_bytes(b"PK")
    (folder / "notes to the class.txt").write_text("hello")
    submissions = found(folder, tmp_path)
    assert set(submissions) == {"cleo", "dora"}
    assert submissions["cleo"].reports == (folder / "cleo" / "report.pdf",)
    assert submissions["dora"].reports == (folder / "dora.docx",)
    assert submissions["dora"].problem is None


def test_a_report_and_a_notebook_of_one_student_are_one_submission(folder: Path, tmp_path: Path) -> None:
    write(folder / "ann_lab06.ipynb", code("1"))
    (folder / "Ann report.docx").write_bytes(b"PK")
    write(folder / "ben" / "lab.ipynb", code("1"))
    (folder / "ben" / "answers.md").write_text("# 1")
    (folder / "cem-report.pdf").write_bytes(b"%PDF")
    submissions = found(folder, tmp_path)
    assert set(submissions) == {"ann_lab06", "ben", "cem-report"}
    assert submissions["ann_lab06"].reports == (folder / "Ann report.docx",)
    assert submissions["ben"].reports == (folder / "ben" / "answers.md",)
    assert submissions["cem-report"].notebook is None


def test_litter_is_passed_over(folder: Path, tmp_path: Path) -> None:
    write(folder / "ben.ipynb", code("1"))
    write(folder / ".ipynb_checkpoints" / "ben-checkpoint.ipynb", code("1"))
    write(folder / "__MACOSX" / "ben.ipynb", code("1"))
    (folder / "expected.toml").write_text("")
    assert list(found(folder, tmp_path)) == ["ben"]


def test_of_several_notebooks_the_one_about_keras_is_taken(folder: Path, tmp_path: Path) -> None:
    write(folder / "ben" / "notes.ipynb", code("print(1)"))
    write(folder / "ben" / "lab06.ipynb", code("import keras"), code("keras.Model"))
    submission = found(folder, tmp_path)["ben"]
    assert submission.notebook == folder / "ben" / "lab06.ipynb"
    assert "most code cells that mention Keras" in submission.notes[0]
    assert "notes.ipynb" in submission.notes[0]


def test_of_equal_notebooks_the_newest_is_taken(folder: Path, tmp_path: Path) -> None:
    old = write(folder / "ben" / "a_final.ipynb", code("import keras"))
    new = write(folder / "ben" / "a_final_2.ipynb", code("import keras"))
    os.utime(old, (1_000, 1_000))
    os.utime(new, (2_000, 2_000))
    submission = found(folder, tmp_path)["ben"]
    assert submission.notebook == new
    assert "newest" in submission.notes[0]


def test_links_and_special_files_are_never_opened(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "solution.ipynb", code("answer = 42"))
    (folder / "eve.ipynb").symlink_to(secret)
    (folder / "frank").symlink_to(tmp_path)
    os.mkfifo(folder / "greta.ipynb")
    os.link(secret, folder / "hugo.ipynb")
    write(folder / "ida" / "lab.ipynb", code("1"))
    (folder / "ida" / "data").symlink_to("/etc")
    submissions = found(folder, tmp_path)
    for id_, kind in {
        "eve": "symbolic link",
        "frank": "symbolic link",
        "greta": "named pipe",
        "hugo": "hard link",
    }.items():
        assert submissions[id_].notebook is None
        assert kind in (submissions[id_].problem or "")
    assert submissions["ida"].files == ()
    assert submissions["ida"].notes == ("data is a symbolic link and was left aside.",)


def test_hostile_names_reach_nobody(folder: Path, tmp_path: Path) -> None:
    names = ["<script>x", "-rf", "=cmd|x", "a\nb\u202ec", "x" * 240, os.fsdecode(b"\xff\xfe")]
    for name in names:
        write(folder / name / "lab.ipynb", code("1"))
        (folder / name / os.fsdecode(b"\xff.csv")).write_bytes(b"")
    submissions = discover(folder, tmp_path)
    assert len(submissions) == len({s.id for s in submissions}) == len(names)
    for submission in submissions:
        submission_info(submission).model_dump_json().encode("utf-8")
        assert "\n" not in submission.name
        assert len(submission.name) <= 80


def test_a_single_notebook(tmp_path: Path) -> None:
    path = write(tmp_path / "lab.ipynb", code("1"))
    assert [s.notebook for s in discover(path, tmp_path)] == [path]


def test_a_zip_of_a_class_with_a_folder_around_it(tmp_path: Path) -> None:
    write(tmp_path / "ben.ipynb", code("1"))
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.write(tmp_path / "ben.ipynb", "lab06/anna/lab.ipynb")
        archive.write(tmp_path / "ben.ipynb", "lab06/ben.ipynb")
    assert list(found(tmp_path / "class.zip", tmp_path)) == ["anna", "ben"]


def test_a_zip_of_one_students_work(tmp_path: Path) -> None:
    write(tmp_path / "lab.ipynb", code("1"))
    with zipfile.ZipFile(tmp_path / "anna.zip", "w") as archive:
        archive.write(tmp_path / "lab.ipynb", "lab.ipynb")
        archive.writestr("data/cats.csv", "1")
    (submission,) = found(tmp_path / "anna.zip", tmp_path).values()
    assert (submission.id, submission.files) == ("anna", (Path("data/cats.csv"),))


def test_what_a_zip_refuses_to_give_is_told_to_its_student(tmp_path: Path) -> None:
    write(tmp_path / "lab.ipynb", code("1"))
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "lab.ipynb", "anna.ipynb")
        archive.write(tmp_path / "lab.ipynb", "../../carl.ipynb")
        archive.writestr("bomb.ipynb", b"0" * 50_000_000)
        archive.writestr("dana.zip", b"PK")
    submissions = found(tmp_path / "class.zip", tmp_path)
    assert submissions["anna"].problem is None
    assert "leads outside" in (submissions["carl"].problem or "")
    assert "times its size" in (submissions["bomb"].problem or "")
    assert "unpack it first" in (submissions["dana"].problem or "")


def test_nothing_to_find_is_said(tmp_path: Path, folder: Path) -> None:
    assert discover(folder, tmp_path) == []
    with pytest.raises(UsageError, match="nothing is"):
        discover(tmp_path / "missing", tmp_path)
    (tmp_path / "x.rar").write_bytes(b"")
    with pytest.raises(UsageError, match="Expected a folder"):
        discover(tmp_path / "x.rar", tmp_path)
