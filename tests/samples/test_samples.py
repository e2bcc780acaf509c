"""The samples are real notebooks, every one has its expected verdicts, and none knows that it is a sample."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import nbformat
import pytest

from grader.verdict import Verdict
from tests.samples import ROOT, SUBMISSIONS, ExpectedVerdict, Sample, load_expected

SAMPLES = load_expected()
READABLE = [sample for sample in SAMPLES if sample.kind != "not-json"]
REFERENCE = ROOT / "reference_solution" / "lab06.ipynb"
TEMPLATE = ROOT / "reference_solution" / "lab06_template.ipynb"
NOTEBOOKS = [*(sample.path for sample in READABLE), REFERENCE, TEMPLATE]

KINDS_ASKED_FOR = {
    "exemplary", "exemplary-other-style", "fine-tunes-afterwards", "base-not-frozen", "top-kept", "no-augmentation",
    "no-dropout", "scaled-twice", "sigmoid-from-logits", "crashes-half-way", "not-json", "nothing-answered",
}  # fmt: skip

GIVES_IT_AWAY = re.compile(
    r"grad(er|ing)\b|autograd|\bgraded\b|rubric|criteri(on|a)\b|demo pack|asset|sample submission|on purpose",
    re.IGNORECASE,
)

CODE_CRITERIA = (
    "notebook-runs", "base-without-top", "base-frozen", "augmentation", "head", "preprocessing", "output-and-loss",
    "accuracy",
)  # fmt: skip


def name(value: Sample | Path) -> str:
    return value.kind if isinstance(value, Sample) else value.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_is_valid_and_of_the_current_format(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    nbformat.validate(notebook)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


def test_the_broken_download_is_no_json() -> None:
    (broken,) = (sample for sample in SAMPLES if sample.kind == "not-json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*(sample.path for sample in SAMPLES), REFERENCE, TEMPLATE], ids=name)
def test_a_notebook_does_not_know_that_it_is_graded(path: Path) -> None:
    found = GIVES_IT_AWAY.search(path.read_text(encoding="utf-8"))
    assert found is None, found


def test_every_submission_has_its_expectations_and_the_other_way_round() -> None:
    there = {path.relative_to(SUBMISSIONS).as_posix() for path in SUBMISSIONS.rglob("*.ipynb")}
    assert {sample.submission for sample in SAMPLES} == there
    assert len({sample.kind for sample in SAMPLES}) == len(SAMPLES)
    assert {sample.kind for sample in SAMPLES} >= KINDS_ASKED_FOR


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_expectations_cover_every_criterion_of_the_rubric(sample: Sample) -> None:
    rubric = tomllib.loads((ROOT / "rubrics" / "lab06.toml").read_text(encoding="utf-8"))
    assert set(sample.criteria) == {criterion["id"] for criterion in rubric["criteria"]}


@pytest.mark.parametrize("sample", SAMPLES, ids=name)
def test_one_mistake_costs_once(sample: Sample) -> None:
    """But for the empty template, a sample loses points on at most one criterion about code."""
    lost = [criterion for criterion in CODE_CRITERIA if set(sample.criteria[criterion].statuses) & {"unmet", "partial"}]
    assert len(lost) <= 1 or sample.kind == "empty"


@pytest.mark.parametrize("sample", READABLE, ids=name)
def test_only_an_empty_answer_is_decided_without_a_person(sample: Sample) -> None:
    unanswered = text_of(sample.path).count("Type your answer here")
    expected = [verdict.statuses for id_, verdict in sample.criteria.items() if id_.startswith("question-")]
    assert expected == ([("unmet",)] * 4 if unanswered == 4 else [("needs_review",)] * 4)


def test_the_empty_submission_is_the_template_itself() -> None:
    (empty,) = (sample for sample in SAMPLES if sample.kind == "empty")
    assert empty.path.read_bytes() == TEMPLATE.read_bytes()


def test_the_template_gives_no_answer_away() -> None:
    """The reference's words on the four questions stand nowhere in what students start from."""
    template = text_of(TEMPLATE)
    answers = [cell.source for cell in nbformat.read(REFERENCE, as_version=4).cells[-8:] if "###" not in cell.source]
    assert len(answers) == 4
    for sentence in re.split(r"(?<=[.:])\s+", " ".join(answers)):
        assert sentence not in template


@pytest.mark.parametrize(
    ("status", "points", "allowed"),
    [("met", 10.0, True), ("met", 9.0, False), ("partial", 10.0, False), ("blocked", 0.0, False)],
)
def test_an_expected_verdict_allows_only_what_it_says(status: str, points: float, allowed: bool) -> None:
    verdict = Verdict.model_validate(
        {"criterion": "head", "title": "Head", "status": status, "points": points, "maximum": 10.0, "reason": ""}
    )
    assert ExpectedVerdict(("met",), 1.0).allows(verdict) is allowed


def test_an_expected_verdict_may_leave_the_points_open() -> None:
    verdict = Verdict(criterion="accuracy", title="", status="blocked", points=0.0, maximum=10.0, reason="")
    assert ExpectedVerdict(("met", "blocked")).allows(verdict)


@pytest.mark.parametrize("value", ['{ status = "passed" }', "{ status = [] }", '{ status = "met", fraction = 2.0 }'])
def test_a_wrong_table_is_refused(tmp_path: Path, value: str) -> None:
    table = tmp_path / "expected.toml"
    table.write_text(f'[[samples]]\nsubmission = "a.ipynb"\nkind = "a"\nwhy = ""\ncriteria.head = {value}\n')
    with pytest.raises(ValueError, match=r"a\.ipynb: head: Expected"):
        load_expected(table)
