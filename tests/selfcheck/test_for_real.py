"""Real kernels: what the self-check says about public criteria is what grading says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from grader.assets.locate import find_pack
from grader.assets.pack import AssetPack
from grader.execution.workspace import open_workspace
from grader.rubric.load import load_rubric
from grader.rubric.public import public_part
from grader.selfcheck.run import without_heldout
from grader.selfcheck.table import SelfCheck
from tests.samples import ROOT, SUBMISSIONS, Sample, load_expected

pytestmark = pytest.mark.slow

CHOSEN = ("chen_wei", "priya_raman", "marta_kowalczyk", "emma-lindqvist")
"""One right submission and three with different mistakes; what grading says of them is in expected.toml."""

SAMPLES = [sample for sample in load_expected() if sample.submission.startswith(CHOSEN)]
PUBLIC = [criterion.id for criterion in public_part(load_rubric("lab06")).criteria]


def agrees(sample: Sample, criterion: str, status: str) -> bool:
    wanted = sample.criteria[criterion].statuses
    return status in wanted


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: str(sample.submission))
def test_running_says_what_grading_says(sample: Sample) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "grader", "check", str(SUBMISSIONS / sample.submission), "--rubric", "lab06", "--json"],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    answer = SelfCheck.model_validate_json(done.stdout)
    said = {row.criterion: row.status for row in answer.rows}
    assert sorted(said) == sorted(PUBLIC)
    wrong = {name: status for name, status in said.items() if not agrees(sample, name, status)}
    assert not wrong
    assert done.returncode == (1 if answer.to_fix else 0)


@pytest.fixture
def pack() -> AssetPack:
    return find_pack("demo", lambda _line: None)


OFFLINE = """
import json, os
from pathlib import Path
from grader.execution.recorder import offline
from grader.execution.recorder.pictures import Pictures
from grader.execution.recorder.timeline import Timeline
settings = json.loads(Path({settings!r}).read_text())
os.environ["KERAS_HOME"] = {keras_home!r}
offline.prepare()
pictures = Pictures(Timeline())
pictures.open(settings["pictures"]["archive"], settings["pictures"]["kinds"], Path(settings["data"]), 2)
offline.install(settings["downloads"], pictures)
"""
"""Stands in for the internet: this machine need not have one."""


def in_jupyter(notebook: Any, pack: AssetPack, folder: Path) -> Any:
    """Run it as a student's Jupyter would: an ordinary kernel, nothing of ours around it."""
    with open_workspace(folder, pack, None, [], policy="full", steps_per_call=1) as workspace:
        setup = OFFLINE.format(settings=str(workspace.settings_file), keras_home=str(workspace.keras_home))
        notebook.cells.insert(0, new_code_cell(setup))
        NotebookClient(
            notebook, timeout=600, allow_errors=True, kernel_name="python3",
            resources={"metadata": {"path": str(workspace.work)}},
        ).execute(env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    return notebook


TRY = """
answer = get_ipython().run_line_magic("check", "--rubric lab06 --notebook {path}")
print("ANSWER" + answer.table.model_dump_json())
answer
"""


def test_the_live_session_says_it_too_and_runs_nothing_again(tmp_path: Path, pack: AssetPack) -> None:
    (sample,) = [sample for sample in SAMPLES if sample.submission.startswith("chen_wei")]
    path = SUBMISSIONS / sample.submission
    notebook = nbformat.read(path, 4)
    notebook.cells.insert(0, new_code_cell("%load_ext grader"))
    notebook.cells.append(new_code_cell(TRY.format(path=path)))
    done = in_jupyter(notebook, pack, tmp_path)
    outputs = done.cells[-1].outputs
    (line,) = [
        line[6:]
        for output in outputs
        if output.output_type == "stream"
        for line in output.text.splitlines()
        if line.startswith("ANSWER")
    ]
    answer = SelfCheck.model_validate_json(line)
    undecided = {"notebook-runs"}  # only a fresh run shows that
    wrong = {
        row.criterion: row.status
        for row in answer.rows
        if row.criterion not in undecided and not agrees(sample, row.criterion, row.status)
    }
    assert not wrong
    shown = [output.data for output in outputs if "data" in output]
    assert "missing or wrong" in shown[-1]["text/html"]
    assert "To fix" in shown[-1]["text/plain"]


def test_loaded_after_training_it_says_so_instead_of_guessing(tmp_path: Path, pack: AssetPack) -> None:
    (sample,) = [sample for sample in SAMPLES if sample.submission.startswith("emma")]
    notebook = nbformat.read(SUBMISSIONS / sample.submission, 4)
    notebook.cells.append(new_code_cell("%load_ext grader"))
    notebook.cells.append(new_code_cell(TRY.format(path=SUBMISSIONS / sample.submission)))
    (text,) = [o.text for o in in_jupyter(notebook, pack, tmp_path).cells[-1].outputs if o.output_type == "stream"]
    rows = {row["criterion"]: row for row in json.loads(text.partition("ANSWER")[2].splitlines()[0])["rows"]}
    assert rows["base-frozen"]["group"] == "open"
    assert "before the check was loaded" in rows["base-frozen"]["found"]


def test_the_pack_on_a_students_machine_has_no_held_out_part(pack: AssetPack) -> None:
    assert pack.heldout_files
    assert without_heldout(pack).heldout_files == ()
