"""The action, the workflows and the GitLab template that a course copies."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click import Option

from grader.cli.ci import ci

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / "examples/ci").glob("github-*.yml"))
GITLAB = ROOT / "examples/ci/gitlab-template.yml"


def load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def scripts(value: Any) -> list[str]:
    """All shell text in a document."""
    if isinstance(value, dict):
        own = [value["run"]] if isinstance(value.get("run"), str) else []
        return own + [text for part in value.values() for text in scripts(part)]
    return [text for part in value for text in scripts(part)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("vendor.github-actions", ROOT / "action.yml"),
        *(("vendor.github-workflows", path) for path in WORKFLOWS),
        ("vendor.gitlab-ci", GITLAB),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_each_file_follows_the_services_own_schema(schema: str, path: Path, tmp_path: Path) -> None:
    def check(file: Path) -> int:
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert check(path) == 0
    wrong = tmp_path / path.name
    wrong.write_text(path.read_text(encoding="utf-8") + "\njobs: 7\nruns: 7\nlab: 7\n", encoding="utf-8")
    assert check(wrong) != 0


def test_the_action_is_composite_and_declares_what_it_uses() -> None:
    action = load(ROOT / "action.yml")
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert "uses" in step or step["shell"] == "bash"
    used = set(re.findall(r"inputs\.(\w+)", (ROOT / "action.yml").read_text()))
    assert used == set(action["inputs"])
    (grade,) = [step for step in action["runs"]["steps"] if step.get("id") == "grade"]
    for output in action["outputs"].values():
        assert "steps.grade.outputs." in output["value"]
    assert set(re.findall(r"\$\{?([A-Z]+)\b", grade["run"])) - {"RUNNER", "GRADER"} <= set(grade["env"])


@pytest.mark.parametrize(
    "path", [ROOT / "action.yml", GITLAB, ROOT / "examples/ci/pytest.sh"], ids=lambda path: path.name
)
def test_options_that_are_used_exist(path: Path) -> None:
    known = {name for option in ci.params if isinstance(option, Option) for name in option.opts}
    calls = re.findall(r"grader ci ((?:.|\\\n)*?)\n", path.read_text())
    for call in calls:
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", call)) <= known
    assert calls or path.suffix == ".sh"


@pytest.mark.attack("H6")
@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_no_expression_stands_in_a_script(path: Path) -> None:
    """A folder named `$(rm -rf ~)` would be part of it."""
    assert [text for text in scripts(load(path)) if "${{" in text] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_use_inputs_that_the_action_has_and_rights_they_need(path: Path) -> None:
    workflow = load(path)
    action = load(ROOT / "action.yml")
    assert "write" not in set(workflow["permissions"].values()) or path.name == "github-classroom.yml"
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if "lab-grader@" in step.get("uses", "")]
    assert ours
    for step in ours:
        assert set(step["with"]) <= set(action["inputs"])
    secret = "secrets." in path.read_text()
    assert secret == (path.name == "github-grading.yml")


def test_the_gitlab_template_reports_what_is_written() -> None:
    job = load(GITLAB)["lab"]
    assert job["artifacts"]["reports"] == {
        "junit": "grader-results/junit.xml", "codequality": "grader-results/gl-code-quality-report.json",
    }  # fmt: skip
    assert job["allow_failure"]["exit_codes"] == [3]
    assert job["retry"]["exit_codes"] == [4]
