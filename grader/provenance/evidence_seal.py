"""Evidence is sealed when it is stored, so that marking it again later does not sign what somebody wrote into it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grader.evidence.model import Evidence
from grader.evidence.store import MAXIMUM_BYTES, evidence_folder
from grader.provenance.claims import plain
from grader.provenance.entries import read_entry, signed_entry
from grader.provenance.files import read_file
from grader.provenance.keys import SigningKey
from grader.provenance.statement import EvidenceClaim
from grader.storage import write_bytes_atomically


def seal_evidence(out: Path, submission: str, key: SigningKey) -> None:
    """Sign the digest of the evidence just stored.

    Raises:
        OSError: cannot be written. UsageError: there is no evidence.
    """
    folder = evidence_folder(out, submission)
    content = {"sha256": _sha256(folder)}
    write_bytes_atomically(folder / "seal.json", signed_entry(content, _purpose(submission), key))


def evidence_claim(out: Path, evidence: Evidence, key: SigningKey) -> EvidenceClaim:
    """What a statement says about the stored evidence of a submission."""
    submission = evidence.submission.id
    folder = evidence_folder(out, submission)
    found = _sha256(folder)
    made = evidence.provenance
    return EvidenceClaim(
        sha256=found, created=plain(made.created), grader_version=plain(made.grader_version),
        sealed=read_entry(folder / "seal.json", _purpose(submission), key) == {"sha256": found},
    )  # fmt: skip


def _sha256(folder: Path) -> str:
    return hashlib.sha256(read_file(folder / "evidence.json", MAXIMUM_BYTES)).hexdigest()


def _purpose(submission: str) -> str:
    return f"evidence 1 {submission.encode('unicode_escape').decode('ascii')}"
