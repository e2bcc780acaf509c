"""`grader verify`: one report against a key, and against what it is shown for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.provenance.examine import Examination, examine
from grader.provenance.files import read_file
from grader.provenance.key_store import former_key, trusted_key
from grader.provenance.keys import PublicKey
from grader.provenance.proof import Proof
from grader.provenance.replay import (
    Comparison,
    compare_notebook,
    compare_results,
    compare_submission,
    differences,
)
from grader.provenance.signed_report import current_statement
from grader.provenance.statement import Statement

MAXIMUM_PAGE_BYTES = 64 << 20


@dataclass(frozen=True)
class VerifyRequest:
    """What a person asked for. `key` is text or a file; the rest is what the report is shown for."""

    report: Path
    key: str | None = None
    results: Path | None = None
    notebook: Path | None = None
    submission: str | None = None


def verify_report(request: VerifyRequest) -> Examination:
    """Examine one report.

    Raises:
        UsageError: a file or the key cannot be read; nothing was found out.
    """
    trusted = trusted_key(request.key)
    found = examine(read_file(request.report, MAXIMUM_PAGE_BYTES), trusted)
    if found.proof is None:
        return found
    if found.status == "unknown_key":
        return found.but((), _about_former(found.proof))
    if found.status != "original":
        return found.but(_what_was_signed(found.proof, request.results, trusted))
    statement = found.proof.statement
    comparisons: list[Comparison] = []
    if request.submission is not None:
        comparisons.append(compare_submission(statement, request.submission))
    if request.notebook is not None:
        comparisons.append(compare_notebook(statement, request.notebook))
    if request.results is not None:
        comparisons.append(compare_results(statement, request.results, trusted))
    for comparison in comparisons:
        found = found.but(comparison.reasons, comparison.notes)
    return found.but((), _weaknesses(statement))


def _weaknesses(statement: Statement) -> list[str]:
    """What an original's signature does not cover."""
    found = []
    if not statement.evidence.sealed:
        found.append(
            "The stored evidence it was marked from bore no valid seal of this key: it was made with another key or "
            "an older version, or was changed."
        )
    if statement.sandbox == "none":
        found.append("The notebook ran without a sandbox: its code could have read whatever the grader can.")
    return found


def _about_former(proof: Proof) -> list[str]:
    former = former_key(proof.key)
    if former is None:
        return []
    return [f"That is a key of yours, replaced on {former.replaced}. If nobody else ever had it, give it as --key."]


def _what_was_signed(proof: Proof, results: Path | None, trusted: PublicKey) -> list[str]:
    """When the statement itself was changed, the one kept with the results says what it was."""
    if proof.holds or results is None:
        return []
    folder = results.parent if results.name == "results.json" else results
    id_ = proof.statement.submission.id
    if not id_ or "/" in id_ or "\0" in id_ or id_.startswith("."):
        return []
    current = current_statement(folder, id_, trusted)
    return [] if current is None else differences(proof.statement, current)
