"""What fails on our side is tried again a bounded number of times, never becomes a mark, and holds nobody up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.engine import Engine, LocalEngine
from grader.batch.progress import BatchProgress
from grader.batch.run import run_batch
from grader.batch.station import Station
from grader.batch.tries import Tries
from grader.batch.work import WorkResult
from grader.errors import InfrastructureError
from grader.evidence.model import Evidence, Measurement
from grader.evidence.store import load_evidence, save_evidence
from grader.judge import judge
from grader.models.measure_request import MeasureRequest
from grader.observation.observe import Reading, our_failure
from grader.rubric.load import load_rubric
from grader.submission.files import list_files
from grader.submission.model import Submission, submission_info
from tests.batch.small_lab import SmallLab, small_lab


@pytest.fixture
def lab(tmp_path: Path) -> SmallLab:
    return small_lab(tmp_path / "lab")


class Scripted:
    """An engine of which each submission's tries are given: what fails, and how."""

    def __init__(self, lab: SmallLab, script: Callable[[str, int], WorkResult | None]) -> None:
        self._lab = lab
        self._script = script
        self._lock = threading.Lock()
        self.tried: Counter[str] = Counter()

    def slots(self) -> int:
        return 2

    def grade(self, submission: Submission) -> WorkResult:
        with self._lock:
            self.tried[submission.id] += 1
        failed = self._script(submission.id, self.tried[submission.id])
        if failed is not None:
            return failed
        evidence = our_failure(Reading(submission_info(submission)), "x", self._lab.pack, "2026-03-02T14:00:00+00:00")
        save_evidence(self._lab.out, evidence.model_copy(update={"our_failure": None}))
        return WorkResult(submission.id, "0" * 64, 1.0)

    def ends_with_us(self, submission: Submission) -> int:
        return 0

    def forget(self, submission: Submission) -> None:
        pass

    def stop(self) -> None:
        pass


def graded(lab: SmallLab, engine: Engine, *names: str, tries: int = 3) -> dict[str, Evidence]:
    lab.out.mkdir(exist_ok=True)
    people = [Submission(name, name.title(), notebook=lab.submissions / f"{name}.ipynb") for name in names]
    with BatchProgress(len(people)) as progress:
        seen = list(run_batch(people, engine, lab.pack, lab.out, progress=progress, tries=tries))
    assert sorted(one.submission.id for one in seen) == sorted(names)  # each exactly once
    return {one.submission.id: one for one in seen}


def test_a_failure_that_passes_is_forgotten(lab: SmallLab) -> None:
    def script(name: str, time: int) -> WorkResult | None:
        return WorkResult(name, None, 0.1, "our_side", "no room") if (name, time) == ("ben", 1) else None

    engine = Scripted(lab, script)
    seen = graded(lab, engine, "ada", "ben", "eva")
    assert engine.tried == {"ada": 1, "ben": 2, "eva": 1}
    assert not any(one.our_failure for one in seen.values())


def test_who_ends_a_worker_each_time_is_put_aside_and_the_others_go_on(lab: SmallLab) -> None:
    def script(name: str, _time: int) -> WorkResult | None:
        return WorkResult(name, None, 0.1, "worker_lost", "worker-3") if name == "ben" else None

    engine = Scripted(lab, script)
    seen = graded(lab, engine, "ada", "ben", "eva")
    assert engine.tried["ben"] == 3
    (why,) = [one.our_failure for one in seen.values() if one.our_failure]
    assert why == "Put aside after it was tried 3 times: the process that worked on it ended each time. worker-3"
    assert load_evidence(lab.out / "evidence/ben/evidence.json").our_failure == why
    result = judge(load_rubric(lab.rubric), seen["ben"])
    assert {verdict.status for verdict in result.verdicts} == {"infrastructure_error"}
    assert result.total.counted == 0
    assert result.total.pending == result.total.maximum


def test_as_often_as_one_says(lab: SmallLab) -> None:
    engine = Scripted(lab, lambda name, _time: WorkResult(name, None, 0.1, "our_side", "no room"))
    why = graded(lab, engine, "ada", tries=1)["ada"].our_failure
    assert engine.tried["ada"] == 1
    assert why == "Put aside after it was tried once: our side failed each time. no room"


def test_who_ended_the_grader_three_times_is_not_opened_again(lab: SmallLab) -> None:
    """As after a segmentation fault of our own process: a mark is all that it left."""
    lab.hand_in("ada", "1 + 1")
    lab.out.mkdir()
    for _ in range(3):
        Tries(lab.out).begin("ada")

    def measure(_: MeasureRequest) -> Measurement:
        raise InfrastructureError(expected="nothing to be opened", received="a submission")

    station = Station(lab.conditions(), None, measure)
    engine = LocalEngine(station, lab.out, 1, lambda *_: None)
    why = graded(lab, engine, "ada")["ada"].our_failure
    assert why is not None
    assert why.startswith("Put aside after it was tried 3 times: the process")
    assert Tries(lab.out).before("ada") == 0  # the next batch tries anew


@pytest.mark.parametrize("damaged", [b"", b"\xff", b"-1", b"1e9", b"\xd9\xa3", b"9" * 5000])
def test_a_damaged_mark_counts_as_none(lab: SmallLab, damaged: bytes) -> None:
    lab.out.mkdir()
    tries = Tries(lab.out)
    (lab.out / ".begun/ada").write_bytes(damaged)
    assert tries.before("ada") == 0
    tries.begin("ada")
    assert tries.before("ada") == 1


def test_an_error_in_our_own_program_is_one_submissions_failure(lab: SmallLab) -> None:
    lab.hand_in("ada", "1 + 1")
    broken = lab.conditions(policy=None, template=None)  # what no batch makes
    engine = LocalEngine(Station(broken, None, lambda _: Measurement(rebuilt=False)), lab.out, 1, lambda *_: None)
    why = graded(lab, engine, "ada")["ada"].our_failure
    assert why is not None
    assert "TypeError" in why


@pytest.mark.parametrize("handed_in", ["a notebook", "a report", "a folder"])
def test_what_vanished_or_is_closed_to_us_is_our_failure(lab: SmallLab, handed_in: str) -> None:
    """Somebody tidies up while a class is graded, or a network drive goes away: no student handed in a bad file."""
    gone = lab.submissions / "ada"
    submission = {
        "a notebook": Submission("ada", "Ada", notebook=gone / "lab.ipynb"),
        "a report": Submission("ada", "Ada", reports=(gone / "report.md",)),
        "a folder": Submission("ada", "Ada", folder=gone, out_of_reach=list_files(gone).out_of_reach),
    }[handed_in]
    lab.out.mkdir()
    engine = LocalEngine(Station(lab.conditions(), None, not_asked), lab.out, 1, lambda *_: None)
    with BatchProgress(1) as progress:
        (seen,) = run_batch([submission], engine, lab.pack, lab.out, progress=progress, tries=2)
    assert seen.our_failure is not None
    assert seen.our_failure.startswith("Put aside after it was tried 2 times: our side failed each time.")
    assert "No such file or directory" in seen.our_failure
    result = judge(load_rubric(lab.rubric), seen)
    assert result.status == "infrastructure_error"
    assert result.total.pending == result.total.maximum


def not_asked(_: MeasureRequest) -> Measurement:
    raise AssertionError("nothing is measured")
