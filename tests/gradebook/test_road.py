"""From stored evidence to reports and tables, with people's decisions on the way."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.batch.deliver import BatchRecord, Graded, deliver
from grader.evidence.model import Answer
from grader.evidence.store import save_evidence, stored_evidence
from grader.gradebook.basis import basis
from grader.gradebook.book import open_gradebook
from grader.gradebook.entries import Appeal, Change, Mark, Remark, Subject
from grader.provenance.key_store import signing_key
from grader.rubric.load import load_rubric
from grader.rubric.model import Rubric
from tests.report.examples import EXAMPLES

LAB = load_rubric("lab06")


@pytest.fixture(autouse=True)
def _own_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "data"))


def marked(out: Path, rubric: Rubric = LAB) -> Graded:
    """As `grader judge` does it."""
    names = ("one", "two")
    if not (out / "evidence").exists():
        for name in names:
            evidence = EXAMPLES["exemplary"]().evidence
            info = evidence.submission.model_copy(update={"id": name, "name": name.title()})
            answers = tuple(
                Answer(question=q.id, found=True, text="To keep it.", confidence=1) for q in rubric.questions()
            )
            save_evidence(out, evidence.model_copy(update={"submission": info, "answers": answers}))
    pack = EXAMPLES["exemplary"]().evidence.pack
    assert pack is not None
    record = BatchRecord(
        rubric=str(rubric.path), submissions=names, policy="full", sandbox="bubblewrap", pack=pack,
        started=datetime(2026, 3, 1, tzinfo=UTC), seconds=1,
    )  # fmt: skip
    return deliver(out, rubric, record, signing_key())


QUESTION = next(criterion for criterion in LAB.criteria if criterion.question is not None)


def decide(out: Path, points: float, criterion: str = QUESTION.id, text: str = "") -> None:
    """A person's mark for the first submission, for the work that lies there."""
    evidence = next(iter(stored_evidence(out, ["one"])))
    about = next(one for one in LAB.criteria if one.id == criterion)
    mark = Mark(points=points, maximum=about.points, basis=basis(about, evidence))
    with open_gradebook(out, "lab06") as book:
        changes = [Change(Subject("mark", criterion, "one"), mark)]
        if text:
            changes.append(Change(Subject("remark", criterion, "one"), Remark(text=text)))
        book.journal.write("ada", changes)


def test_a_mark_and_a_remark_stand_in_the_report_and_in_the_tables_after_marking_again(tmp_path: Path) -> None:
    before = marked(tmp_path).results[0]
    decide(tmp_path, 0.5, text="Say <b>why</b>.")
    after = marked(tmp_path).results[0]
    assert after.total.points == before.total.points + 0.5
    assert after.total.pending == before.total.pending - QUESTION.points
    page = (tmp_path / "reports/one.html").read_text()
    assert "Say &lt;b&gt;why&lt;/b&gt;." in page
    assert "Decided by your teacher on" in page
    one = json.loads((tmp_path / "results.json").read_text())["submissions"][0]
    entry = next(found for found in one["criteria"] if found["id"] == QUESTION.id)
    assert (entry["points"], entry["status"], entry["comments"]) == (0.5, "partial", ["Say <b>why</b>."])
    assert (entry["decision"]["machine_status"], entry["decision"]["machine_points"]) == ("needs_review", None)
    assert ",0.5,partial," in (tmp_path / "grades.csv").read_text()


def test_a_rubric_with_other_points_keeps_the_mark_and_the_total_is_provisional(tmp_path: Path) -> None:
    marked(tmp_path)
    for criterion in LAB.criteria:
        decide(tmp_path, criterion.points, criterion.id)
    assert marked(tmp_path).results[0].total.final
    richer = LAB.model_copy(
        update={"criteria": tuple(
            c.model_copy(update={"points": 2 * c.points}) if c.id == QUESTION.id else c for c in LAB.criteria
        )}
    )  # fmt: skip
    result = marked(tmp_path, richer).results[0]
    assert result.total.points == richer.maximum
    assert (result.total.final, result.status) == (False, "needs_review")
    assert "points for this changed" in (tmp_path / "reports/one.html").read_text()
    assert (tmp_path / "grades.csv").read_text().splitlines()[1].endswith(",no")


def test_another_answer_handed_in_later_keeps_the_mark_and_says_so(tmp_path: Path) -> None:
    marked(tmp_path)
    decide(tmp_path, 1)
    evidence = next(iter(stored_evidence(tmp_path, ["one"])))
    answers = tuple(a.model_copy(update={"text": f"{a.text} And more."}) for a in evidence.answers)
    save_evidence(tmp_path, evidence.model_copy(update={"answers": answers}))
    verdict = next(v for v in marked(tmp_path).results[0].verdicts if v.criterion == QUESTION.id)
    assert verdict.points == 1
    assert verdict.decision is not None
    assert verdict.decision.again == ("work",)
    assert "your work changed" in (tmp_path / "reports/one.html").read_text()


def test_an_override_of_code_says_what_the_grader_had_found(tmp_path: Path) -> None:
    marked(tmp_path)
    decide(tmp_path, 1, "head", "Pooling is missing on the second branch.")
    marked(tmp_path)
    page = (tmp_path / "reports/one.html").read_text()
    assert "The grader itself had found:" in page
    assert "Pooling is missing on the second branch." in page


def test_an_appeal_and_later_its_answer_stand_in_the_report(tmp_path: Path) -> None:
    marked(tmp_path)
    about = Subject("appeal", "head", "one", "a1")
    with open_gradebook(tmp_path, "lab06") as book:
        book.journal.write("ada", [Change(about, Appeal(text="<script>alert(1)</script> Why?"))])
    marked(tmp_path)
    page = (tmp_path / "reports/one.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Why?" in page
    assert "Your teacher has not answered yet." in page


def test_an_empty_remark_is_nothing(tmp_path: Path) -> None:
    marked(tmp_path)
    decide(tmp_path, 1)
    marked(tmp_path)
    assert "comment</p>" not in (tmp_path / "reports/one.html").read_text()
