"""The commands as a newcomer meets them: help, documentation, and errors that say what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli import cli
from grader.cli.describe import describe_commands
from grader.cli.doctor import told
from grader.execution.abilities import Ability

ROOT = Path(__file__).parents[2]


def grader(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grader", *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_every_command_and_option_is_in_the_documentation() -> None:
    """Write it with `make docs` after changing a command."""
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == describe_commands(cli)


@pytest.mark.parametrize("document", ["evidence", "results", "summary"])
def test_the_published_schemas_are_those_of_the_code(document: str) -> None:
    printed = CliRunner().invoke(cli, ["schema", document]).output
    assert json.loads((ROOT / f"docs/{document}.schema.json").read_text(encoding="utf-8")) == json.loads(printed)


def test_help_imports_nothing_heavy() -> None:
    heavy = {"tensorflow", "keras", "numpy", "nbformat", "pydantic", "rich"}
    code = f"import sys, grader.cli; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_help_says_each_command_in_a_whole_sentence() -> None:
    for group in ((), ("assets",), ("export",), ("key",), ("lms",), ("rubric",)):
        printed = CliRunner().invoke(cli, [*group, "--help"]).output
        _, _, commands = printed.partition("Commands:\n")
        assert commands
        assert not [line for line in commands.splitlines() if line.endswith("...")]


def test_a_folder_that_is_not_there() -> None:
    done = grader("batch", "no-such-folder", "--out", "nowhere")
    assert done.returncode == 2
    assert "no-such-folder" in done.stderr


def test_a_batch_without_a_place_for_its_results(tmp_path: Path) -> None:
    done = grader("batch", str(tmp_path))
    assert done.returncode == 2
    assert "Missing option '--out'" in done.stderr


def test_results_do_not_go_among_the_submissions(tmp_path: Path) -> None:
    (tmp_path / "ann.ipynb").write_text("{}", encoding="utf-8")
    done = grader("batch", str(tmp_path), "--out", f"{tmp_path}/.")
    assert done.returncode == 2
    assert "Expected an --out folder of its own. Received the folder that holds the submissions." in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["ann.ipynb"]


def test_a_rubric_that_is_not_there_says_which_there_are(tmp_path: Path) -> None:
    done = grader("batch", "submissions", "--rubric", "lab60", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "lab60" in done.stderr
    assert "Expected" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_a_rubric_is_named_with_its_line(tmp_path: Path) -> None:
    rubric = (ROOT / "rubrics/lab06.toml").read_text(encoding="utf-8").replace("points = 3", "points = -3", 1)
    (tmp_path / "mine.toml").write_text(rubric, encoding="utf-8")
    line = rubric[: rubric.index("points = -3")].count("\n") + 1
    done = grader("rubric", "check", str(tmp_path / "mine.toml"))
    assert done.returncode == 2
    assert f"mine.toml:{line}" in done.stderr


def test_judging_a_folder_without_evidence(tmp_path: Path) -> None:
    done = grader("judge", str(tmp_path))
    assert done.returncode == 2
    assert "batch.json" in done.stderr


def test_the_rubric_of_the_lab_is_in_order() -> None:
    done = grader("rubric", "check", "lab06")
    assert done.returncode == 0, done.stderr
    assert "base-frozen" in done.stdout


@pytest.mark.parametrize("there", [True, False])
def test_what_a_machine_can_isolate_fits_a_terminal(there: bool) -> None:
    """80 columns, and nothing of it lost; what goes on stands below where it began."""
    detail = "6 GB memory, 512 processes for each notebook, kept by resource limits and a watchdog"
    todo = "For limits kept by the kernel alone: systemd-run --user --scope -p Delegate=yes grader batch ..."
    lines = told(Ability("limits by cgroup", there, detail, todo)).splitlines()
    assert max(map(len, lines)) < 80
    assert lines[0].startswith(f"limits by cgroup       {'yes' if there else 'no'}: 6 GB memory")
    assert all(line.startswith(" " * 23) for line in lines[1:])
    assert " ".join(" ".join(lines).split()).endswith(f"{detail} {todo}")
