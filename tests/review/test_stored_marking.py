"""The app opens with what the gradebook has of the last marking. It says what judging anew says."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.deliver import deliver, load_record, save_record
from grader.evidence.store import evidence_folder, load_evidence, save_evidence
from grader.gradebook.basis import bases
from grader.gradebook.book import open_gradebook
from grader.judge import judge
from grader.provenance.key_store import signing_key
from grader.review import classroom as rooms
from grader.review.classroom import Submitted
from grader.rubric.load import load_rubric
from tests.report.examples import EXAMPLES
from tests.review.classes import LAB, Visitor, judged, visiting


@pytest.fixture
def everything(tmp_path: Path, out: Path) -> Path:
    """One submission of each kind that a report can be about."""
    folder = tmp_path / "kinds"
    for name, make in EXAMPLES.items():
        made = make().evidence
        info = made.submission.model_copy(update={"id": name})
        save_evidence(folder, made.model_copy(update={"submission": info}))
    save_record(folder, load_record(out).model_copy(update={"submissions": tuple(EXAMPLES)}))
    judged(folder)
    return folder


def judged_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the last marking were of another version."""
    monkeypatch.setattr(rooms, "__version__", "0.0.1")


def in_short(one: Submitted) -> object:
    verdicts = [(v.criterion, v.status, v.points, v.maximum) for v in one.judged.verdicts]
    return one.id, one.name, one.judged.status, one.judged.total, verdicts, dict(one.work)


def test_lists_are_the_same_from_the_gradebook_and_from_judging(
    everything: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen(visitor: Visitor) -> list[str]:
        pages = [visitor.text(address) for address in ("/", "/?show=final", "/export", "/export/grades.csv")]
        return [re.sub('name="token" value="[0-9a-f]+"', "", page) for page in pages]

    with visiting(everything) as visitor:
        assert not any(one.whole for one in visitor.classroom.submissions.values())
        stored = seen(visitor), [in_short(one) for one in visitor.classroom.submissions.values()]
    judged_anew(monkeypatch)
    with visiting(everything) as visitor:
        assert all(one.whole for one in visitor.classroom.submissions.values())
        assert (seen(visitor), [in_short(one) for one in visitor.classroom.submissions.values()]) == stored


def test_what_is_looked_at_is_judged_with_all_its_words(everything: Path) -> None:
    evidence = load_evidence(evidence_folder(everything, "not_frozen") / "evidence.json")
    with visiting(everything) as visitor:
        visitor.text("/submissions/not_frozen")
        one = visitor.classroom.submissions["not_frozen"]
        assert (one.judged, one.work) == (judge(LAB, evidence), bases(LAB, evidence))
        assert [other.id for other in visitor.classroom.submissions.values() if other.whole] == ["not_frozen"]


def test_a_decision_opens_what_followed_from_it_without_a_look(
    everything: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What blocks what is not among the gradebook's columns."""
    evidence = load_evidence(evidence_folder(everything, "not_frozen") / "evidence.json")
    blocked = [v for v in judge(LAB, evidence).verdicts if v.status == "blocked"]
    assert blocked
    cause = next(c for c in LAB.criteria if c.id == blocked[0].blocked_by)
    with visiting(everything) as visitor:
        visitor.send(f"/submissions/not_frozen/criteria/{cause.id}", {"points": cause.points, "seen": 0})
    with visiting(everything) as visitor:
        from_book = visitor.text("/export/grades.csv")
    judged_anew(monkeypatch)
    with visiting(everything) as visitor:
        assert visitor.text("/export/grades.csv") == from_book
        counted = visitor.classroom.counts(visitor.classroom.submissions["not_frozen"], visitor.classroom.standing())
        assert {v.status for v in counted.verdicts if v.criterion == blocked[0].criterion} == {"needs_review"}


def newer_evidence(folder: Path) -> None:
    stored = evidence_folder(folder, "ada") / "evidence.json"
    with open_gradebook(folder, "lab06") as book:
        short = book.markings.in_short()
    assert short is not None
    os.utime(stored, (short.at.timestamp() + 1, short.at.timestamp() + 1))


def another_rubric(folder: Path) -> None:
    path = folder / "changed.toml"
    text = Path(LAB.path).read_text(encoding="utf-8").replace('"../', f'"{Path(LAB.path).resolve().parents[1]}/')
    path.write_text(text.replace("points = 2", "points = 4", 1), encoding="utf-8")
    deliver(folder, load_rubric(str(path)), load_record(folder), signing_key())


def no_marking(folder: Path) -> None:
    (folder / "gradebook.sqlite3").unlink()


@pytest.mark.parametrize("change", [newer_evidence, another_rubric, no_marking])
def test_what_was_marked_otherwise_or_never_is_judged_when_the_app_opens(
    out: Path, change: Callable[[Path], None]
) -> None:
    change(out)
    with visiting(out) as visitor:
        assert visitor.classroom.submissions["ada"].whole
        found = load_evidence(evidence_folder(out, "ada") / "evidence.json")
        assert visitor.classroom.submissions["ada"].judged == judge(LAB, found)


def test_evidence_that_went_missing_is_said_when_it_is_looked_at(out: Path) -> None:
    with visiting(out) as visitor:
        shutil.rmtree(evidence_folder(out, "bo"))
        assert visitor.get("/submissions/ada").status_code == 200
        assert "Expected a readable evidence file" in visitor.get("/submissions/bo").text
