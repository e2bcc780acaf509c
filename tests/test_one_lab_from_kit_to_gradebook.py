"""A whole lab, command by command: the teacher's kit, a student's mistake and its repair, grading, Canvas's list."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.execution.sandbox import bubblewrap_works

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FROZEN = '"base_model.trainable = False\\n",'
NOT_FROZEN = '"base_model.trainable = True\\n",'

ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section,Lab 6: Transfer learning on cats and dogs (4711)
    Points Possible,,,,,24
"Hartley, Amelia",1201,s1201,ahartley,A,
"Tanaka, Hiroshi",1202,s1202,htanaka,A,
"""


def grader(*arguments: str | Path, codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "grader", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    assert done.returncode in codes, done.stderr
    return done.stdout


def checked(notebook: Path, *options: str, code: int) -> dict[str, dict[str, Any]]:
    answer = json.loads(grader("check", notebook, "--json", *options, codes=(code,)))
    return {row["criterion"]: row for row in answer["rows"]}


def test_from_the_kit_to_the_learning_platform(tmp_path: Path) -> None:
    # The teacher makes the kit; the student works in its folder, so the public rubric is found by itself.
    kit = tmp_path / "kit"
    grader("kit", "lab06", "--out", kit, "--package", "lab-grader")
    right = (ROOT / "submissions/amelia_hartley/lab06.ipynb").read_text(encoding="utf-8")
    notebook = kit / "lab06.ipynb"

    # The student forgets to freeze, sees it without a run, mends it, and runs the check.
    notebook.write_text(right.replace(FROZEN, NOT_FROZEN), encoding="utf-8")
    assert notebook.read_text(encoding="utf-8") != right
    assert checked(notebook, "--quick", code=0)["base-frozen"]["group"] == "open"
    found = checked(notebook, code=1)["base-frozen"]
    assert (found["group"], found["points"]) == ("fix", 0)
    assert found["hint"].startswith("Set `base_model.trainable = False`")
    notebook.write_text(right, encoding="utf-8")
    before = checked(notebook, code=0)

    # Handed in through Canvas, which packs everybody's files into one zip with names of its own.
    handed_in = tmp_path / "submissions.zip"
    with zipfile.ZipFile(handed_in, "w") as archive:
        archive.write(notebook, "hartleyamelia_1201_99001_lab06.ipynb")
    out = tmp_path / "results"
    sandbox = "bubblewrap" if bubblewrap_works() is None else "none"
    grader(
        "batch", handed_in, "--rubric", "lab06", "--assets", "demo", "--training", "capped", "--out", out,
        "--sandbox", sandbox,
    )  # fmt: skip
    (entry,) = json.loads((out / "results.json").read_text(encoding="utf-8"))["submissions"]
    graded = {criterion["id"]: criterion["status"] for criterion in entry["criteria"]}
    assert {name: graded[name] for name in before} == {name: row["status"] for name, row in before.items()}

    # And back into Canvas's own list; who handed in nothing keeps an empty cell.
    roster, filled = tmp_path / "roster.csv", tmp_path / "filled.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    grader("lms", "canvas", out, "--roster", roster, "--out", filled, "--provisional")
    rows = list(csv.reader(filled.read_text(encoding="utf-8").splitlines()))
    assert [row[:5] for row in rows] == [row[:5] for row in csv.reader(ROSTER.splitlines())]
    assert float(rows[2][5]) == pytest.approx(entry["total"]["points"])
    assert rows[3][5] == ""
