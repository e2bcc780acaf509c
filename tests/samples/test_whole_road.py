"""The demo, for real: every sample through the whole road by the command a person types, and what each must get."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.execution.sandbox import bubblewrap_works
from tests.samples import ROOT, SUBMISSIONS, Sample, load_expected

pytestmark = pytest.mark.slow

SAMPLES = load_expected()


@dataclass(frozen=True)
class Demo:
    out: Path
    printed: str
    exit_code: int

    @property
    def results(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.out / "results.json").read_text(encoding="utf-8"))
        return loaded

    def of(self, sample: Sample) -> dict[str, Any]:
        """The entry of one sample, found by its file or folder name."""
        first = Path(sample.submission).parts[0].removesuffix(".ipynb")
        (entry,) = [entry for entry in self.results["submissions"] if entry["submission"]["name"] == first]
        return dict(entry)


def grader(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grader", *arguments], capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    out = tmp_path_factory.mktemp("demo")
    sandbox = "bubblewrap" if bubblewrap_works() is None else "none"
    done = grader(
        "batch", str(SUBMISSIONS), "--rubric", "lab06", "--assets", "demo", "--out", str(out), "--jobs", "2",
        "--sandbox", sandbox, COLUMNS="80",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Demo(out, done.stdout, done.returncode)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_each_sample_gets_what_a_teacher_would_give(demo: Demo, sample: Sample) -> None:
    got = {entry["id"]: entry for entry in demo.of(sample)["criteria"]}
    wrong = {}
    for criterion, expected in sample.criteria.items():
        entry = got[criterion]
        share = None if entry["points"] is None else entry["points"] / entry["maximum"]
        right = entry["status"] in expected.statuses
        if right and expected.fraction is not None and share is not None:
            right = share == pytest.approx(expected.fraction, abs=0.005)
        if not right:
            wrong[criterion] = f"{entry['status']} {share}, expected {expected}: {entry['reason']}"
    assert wrong == {}


def test_the_reference_is_good_and_the_pack_says_what_it_is(demo: Demo) -> None:
    reached = {entry["accuracy"]["reference"] for entry in demo.results["submissions"] if entry["accuracy"]}
    # One for each road: heads that were trained again are held against the reference's own, trained again.
    assert 1 <= len(reached) <= 2
    assert min(reached) >= 0.9
    assert demo.results["pack"]["imagenet"] is False
    for report in (demo.out / "reports").glob("*.html"):
        assert "not ImageNet" in report.read_text(encoding="utf-8")


def test_every_submission_has_a_report_evidence_and_a_row(demo: Demo) -> None:
    entries = demo.results["submissions"]
    assert len(entries) == len(SAMPLES)
    for entry in entries:
        assert (demo.out / entry["report"]).is_file()
        assert (demo.out / entry["evidence"]).is_file()
    with (demo.out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(SAMPLES) + 1
    assert all(entry["submission"]["name"][:10] in demo.printed for entry in entries)
    assert max(len(line) for line in demo.printed.splitlines() if "/" not in line) <= 80


@pytest.mark.parametrize("document", ["results", "evidence"])
def test_what_is_written_follows_the_published_schema(demo: Demo, document: str) -> None:
    schema = json.loads((ROOT / f"docs/{document}.schema.json").read_text(encoding="utf-8"))
    files = [demo.out / "results.json"] if document == "results" else list(demo.out.glob("evidence/*/evidence.json"))
    for file in files:
        jsonschema.validate(json.loads(file.read_text(encoding="utf-8")), schema)


def test_no_page_holds_a_script_or_reaches_outside(demo: Demo) -> None:
    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            assert tag not in ("script", "iframe", "object", "embed", "base", "form")
            for name, value in attributes:
                assert not name.startswith("on")
                assert name not in ("src", "href") or not (value or "").startswith(("http", "//", "javascript", "data"))

    for page in [demo.out / "index.html", *(demo.out / "reports").glob("*.html")]:
        Reader().feed(page.read_text(encoding="utf-8"))


def test_marking_again_needs_no_tensorflow_and_gives_the_same(demo: Demo, tmp_path: Path) -> None:
    for name in ("tensorflow", "keras"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not needed for judging')")
    before = demo.results["submissions"]
    again = grader("judge", str(demo.out), PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert again.returncode == 0, again.stderr
    assert demo.results["submissions"] == before


def test_a_changed_rubric_changes_the_marks_without_running_anything(demo: Demo, tmp_path: Path) -> None:
    """A teacher decides that a missing dropout costs nothing, and marks the class again."""
    text = (ROOT / "rubrics/lab06.toml").read_text(encoding="utf-8")
    changed = text.replace("no_dropout = ", "no_dropout = 0  # was: ", 1)
    assert changed != text
    changed = changed.replace("../reference_solution", str(ROOT / "reference_solution"))
    (tmp_path / "lenient.toml").write_text(changed, encoding="utf-8")
    (sample,) = [sample for sample in SAMPLES if sample.kind == "no-dropout"]
    before = {c["id"]: c["status"] for c in demo.of(sample)["criteria"]}
    try:
        done = grader("judge", str(demo.out), "--rubric", str(tmp_path / "lenient.toml"))
        assert done.returncode == 0, done.stderr
        after = {c["id"]: c["status"] for c in demo.of(sample)["criteria"]}
    finally:
        grader("judge", str(demo.out))
    assert (before["head"], after["head"]) == ("partial", "met")


def test_checking_one_notebook_prints_it_and_tells_by_its_exit_code(demo: Demo, tmp_path: Path) -> None:
    (sample,) = [sample for sample in SAMPLES if sample.kind == "nothing-answered"]
    done = grader("check", str(sample.path), "--assets", "demo", "--html", str(tmp_path / "check.html"), COLUMNS="80")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "MobileNetV2" in done.stdout
    assert "MobileNetV2" in (tmp_path / "check.html").read_text(encoding="utf-8")


def test_a_zip_of_the_class_gives_the_same_submissions(demo: Demo, tmp_path: Path) -> None:
    """Only the two that need no training, zipped as a learning platform would."""
    import zipfile

    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for sample in SAMPLES:
            if sample.kind in ("not-json", "empty"):
                archive.write(sample.path, sample.submission)
    done = grader(
        "batch", str(tmp_path / "class.zip"), "--assets", "demo", "--out", str(tmp_path / "out"), "--sandbox", "none"
    )
    assert done.returncode == 0, done.stderr
    entries = json.loads((tmp_path / "out/results.json").read_text(encoding="utf-8"))["submissions"]
    alone = {entry["submission"]["id"]: entry["criteria"] for entry in demo.results["submissions"]}
    assert len(entries) == 2
    assert all(entry["criteria"] == alone[entry["submission"]["id"]] for entry in entries)
