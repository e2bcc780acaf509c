"""Runs of an earlier batch in the same folder: believed when signed, and made from the very same things."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.batch.deciding import reading_digest, reference_part, run_digest, share, submission_digest
from grader.batch.job import Conditions
from grader.errors import UsageError
from grader.evidence.model import Evidence, Reference
from grader.evidence.store import MAXIMUM_BYTES, evidence_folder
from grader.provenance.canonical import digest
from grader.provenance.entries import read_entry, signed_entry
from grader.provenance.evidence_seal import seal_evidence
from grader.provenance.files import read_file
from grader.provenance.keys import SigningKey
from grader.storage import write_bytes_atomically
from grader.submission.model import Submission


@dataclass(frozen=True)
class Kept:
    """What is on disk from before. `current`: the source would be read in the same way, against the same reference."""

    seconds: float
    current: bool


class KeptRuns:
    """The runs kept below one folder, as far as they hold under these conditions.

    Kept are runs of which the outcome does not hang on how much of the machine they had: a notebook that ran out of
    time or memory is run again when it gets another share. A failure of ours is never kept.
    """

    def __init__(self, out: Path, conditions: Conditions, reference: Reference | None, key: SigningKey) -> None:
        self._out = out
        self._key = key
        self._share = share(conditions.limits)
        self._run = run_digest(conditions, reference)
        self._reading = digest([reading_digest(conditions), reference_part(reference)])
        self._begun: dict[str, str | None] = {}

    def find(self, submission: Submission) -> Kept | None:
        """The run from before, if it is the same work under the same conditions and nobody changed it since."""
        wanted = self._begun[submission.id] = self._wanted(submission)
        entry = None if wanted is None else self._entry(submission)
        folder = evidence_folder(self._out, submission.id)
        if entry is None or entry["run"] != wanted or entry["evidence"] != _evidence_digest(folder):
            return None
        if not entry["ended_by_itself"] and entry["share"] != self._share:
            return None
        return Kept(seconds=entry["seconds"], current=entry["reading"] == self._reading)

    def keep(self, submission: Submission, evidence: Evidence) -> None:
        """Seal the evidence just stored, and say what it was made from unless our side failed.

        A submission that changed on disk between `find` and now is not kept: nobody knows which of the two ran.

        Raises:
            OSError: cannot be written.
        """
        seal_evidence(self._out, submission.id, self._key)
        wanted = self._wanted(submission)
        if wanted is None or self._begun.get(submission.id, wanted) != wanted or evidence.our_failure is not None:
            return
        folder = evidence_folder(self._out, submission.id)
        content: dict[str, Any] = {
            "run": wanted,
            "reading": self._reading,
            "evidence": _evidence_digest(folder),
            "share": self._share,
            "ended_by_itself": evidence.run.status in ("completed", "unreadable"),
            "seconds": evidence.run.seconds,
        }
        write_bytes_atomically(folder / "run.json", signed_entry(content, _purpose(submission.id), self._key))

    def seconds(self, submission: Submission) -> float | None:
        """How long it ran the last time, whatever has changed since; to be used for nothing but an estimate."""
        entry = self._entry(submission)
        return None if entry is None else float(entry["seconds"])

    def _entry(self, submission: Submission) -> dict[str, Any] | None:
        folder = evidence_folder(self._out, submission.id)
        return read_entry(folder / "run.json", _purpose(submission.id), self._key)

    def _wanted(self, submission: Submission) -> str | None:
        found = submission_digest(submission)
        return None if found is None else digest([self._run, found])


def _evidence_digest(folder: Path) -> str | None:
    try:
        return hashlib.sha256(read_file(folder / "evidence.json", MAXIMUM_BYTES)).hexdigest()
    except UsageError:
        return None


def _purpose(submission: str) -> str:
    return f"run 1 {submission.encode('unicode_escape').decode('ascii')}"
