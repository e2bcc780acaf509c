"""What is damaged or lost between a worker and the command is our failure, is tried again, and never becomes a mark."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from grader.batch.progress import BatchProgress
from grader.batch.run import run_batch
from grader.cluster.connection import Cluster
from grader.cluster.dask_engine import DaskEngine
from grader.cluster.setting import setting_of
from grader.cluster.shared_folder import SharedFolder
from grader.cluster.worker import FarOrder, FarResult, carry_out_far
from grader.evidence.model import Evidence
from grader.rubric.load import load_rubric
from grader.submission.model import Submission
from tests.batch.small_lab import SmallLab, small_lab

pytestmark = pytest.mark.slow

Harm = Callable[[Path], None]


class OneWorker:
    """A worker in this process without Dask between it and the engine; something happens to the first so many files."""

    def __init__(self, shared: Path, harm: Harm, times: int, kind: str) -> None:
        self._shared = shared
        self._harm = harm
        self._left = times
        self._kind = kind

    def threads(self) -> int:
        return 1

    def carry_out(self, order: FarOrder, _key: str) -> FarResult:
        if self._kind == "submissions":
            self._something_happens(order.parcel)
        far = carry_out_far(order)
        if self._kind == "evidence" and far.parcel is not None:
            self._something_happens(far.parcel)
        return far

    def require_one_folder(self, _name: str) -> None:
        pass

    def listen(self, _topic: str, _handler: object) -> None:
        pass

    def close(self) -> None:
        pass

    def _something_happens(self, name: str) -> None:
        if self._left:
            self._left -= 1
            self._harm(self._shared / name)


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def one_bit_turned(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def lost(path: Path) -> None:
    path.unlink()


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallLab]:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    made = small_lab(tmp_path / "lab")
    made.out.mkdir()
    made.hand_in("ada", "1 + 1")
    yield made
    from grader.cluster.worker import _HERE

    _HERE.close()


def graded(lab: SmallLab, harm: Harm, times: int, kind: str) -> Evidence:
    shared = lab.folder / "shared"
    rubric = load_rubric(lab.rubric)
    conditions = lab.conditions(policy="full")
    worker = cast("Cluster", OneWorker(shared, harm, times, kind))
    engine = DaskEngine(
        worker, SharedFolder(str(shared)), setting_of(conditions, rubric, "fresh", None), lab.pack, None, lab.out,
        conditions.scratch, lambda *_: None,
    )  # fmt: skip
    ada = Submission("ada", "Ada", notebook=lab.submissions / "ada.ipynb")
    with (
        BatchProgress(1) as progress,
        contextlib.closing(run_batch([ada], engine, lab.pack, lab.out, progress=progress, tries=2)) as running,
    ):
        (seen,) = running
    return seen


@pytest.mark.parametrize("kind", ["submissions", "evidence"])
@pytest.mark.parametrize("harm", [cut_in_half, one_bit_turned, emptied, lost])
def test_once_costs_time(lab: SmallLab, harm: Harm, kind: str) -> None:
    seen = graded(lab, harm, 1, kind)
    assert (seen.our_failure, seen.run.status) == (None, "completed")


@pytest.mark.parametrize("kind", ["submissions", "evidence"])
def test_each_time_is_put_aside(lab: SmallLab, kind: str) -> None:
    seen = graded(lab, one_bit_turned, 9, kind)
    assert seen.our_failure is not None
    assert seen.our_failure.startswith("Put aside after it was tried 2 times: our side failed each time.")
    assert "Did somebody else write to the shared folder?" in seen.our_failure


def test_nobodys_work_stays_behind(lab: SmallLab) -> None:
    """A command that was killed leaves a submission on its way, and a worker brings evidence that nobody fetches."""

    def killed(path: Path) -> None:
        shutil.copy(path, path.with_name("left-behind.zip"))

    folder = lab.folder / "shared"
    for kind in ("submissions", "evidence"):
        graded(lab, killed, 1, kind)
    assert [path.name for path in folder.glob("*/*/left-behind.zip")] == ["left-behind.zip"]  # the last one
    graded(lab, killed, 0, "evidence")
    assert [path for kind in ("submissions", "evidence") for path in (folder / kind).rglob("*.zip")] == []
