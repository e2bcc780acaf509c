"""Runs from before: taken when nothing that decides them has changed, and never when something has."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch import deciding
from grader.batch.deciding import ELSEWHERE, READING, SHARE, run_digest
from grader.batch.job import Conditions, grade_submission
from grader.batch.kept import KeptRuns
from grader.batch.resume import still_to_run
from grader.evidence.model import Evidence, Reference
from grader.evidence.store import evidence_folder, load_evidence, save_evidence
from grader.execution.limits import RunLimits
from grader.execution.sandbox import Sandbox
from grader.provenance.key_store import signing_key
from grader.provenance.keys import SigningKey
from grader.rubric.model import Question
from grader.submission.discover import discover
from grader.submission.model import Submission
from tests.assets.packs import small_pack
from tests.batch.small_lab import SmallLab, small_lab
from tests.evidence_examples import good, ran

REFERENCE = Reference(accuracy=0.95, examples=200, digest="c" * 64)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallLab:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    made = small_lab(tmp_path / "lab")
    made.hand_in("ada", "1 + 1")
    return made


@pytest.fixture
def key(lab: SmallLab) -> SigningKey:
    return signing_key()


def handed_in(lab: SmallLab) -> Submission:
    (found,) = discover(lab.submissions, lab.folder)
    return found


def run(lab: SmallLab, runs: KeptRuns, **changes: object) -> Evidence:
    """What a batch does with the one submission, but for the kernel."""
    submission = handed_in(lab)
    runs.find(submission)
    evidence = good(submission={"id": submission.id, "name": submission.name}, run=ran(sandbox="none"), **changes)
    save_evidence(lab.out, evidence)
    runs.keep(submission, evidence)
    return evidence


def runs_of(lab: SmallLab, key: SigningKey, **changes: object) -> KeptRuns:
    return KeptRuns(lab.out, lab.conditions(**changes), REFERENCE, key)


def test_an_unchanged_submission_is_taken_from_before(lab: SmallLab, key: SigningKey) -> None:
    run(lab, runs_of(lab, key))
    found = runs_of(lab, key).find(handed_in(lab))
    assert found is not None
    assert found.current
    assert found.seconds == ran().seconds


@pytest.mark.parametrize(
    "change",
    [
        {"policy": "capped"},
        {"steps_per_call": 3},
        {"sandbox": Sandbox("bubblewrap")},
        {"limits": RunLimits(cell_seconds=10)},
        {"limits": RunLimits(output_characters=10)},
    ],
    ids=str,
)
def test_another_condition_is_another_run(lab: SmallLab, key: SigningKey, change: dict[str, object]) -> None:
    run(lab, runs_of(lab, key))
    assert runs_of(lab, key, **change).find(handed_in(lab)) is None


def test_another_pack_package_or_program_is_another_run(
    lab: SmallLab, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(lab, runs_of(lab, key))
    other = small_pack(lab.folder / "other")
    manifest = other.model_copy(update={"digest": "e" * 64})
    assert runs_of(lab, key, pack=manifest).find(handed_in(lab)) is None
    with monkeypatch.context() as patch:
        patch.setattr(deciding, "environment", lambda: "keras 3.99")
        assert runs_of(lab, key).find(handed_in(lab)) is None
    with monkeypatch.context() as patch:
        patch.setattr(deciding, "seeing_digest", lambda: "one line of the recorder changed")
        assert runs_of(lab, key).find(handed_in(lab)) is None
    assert runs_of(lab, key).find(handed_in(lab)) is not None


def _another_cell(lab: SmallLab) -> None:
    lab.hand_in("ada", "1 + 2")


def _a_file_beside_it(lab: SmallLab) -> None:
    folder = lab.submissions / "ada"
    folder.mkdir()
    (lab.submissions / "ada.ipynb").rename(folder / "ada.ipynb")
    (folder / "mine.py").write_text("x = 1")


@pytest.mark.parametrize("change", [_another_cell, _a_file_beside_it])
def test_other_work_is_another_run(lab: SmallLab, key: SigningKey, change: Callable[[SmallLab], None]) -> None:
    run(lab, runs_of(lab, key))
    change(lab)
    assert runs_of(lab, key).find(handed_in(lab)) is None


def test_a_file_beside_the_notebook_counts_by_its_content(lab: SmallLab, key: SigningKey) -> None:
    _a_file_beside_it(lab)
    run(lab, runs_of(lab, key))
    assert runs_of(lab, key).find(handed_in(lab)) is not None
    (lab.submissions / "ada/mine.py").write_text("x = 2")
    assert runs_of(lab, key).find(handed_in(lab)) is None


def test_our_failure_is_never_kept(lab: SmallLab, key: SigningKey) -> None:
    run(lab, runs_of(lab, key), our_failure="no space left on device")
    assert runs_of(lab, key).find(handed_in(lab)) is None


def test_a_notebook_changed_while_it_ran_is_not_kept(lab: SmallLab, key: SigningKey) -> None:
    runs = runs_of(lab, key)
    submission = handed_in(lab)
    runs.find(submission)
    lab.hand_in("ada", "1 + 2")
    evidence = good(submission={"id": submission.id, "name": submission.name})
    save_evidence(lab.out, evidence)
    runs.keep(submission, evidence)
    assert runs_of(lab, key).find(handed_in(lab)) is None


def test_what_ran_to_its_end_does_not_hang_on_its_share_of_the_machine(lab: SmallLab, key: SigningKey) -> None:
    """The same batch with another --jobs: more memory each, the same outcome."""
    small, large = RunLimits(memory_bytes=6 << 30), RunLimits(memory_bytes=12 << 30, threads=4)
    run(lab, runs_of(lab, key, limits=small))
    assert runs_of(lab, key, limits=large).find(handed_in(lab)) is not None


def test_what_ran_out_of_memory_runs_again_with_more(lab: SmallLab, key: SigningKey) -> None:
    small, large = RunLimits(memory_bytes=6 << 30), RunLimits(memory_bytes=12 << 30)
    submission = handed_in(lab)
    evidence = good(submission={"id": submission.id, "name": submission.name}, run=ran("kernel_died"))
    save_evidence(lab.out, evidence)
    runs_of(lab, key, limits=small).keep(submission, evidence)
    assert runs_of(lab, key, limits=small).find(submission) is not None
    assert runs_of(lab, key, limits=large).find(submission) is None


def test_every_condition_counts_unless_it_is_named() -> None:
    """A condition that somebody adds later decides, until this list says otherwise."""
    assert set(ELSEWHERE) <= {field.name for field in dataclasses.fields(Conditions)}
    assert set(READING) <= set(ELSEWHERE)
    assert set(SHARE) <= {field.name for field in dataclasses.fields(RunLimits)}


def test_the_reference_decides_where_it_decides_how_far_to_train(lab: SmallLab) -> None:
    other = Reference(accuracy=0.90, examples=200, digest="d" * 64)
    for policy, same in (("full", True), ("capped", True), ("auto", False)):
        conditions = lab.conditions(policy=policy)
        assert (run_digest(conditions, REFERENCE) == run_digest(conditions, other)) is same


def _edited_evidence(folder: Path) -> None:
    file = folder / "evidence.json"
    file.write_bytes(file.read_bytes().replace(b'"frozen": "yes"', b'"frozen": "no" '))


def _edited_entry(folder: Path) -> None:
    entry = json.loads((folder / "run.json").read_bytes())
    entry["content"]["ended_by_itself"] = not entry["content"]["ended_by_itself"]
    (folder / "run.json").write_text(json.dumps(entry))


def _anothers_entry(folder: Path) -> None:
    """Ben's better run in Ada's place, with his signature on it."""
    shutil.copy(folder.parent / "ben/run.json", folder / "run.json")
    shutil.copy(folder.parent / "ben/evidence.json", folder / "evidence.json")


def _no_entry(folder: Path) -> None:
    (folder / "run.json").unlink()


def _half_an_entry(folder: Path) -> None:
    (folder / "run.json").write_bytes((folder / "run.json").read_bytes()[:100])


@pytest.mark.attack("P3")
@pytest.mark.parametrize("change", [_edited_evidence, _edited_entry, _anothers_entry, _no_entry, _half_an_entry])
def test_p3_what_somebody_wrote_into_the_folder_is_not_believed(
    lab: SmallLab, key: SigningKey, change: Callable[[Path], None]
) -> None:
    run(lab, runs_of(lab, key))
    shutil.copytree(evidence_folder(lab.out, "ada"), evidence_folder(lab.out, "ben"))
    change(evidence_folder(lab.out, "ada"))
    if change is _anothers_entry:
        (lab.submissions / "ada.ipynb").rename(lab.submissions / "ben.ipynb")
        run(lab, runs_of(lab, key))
        (lab.submissions / "ben.ipynb").rename(lab.submissions / "ada.ipynb")
        change(evidence_folder(lab.out, "ada"))
    assert runs_of(lab, key).find(handed_in(lab)) is None


@pytest.mark.attack("P3")
def test_p3_another_key_is_not_believed(lab: SmallLab, key: SigningKey) -> None:
    run(lab, runs_of(lab, SigningKey.new()))
    assert runs_of(lab, key).find(handed_in(lab)) is None


def test_a_changed_question_is_looked_for_again_and_nothing_runs(
    lab: SmallLab, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.hand_in("ada", "1 + 1", question="What is fine-tuning?")
    before = run(lab, runs_of(lab, key), answers=())
    conditions = lab.conditions(questions=(Question(id="tuning", text="What is fine-tuning?"),))
    other = Reference(accuracy=0.90, examples=200, digest="d" * 64)
    runs = KeptRuns(lab.out, conditions, other, key)
    said: list[str] = []
    assert still_to_run([handed_in(lab)], runs, conditions, other, lab.out, said.append) == []
    (line,) = said
    assert "1 of 1" in line
    assert "1 read again" in line
    after = load_evidence(evidence_folder(lab.out, "ada") / "evidence.json")
    (answer,) = after.answers
    assert (answer.question, "Because ada says so." in answer.text) == ("tuning", True)
    assert after.reference == other
    assert (after.fits, after.measurement) == (before.fits, before.measurement)
    # It is sealed anew: the next batch has nothing to do.
    again = KeptRuns(lab.out, conditions, other, key).find(handed_in(lab))
    assert again is not None
    assert again.current


@pytest.mark.slow
def test_one_submission_for_real(lab: SmallLab, key: SigningKey) -> None:
    """Run, keep, find: the evidence of a real kernel."""
    conditions, submission = lab.conditions(), handed_in(lab)
    runs = KeptRuns(lab.out, conditions, None, key)
    assert runs.find(submission) is None

    def measure(_: object) -> object:
        raise AssertionError("there is no model")

    evidence = grade_submission(submission, conditions, None, measure, lab.out)  # type: ignore[arg-type]
    runs.keep(submission, evidence)
    found = KeptRuns(lab.out, conditions, None, key).find(submission)
    assert found is not None
    assert found.seconds == evidence.run.seconds > 0
    assert KeptRuns(lab.out, conditions, None, key).seconds(submission) == found.seconds
