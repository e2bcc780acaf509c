"""Put a submission aside on which our side failed until its tries were used up: evidence that says so, and no mark."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from grader.assets.pack import AssetPack
from grader.batch.work import WorkResult
from grader.errors import EvidenceError
from grader.evidence.model import Evidence
from grader.evidence.store import evidence_folder, load_evidence, save_evidence
from grader.observation.observe import Reading, our_failure
from grader.submission.model import Submission, submission_info

_WORDS = {
    "our_side": "our side failed each time",
    "worker_lost": "the process that worked on it ended each time",
    "connection_lost": "the connection to the cluster broke each time",
}


def put_aside(submission: Submission, result: WorkResult, tries: int, pack: AssetPack, out: Path) -> Evidence:
    """Store what is known: the evidence of the last try if there is one, else nothing but who handed in what.

    A submission whose worker died is not opened here: whatever ended the worker would end this process, too.

    Raises:
        OSError: cannot be written.
    """
    how = "once" if tries == 1 else f"{tries} times"
    words = f"Put aside after it was tried {how}: {_WORDS[result.failure or 'our_side']}. {result.explanation}".strip()
    evidence = _last(out, result)
    if evidence is None:
        created = datetime.now(UTC).isoformat(timespec="seconds")
        evidence = our_failure(Reading(submission_info(submission)), words, pack, created)
    else:
        run = evidence.run.model_copy(update={"explanation": words})
        evidence = evidence.model_copy(update={"our_failure": words, "run": run})
    save_evidence(out, evidence)
    return evidence


def _last(out: Path, result: WorkResult) -> Evidence | None:
    if result.evidence is None:
        return None
    try:
        return load_evidence(evidence_folder(out, result.submission) / "evidence.json")
    except EvidenceError:
        return None
