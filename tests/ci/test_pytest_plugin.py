"""`pytest --lab rubric.toml notebook.ipynb`, as a CI calls it."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.exports.other_forms import junit_schema

ROOT = Path(__file__).parents[2]
RUBRIC = """
schema = 1
[lab]
id = "lab"
title = "Lab"
reference = "reference.ipynb"
[[criteria]]
id = "frozen"
title = "The base is frozen"
check = "frozen_base"
points = 2
[[criteria]]
id = "head"
title = "New head"
check = "head"
points = 2
"""


def run(folder: Path, *arguments: str, judged: bool = True) -> subprocess.CompletedProcess[str]:
    plugins = ("-p", "grader.ci.pytest_plugin", *(("-p", "tests.ci.judged_plugin") if judged else ()))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), *plugins, *arguments],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip


STATUSES = ("met", "unmet", "needs_review", "blocked", "infrastructure_error", "nothing")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "lab.toml").write_text(RUBRIC)
    for status in STATUSES:
        (folder / f"{status}.ipynb").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def done(lab: Path) -> subprocess.CompletedProcess[str]:
    """All notebooks in one run; of each only the second criterion, chosen by its name."""
    notebooks = [str(lab / f"{status}.ipynb") for status in STATUSES]
    return run(lab, "-rs", "-k", "head", "--lab", str(lab / "lab.toml"), *notebooks, f"--junit-xml={lab / 'junit.xml'}")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("met", None), ("unmet", "failure"), ("needs_review", "skipped"), ("blocked", "skipped"),
        ("infrastructure_error", "error"), ("nothing", "error"),
    ],
)  # fmt: skip
def test_one_test_per_criterion_with_the_outcome_of_its_verdict(
    lab: Path, done: subprocess.CompletedProcess[str], status: str, outcome: str | None
) -> None:
    cases = [
        case
        for case in ET.parse(lab / "junit.xml").getroot().iter("testcase")
        if case.get("classname") == f"{status}.ipynb"
    ]
    (case,) = cases
    assert case.get("name") == "head"
    assert [child.tag for child in case if child.tag != "properties"] == ([outcome] if outcome else [])


def test_what_is_printed_is_the_verdict_and_nothing_that_a_console_or_a_ci_obeys(
    done: subprocess.CompletedProcess[str],
) -> None:
    assert done.returncode == 1
    assert "1 failed, 1 passed, 2 skipped, 6 deselected, 2 errors" in done.stdout
    assert "A person decides" in done.stdout
    assert "Say --lab-sandbox none." in done.stdout
    assert "Head: 0 of 2 points" in done.stdout
    assert "Traceback" not in done.stdout
    assert "\x1b[31m" not in done.stdout
    assert not any(line.lstrip("E ").startswith("::") for line in done.stdout.splitlines())


def test_its_junit_is_valid_and_bears_the_points(lab: Path) -> None:
    junit = str(lab / "met.xml")
    run(
        lab, "--lab", str(lab / "lab.toml"), str(lab / "met.ipynb"), f"--junit-xml={junit}", "-o", "junit_family=xunit1"
    )
    root = ET.parse(junit).getroot()
    assert {item.get("name"): item.get("value") for item in root.iter("property")} == {
        "points": "0", "maximum": "2", "status": "met",
    }  # fmt: skip
    for case in root.iter("testcase"):  # of pytest's own additions to the schema, which Jenkins passes over
        for child in case.findall("properties"):
            case.remove(child)
        for attribute in ("file", "line"):
            case.attrib.pop(attribute, None)
    junit_schema().validate(ET.tostring(root, encoding="unicode"))


def test_a_wrong_rubric_is_told_before_anything_runs(lab: Path) -> None:
    (lab / "wrong.toml").write_text(RUBRIC.replace("points = 2", "points = -2"))
    done = run(lab, "--lab", str(lab / "wrong.toml"), str(lab / "met.ipynb"))
    assert done.returncode == 4
    assert "wrong.toml:11" in done.stderr


def test_without_a_lab_the_plugin_collects_nothing(lab: Path) -> None:
    done = run(lab, str(lab / "met.ipynb"))
    assert "not found" in done.stderr or done.returncode in (4, 5)


@pytest.mark.slow
def test_a_real_notebook_is_run_once(tmp_path: Path) -> None:
    """A notebook that cannot be read needs no kernel; the reference does."""
    done = run(
        tmp_path, "-q", "--lab", "lab06", "--lab-sandbox", "none", "--lab-training", "capped",
        f"--lab-out={tmp_path / 'out'}", str(ROOT / "submissions/ryan_oconnell/lab06.ipynb"), judged=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 11 skipped" in done.stdout
    assert (tmp_path / "out/results.json").is_file()
