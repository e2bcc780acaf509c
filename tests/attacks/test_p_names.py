"""P1: who handed in what follows from where the file lay, never from what stands in it or what it is called inside."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from tests.attacks.harmless import assert_harmless
from tests.attacks.road import found_in, read_only
from tests.submission.notebooks import code, notebook, text, write

CLAIMS = {
    "authors": [{"name": "Anna Lee"}], "title": "Anna Lee", "colab": {"name": "anna_lee.ipynb", "provenance": [1]},
    "student": {"id": "anna-lee", "email": "anna@example.org"},
    "kernelspec": {"name": "python3", "display_name": "Anna Lee", "language": "python"},
}  # fmt: skip


@pytest.mark.attack("P1")
def test_a_name_in_metadata_text_or_file_names_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    write(folder / "anna-lee" / "lab.ipynb", code("ANNA = 1"))
    write(folder / "eve" / "anna-lee.ipynb", text("Name: Anna Lee, id anna-lee"), code("EVE = 1"), metadata=CLAIMS)
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out")
    assert_harmless(delivered)
    assert set(delivered.results) == {"anna-lee", "eve"}
    assert delivered.results["eve"]["submission"]["name"] == "eve"
    assert "Anna Lee" not in json.dumps(delivered.results["eve"])
    assert [cell.source for cell in delivered.evidence["anna-lee"].cells] == ["ANNA = 1"]


@pytest.mark.attack("P1")
@pytest.mark.parametrize(
    "pretender",
    [
        "Anna  Lee",
        "anna lee",
        "ANNA-LEE",
        "Аnna Lee",
        "Anna\u200b Lee",
        "Anna Lee.ipynb.txt",
        "Anna Lee\u202e",
        "Ａnna Lee",
    ],
)
def test_a_name_that_reads_like_anothers_gets_its_own_id_and_both_are_told(tmp_path: Path, pretender: str) -> None:
    folder = tmp_path / "class"
    write(folder / "Anna Lee" / "lab.ipynb", code("ANNA = 1"))
    write(folder / pretender / "lab.ipynb", code("EVE = 1"))
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out")
    assert len(delivered.results) == 2
    assert {json.dumps([c.source for c in seen.cells]) for seen in delivered.evidence.values()} == {
        '["ANNA = 1"]', '["EVE = 1"]',
    }  # fmt: skip
    if not pretender.endswith(".txt"):
        assert all("reads the same" in page for page in delivered.reports.values())


@pytest.mark.attack("P1")
def test_a_later_hand_in_under_the_same_name_replaces_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    write(folder / "anna" / "lab.ipynb", code("ANNA = 1"))
    write(folder / "anna.ipynb", code("EVE = 1"))
    write(folder / "Anna.ipynb", code("EVE = 2"))
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out")
    assert len({row[0] for row in delivered.rows[1:]}) == 3
    sources = sorted(seen.cells[0].source for seen in delivered.evidence.values())
    assert sources == ["ANNA = 1", "EVE = 1", "EVE = 2"]


@pytest.mark.attack("P1", "F4")
def test_an_archive_inside_a_students_folder_cannot_name_other_students(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as inner:
        inner.writestr("anna/lab.ipynb", json.dumps(notebook(code("EVE = 1"))))
    folder = tmp_path / "class"
    write(folder / "anna" / "lab.ipynb", code("ANNA = 1"))
    write(folder / "eve" / "lab.ipynb", code("EVE = 0"))
    (folder / "eve" / "anna.zip").write_bytes(buffer.getvalue())
    (folder / "ben.zip").write_bytes(buffer.getvalue())
    delivered = read_only(found_in(folder, tmp_path / "scratch"), tmp_path / "out")
    assert {id_: [cell.source for cell in seen.cells] for id_, seen in delivered.evidence.items()} == {
        "anna": ["ANNA = 1"], "ben": [], "eve": ["EVE = 0"],
    }  # fmt: skip


@pytest.mark.attack("P1")
def test_an_honest_class_is_told_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    for name in ("Anna Lee", "Anne Lee", "Zoë", "Zoe Müller", "s1234567", "s1234576", "Ελένη", "Мария"):
        write(folder / name / "lab.ipynb", code("1"))
    found = found_in(folder, tmp_path / "scratch")
    assert all(submission.notes == () for submission in found)
