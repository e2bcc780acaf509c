"""The engine that hands submissions to the workers of a Dask cluster, and takes in what they saw."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from grader.assets.pack import AssetPack
from grader.batch.job import StoppedError
from grader.batch.roads import Roads
from grader.batch.work import CellDone, FailureKind, WorkResult, stored_digest
from grader.cluster.connection import Cluster, LineLostError, SchedulerLostError, WorkerLostError
from grader.cluster.packs import publish_pack
from grader.cluster.parcel import MAXIMUM_PARCEL, pack_submission, unpack_evidence
from grader.cluster.setting import Setting, publish_setting
from grader.cluster.shared_folder import SharedFolder
from grader.cluster.worker import FarOrder, FarResult
from grader.errors import EvidenceError, InfrastructureError, OutOfReachError, SubmissionError
from grader.evidence.store import evidence_folder, load_evidence, save_evidence
from grader.observation.observe import unread
from grader.submission.model import Submission, submission_info


class DaskEngine:
    """An engine (`grader.batch.engine.Engine`) whose orders are carried out elsewhere.

    Only names and digests go through the scheduler. What comes back is checked, put in its place, and sealed here.
    """

    def __init__(
        self, cluster: Cluster, shared: SharedFolder, setting: Setting, pack: AssetPack, roads: Roads | None, out: Path,
        scratch: Path, on_cell: CellDone,
    ) -> None:  # fmt: skip
        """Publishes the pack and the setting, and removes what a command for these results left behind when it was
        killed: students' work does not stay in a folder that many see.

        Raises:
            OSError: the shared folder takes nothing. UsageError: a worker does not see what was put there.
        """
        self._cluster = cluster
        self._shared = shared
        self._pack = pack
        self._roads = roads
        self._reference = setting.reference
        self._out = out
        self._scratch = scratch
        self._stopped = threading.Event()
        self._topic = f"lab-grader-{secrets.token_hex(8)}"
        these_results = f"{socket.gethostname()}:{out.resolve()}".encode("utf-8", "replace")
        self._batch = hashlib.sha256(these_results).hexdigest()[:16]
        for kind in ("submissions", "evidence"):
            shared.empty(f"{kind}/{self._batch}")
        publish_pack(pack, shared, scratch)
        self._setting = publish_setting(setting, shared, scratch)
        cluster.require_one_folder(f"settings/{self._setting}.json")

        def told(event: dict[str, object]) -> None:
            name, done, of = event.get("name"), event.get("done"), event.get("of")
            if isinstance(name, str) and isinstance(done, int) and isinstance(of, int):
                on_cell(name, done, of)

        cluster.listen(self._topic, told)

    def slots(self) -> int:
        """Threads of all fit workers; 1 while there is none, so that what waits is seen to wait."""
        return max(1, self._cluster.threads())

    def grade(self, submission: Submission) -> WorkResult:
        """Send it away, wait, and take its evidence in."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix="order-") as name:
            folder = Path(name)
            try:
                with self._sent(submission, folder) as order:
                    far = self._cluster.carry_out(order, f"grade-{secrets.token_hex(16)}")
                    result = dataclasses.replace(far.result, seconds=round(time.monotonic() - began, 3))
                    self._still()
                    self._take_in(far, submission, folder)
                    return result
            except OutOfReachError as problem:
                return self._failed(submission, began, "our_side", problem)
            except SubmissionError as problem:
                return self._unreadable(submission, problem)
            except WorkerLostError as lost:
                return WorkResult(submission.id, None, _since(began), "worker_lost", str(lost), tries=lost.tries)
            except LineLostError as lost:
                return self._failed(submission, began, "connection_lost", lost)
            except (StoppedError, SchedulerLostError):
                raise
            except (InfrastructureError, EvidenceError, OSError) as problem:
                return self._failed(submission, began, "our_side", problem)

    def ends_with_us(self, submission: Submission) -> int:  # noqa: ARG002 - the engine's form
        """Nothing of it runs in this process."""
        return 0

    def forget(self, submission: Submission) -> None:
        """Nothing is kept about tries."""

    def stop(self) -> None:
        """Cancel what runs."""
        self._stopped.set()
        self._cluster.close()

    @contextlib.contextmanager
    def _sent(self, submission: Submission, folder: Path) -> Iterator[FarOrder]:
        """The submission in the shared folder, until its order has ended."""
        parcel = folder / "parcel.zip"
        pack_submission(submission, parcel)
        with parcel.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        name = f"submissions/{self._batch}/{digest[:16]}-{secrets.token_hex(8)}.zip"
        self._shared.put(name, parcel)
        try:
            yield FarOrder(self._shared.url, self._setting, name, digest, submission.id, self._topic)
        finally:
            self._shared.remove(name)

    def _take_in(self, far: FarResult, submission: Submission, folder: Path) -> None:
        """Put evidence in its place, and the reference that its road asks for into it."""
        if far.parcel is None:
            return
        got = folder / "evidence.zip"
        self._shared.get(far.parcel, got, MAXIMUM_PARCEL, far.sha256)
        unpack_evidence(got, self._out, submission.id)
        self._shared.remove(far.parcel)
        stored = evidence_folder(self._out, submission.id) / "evidence.json"
        evidence = load_evidence(stored)
        if evidence.submission.id != submission.id:
            stored.unlink()
            raise EvidenceError(expected=f"evidence of {submission.id}", received="another's", where=far.parcel)
        if self._roads is not None and evidence.road is not None:
            right = self._roads.reference(self._reference, evidence.road.decided)
            if right != evidence.reference:
                save_evidence(self._out, evidence.model_copy(update={"reference": right}))

    def _unreadable(self, submission: Submission, problem: SubmissionError) -> WorkResult:
        created = datetime.now(UTC).isoformat(timespec="seconds")
        save_evidence(self._out, unread(submission_info(submission), str(problem), self._pack, created))
        return WorkResult(submission.id, stored_digest(self._out, submission.id), 0.0)

    def _still(self) -> None:
        if self._stopped.is_set():
            raise StoppedError

    def _failed(self, submission: Submission, began: float, failure: FailureKind, problem: Exception) -> WorkResult:
        self._still()
        return WorkResult(submission.id, None, _since(began), failure, str(problem)[:1500])


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
