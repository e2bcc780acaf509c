"""Downloads of all submissions from Canvas, Moodle and Blackboard, and nbgrader's folders, as they are."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.evidence.sender import Sender
from grader.submission import Submission, discover
from grader.submission.discover import discover_all
from grader.submission.lms_names import lms_name
from tests.submission.notebooks import code, notebook

NOTEBOOK = json.dumps(notebook(code("import keras"))).encode()


def download(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "submissions.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def found(folder: Path, files: dict[str, bytes]) -> list[Submission]:
    scratch = folder / "scratch"
    scratch.mkdir()
    return discover(download(folder, files), scratch)


def names(submission: Submission) -> list[str]:
    assert submission.notebook is not None
    return [submission.notebook.name, *(path.as_posix() for path in submission.files)]


class TestCanvas:
    def test_files_of_one_person_are_one_submission_under_their_own_names(self, tmp_path: Path) -> None:
        anna, ben = found(
            tmp_path,
            {
                "leeanna_LATE_101_9001_lab06.ipynb": NOTEBOOK,
                "leeanna_LATE_101_9002_cats.csv": b"1",
                "carterben_102_9003_my_lab_2.ipynb": NOTEBOOK,
            },
        )
        anna, ben = sorted((anna, ben), key=lambda one: one.id, reverse=True)
        assert names(anna) == ["lab06.ipynb", "cats.csv"]
        assert anna.sender == Sender(platform="canvas", user_id="101", name="leeanna", late=True)
        assert any("late" in note for note in anna.notes)
        assert names(ben) == ["my_lab_2.ipynb"]
        assert ben.sender == Sender(platform="canvas", user_id="102", name="carterben")

    def test_who_typed_text_instead_is_not_forgotten(self, tmp_path: Path) -> None:
        (anna,) = found(tmp_path, {"leeanna_101_text.html": b"<p>see attachment</p>"})
        assert anna.problem is not None
        assert anna.sender is not None
        assert anna.sender.user_id == "101"

    def test_the_same_name_twice_is_two_people(self, tmp_path: Path) -> None:
        both = found(tmp_path, {"leeanna_1_5_a.ipynb": NOTEBOOK, "leeanna_2_6_a.ipynb": NOTEBOOK})
        assert len({one.id for one in both}) == 2
        assert {one.sender.user_id for one in both if one.sender} == {"1", "2"}

    def test_anonymous(self) -> None:
        parsed = lms_name("anon_x7Qb2_456_lab.ipynb")
        assert parsed is not None
        assert (parsed.sender.user_id, parsed.sender.name, parsed.file) == ("x7Qb2", None, "lab.ipynb")

    @pytest.mark.attack("P1")
    @pytest.mark.parametrize(
        "file", ["carterben_102_9003_lab.ipynb", "x_102_9003_lab.ipynb", "102_9003_lab.ipynb", "../102/9003_.ipynb"]
    )
    def test_a_file_name_does_not_make_its_owner_somebody_else(self, file: str) -> None:
        parsed = lms_name(f"leeanna_101_9001_{file}")
        assert parsed is not None
        assert parsed.sender.user_id in ("101", None)

    @pytest.mark.attack("P1")
    def test_a_name_that_reads_like_numbers_makes_nobody(self) -> None:
        """Somebody called "Lee_ _7_ _8", with the number 101, is not user 7."""
        parsed = lms_name("lee_7_8_101_9001_lab.ipynb")
        assert parsed is not None
        assert parsed.sender.user_id is None

    def test_a_folder_where_one_file_has_another_name_is_read_as_ever(self, tmp_path: Path) -> None:
        submissions = found(tmp_path, {"leeanna_101_9001_lab.ipynb": NOTEBOOK, "ben.ipynb": NOTEBOOK})
        assert {one.name for one in submissions} == {"leeanna_101_9001_lab", "ben"}
        assert all(one.sender is None for one in submissions)


class TestMoodle:
    @pytest.mark.parametrize("ending", ["", "_"])
    def test_a_folder_per_person_in_new_and_old_versions(self, tmp_path: Path, ending: str) -> None:
        (anna,) = found(
            tmp_path,
            {
                f"Anna Lee_123_assignsubmission_file{ending}/lab06.ipynb": NOTEBOOK,
                f"Anna Lee_123_assignsubmission_file{ending}/data/cats.csv": b"1",
            },
        )
        assert (anna.name, names(anna)) == ("Anna Lee", ["lab06.ipynb", "data/cats.csv"])
        assert anna.sender == Sender(platform="moodle", user_id="123", name="Anna Lee")

    def test_flat_files(self, tmp_path: Path) -> None:
        (anna,) = found(tmp_path, {"Zoë Ågren_007_assignsubmission_file_lab_1.ipynb": NOTEBOOK})
        assert (anna.name, names(anna)) == ("Zoë Ågren", ["lab_1.ipynb"])
        assert anna.sender == Sender(platform="moodle", user_id="7", name="Zoë Ågren")

    def test_text_typed_in_beside_a_file(self, tmp_path: Path) -> None:
        (anna,) = found(
            tmp_path,
            {
                "Anna Lee_123_assignsubmission_file/lab06.ipynb": NOTEBOOK,
                "Anna Lee_123_assignsubmission_onlinetext/onlinetext.html": b"<p>hello</p>",
            },
        )
        assert anna.notebook is not None
        assert anna.notebook.name == "lab06.ipynb"


class TestBlackboard:
    def test_the_newest_attempt_counts_and_the_receipt_says_who(self, tmp_path: Path) -> None:
        receipt = "Name: Anna Lee (a_lee)\nAssignment: Lab 6\nComments:\nName: Ben Carter (bcarter)\n"
        (anna,) = found(
            tmp_path,
            {
                "Lab 6_a_lee_attempt_2026-01-30-10-00-00.txt": receipt.encode(),
                "Lab 6_a_lee_attempt_2026-01-30-10-00-00_old.ipynb": NOTEBOOK,
                "Lab 6_a_lee_attempt_2026-01-31-09-00-00.txt": receipt.encode(),
                "Lab 6_a_lee_attempt_2026-01-31-09-00-00_new.ipynb": NOTEBOOK,
            },
        )
        assert names(anna) == ["new.ipynb"]
        assert anna.sender == Sender(
            platform="blackboard", login="a_lee", name="Anna Lee", handed_in="2026-01-31T09:00:00"
        )
        assert any("newest of 2 attempts" in note for note in anna.notes)

    def test_without_a_receipt_the_file_name_says_who(self, tmp_path: Path) -> None:
        (ben,) = found(tmp_path, {"Lab 6_bcarter_attempt_2026-01-31-09-00-00_lab.ipynb": NOTEBOOK})
        assert ben.sender is not None
        assert ben.sender.login == "bcarter"


class TestNbgrader:
    @pytest.fixture
    def submitted(self, tmp_path: Path) -> Path:
        for student, assignment in (("anna", "ps1"), ("anna", "ps2"), ("ben", "ps1")):
            folder = tmp_path / "course/submitted" / student / assignment
            folder.mkdir(parents=True)
            (folder / "lab.ipynb").write_bytes(NOTEBOOK)
            (folder / "timestamp.txt").write_text("2026-01-31 09:00:00.000000 UTC")
        return tmp_path / "course/submitted"

    def test_one_of_several_assignments(self, submitted: Path, tmp_path: Path) -> None:
        anna, ben = discover_all([submitted], tmp_path, "ps1")
        assert [anna.id, ben.id] == ["anna", "ben"]
        assert anna.notebook == submitted.resolve() / "anna/ps1/lab.ipynb"
        assert anna.sender == Sender(platform="nbgrader", login="anna", handed_in="2026-01-31 09:00:00.000000 UTC")
        (only,) = discover_all([submitted], tmp_path, "ps2")
        assert only.id == "anna"

    def test_several_and_none_named(self, submitted: Path, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="Received ps1, ps2"):
            discover(submitted, tmp_path)

    def test_one_that_nobody_handed_in(self, submitted: Path, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="ps3"):
            discover_all([submitted], tmp_path, "ps3")

    def test_the_only_one_need_not_be_named(self, submitted: Path, tmp_path: Path) -> None:
        (submitted / "anna/ps2/lab.ipynb").unlink()
        assert [one.id for one in discover(submitted, tmp_path)] == ["anna", "ben"]


@given(
    st.text(max_size=60), st.text(st.sampled_from("_0123456789LATEanon .assignsubmission_file_attempt-"), max_size=60)
)
def test_any_name_is_taken_apart_or_left(one: str, two: str) -> None:
    for name in (one, two, f"{one}_1_2_{two}", f"{one}_1_assignsubmission_file_{two}"):
        parsed = lms_name(name)
        if parsed is not None:
            assert name.endswith(parsed.file) or parsed.file in ("text.html", "link.html")
            assert parsed.sender.user_id is None or parsed.sender.user_id in name
