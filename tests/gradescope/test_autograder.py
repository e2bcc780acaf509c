"""The zip for Gradescope, run in the layout of its container."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from grader.cli import cli
from grader.errors import UsageError
from grader.execution.sandbox import bubblewrap_works
from grader.gradescope.bundle import requirements, write_autograder
from grader.gradescope.container import _name
from grader.gradescope.settings import Settings, read_settings

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(
    rubric="", pack="", sandbox="none", training="capped", visibility="visible", hidden_visibility="after_published"
)
SCHEMA = json.loads((ROOT / "tests/exports/schemas/gradescope.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def autograder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("zip") / "autograder.zip"
    write_autograder(path, str(ROOT / "rubrics/lab06.toml"), "demo", SETTINGS)
    return path


def test_it_holds_scripts_the_grader_and_the_lab(autograder: Path) -> None:
    with zipfile.ZipFile(autograder) as archive:
        names = set(archive.namelist())
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in ("setup.sh", "run_autograder", "lab.json")}
    assert {
        "setup.sh", "run_autograder", "lab.json", "lab/rubrics/lab06.toml", "lab/reference_solution/lab06.ipynb",
        "lab-grader/grader/gradescope/container.py", "lab-grader/grader/assets/demo/mobilenet_v2_drawn_int8.npz",
        "lab-grader/requirements.txt", "lab-grader/constraints.txt",
    } <= names  # fmt: skip
    assert {name: oct(mode & 0o777) for name, mode in modes.items()} == {
        "setup.sh": "0o755", "run_autograder": "0o755", "lab.json": "0o644",
    }  # fmt: skip
    assert not any("__pycache__" in name or name.startswith("/") or ".." in name for name in names)


def test_the_same_lab_gives_the_same_zip(autograder: Path, tmp_path: Path) -> None:
    write_autograder(tmp_path / "again.zip", str(ROOT / "rubrics/lab06.toml"), "demo", SETTINGS)
    assert (tmp_path / "again.zip").read_bytes() == autograder.read_bytes()


def test_every_requirement_is_pinned_to_what_runs_here(autograder: Path) -> None:
    with zipfile.ZipFile(autograder) as archive:
        pins = archive.read("lab-grader/constraints.txt").decode().lower()
    for requirement in requirements():
        name = requirement.split(">")[0].split("=")[0].split("[")[0].strip().lower()
        assert f"\n{name}==" in f"\n{pins}" or f"\n{name.replace('-', '_')}==" in f"\n{pins}", name


@pytest.mark.parametrize("script", ["setup.sh", "run_autograder"])
def test_the_scripts_are_valid_shell(autograder: Path, script: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(autograder) as archive:
        text = archive.read(script)
    assert b"@" not in text.replace(b'"$@"', b"")
    assert subprocess.run(["bash", "-n"], input=text, check=False).returncode == 0


def test_whose_it_is_is_what_gradescope_says_and_nothing_dangerous(tmp_path: Path) -> None:
    path = tmp_path / "submission_metadata.json"
    for document, expected in [
        ({"users": [{"name": "Anna Lee"}]}, "Anna Lee"),
        ({"users": [{"name": "../../etc"}]}, "etc"),
        ({"users": [{"name": ".."}]}, "submission"),
        ({"users": []}, "submission"),
        ([], "submission"),
        ({"users": [{"name": 7}]}, "submission"),
    ]:
        path.write_text(json.dumps(document))
        assert _name(path).strip() == expected
        assert "/" not in _name(path)
    assert _name(tmp_path / "missing.json") == "submission"


def test_damaged_settings_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "lab.json").write_text("{}")
    with pytest.raises(UsageError, match="Make the zip again"):
        read_settings(tmp_path)


def test_the_command_warns_when_there_is_no_sandbox(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        cli, ["export", "gradescope-autograder", "lab06", "--out", str(tmp_path / "a.zip"), "--sandbox", "none"]
    )
    assert done.exit_code == 0, done.output
    assert "can read the rubric" in done.output


@pytest.mark.slow
@pytest.mark.skipif(bubblewrap_works() is not None, reason="a root of its own needs bubblewrap")
def test_the_scripts_run_in_gradescopes_layout(autograder: Path, tmp_path: Path) -> None:
    """`/autograder/…` in a root of its own; the interpreter stands in for an installed one."""
    root = tmp_path / "autograder"
    with zipfile.ZipFile(autograder) as archive:
        archive.extractall(root / "source")
    for folder in ("submission", "results", "venv/bin"):
        (root / folder).mkdir(parents=True)
    python = root / "venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    notebook = ROOT / "submissions/marta_kowalczyk/lab06(1).ipynb"
    (root / "submission/lab06(1).ipynb").write_bytes(notebook.read_bytes())
    (root / "submission/link").symlink_to("/etc/passwd")
    (root / "submission_metadata.json").write_text(json.dumps({"users": [{"name": "Marta Kowalczyk"}]}))

    def inside(script: str) -> subprocess.CompletedProcess[str]:
        system = [part for path in sorted(Path("/").iterdir()) for part in _bind(path)]
        command = [
            "bwrap", *system, "--dev", "/dev", "--proc", "/proc", "--bind", str(root), "/autograder",
            "--chdir", "/autograder", "bash", f"/autograder/{script}",
        ]  # fmt: skip
        environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "GRADER_HOME")}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    done = inside("source/setup.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    done = inside("source/run_autograder")
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((root / "results/results.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, SCHEMA)
    by_tag = {test["tags"][0]: test for test in document["tests"]}
    assert by_tag["head"]["score"] == 3
    assert by_tag["notebook-runs"]["status"] == "failed"
    assert "score" not in by_tag["question-freezing"]
    assert "link" in document["output"]
    (root / "source/lab.json").write_text("{}")
    assert inside("source/run_autograder").returncode == 1
    assert not (root / "results/results.json").exists()


def _bind(path: Path) -> list[str]:
    if path.name in ("dev", "proc", "autograder"):
        return []
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--bind", str(path), str(path)] if path.is_dir() else []
