"""Write a submission's report: the page with the signed statement on it, and the statement beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from grader.errors import UsageError
from grader.evidence.model import Evidence
from grader.provenance.canonical import digest
from grader.provenance.claims import Circumstances, claim
from grader.provenance.code import program_digest
from grader.provenance.files import read_file
from grader.provenance.keys import PublicKey, SigningKey
from grader.provenance.made_from import is_made_from, say_made_from
from grader.provenance.page import page_claim, put_in
from grader.provenance.proof import MAXIMUM_PROOF_BYTES, Proof, read_proof, sign
from grader.provenance.statement import EvidenceClaim, Statement
from grader.report import render_report
from grader.rubric.model import Rubric
from grader.storage import write_bytes_atomically
from grader.verdict import Result
from grader.watching.phases import looked


def write_signed_report(
    out: Path, evidence: Evidence, seen: EvidenceClaim, result: Result, rubric: Rubric, key: SigningKey,
    steps_per_call: int | None,
) -> str:  # fmt: skip
    """Write `reports/<id>.html` and `reports/<id>.proof.json` below `out`.

    A report that was there is replaced by a new statement that counts on from the old one. One that would say the very
    same stays as it is: a student who has it holds the current one.

    Args:
        seen: what the statement says about the stored evidence.

    Returns:
        The report's path relative to `out`.

    Raises:
        OSError: cannot be written.
    """
    name = f"reports/{result.submission}.html"
    inputs = digest(
        [seen.model_dump(mode="json"), result.model_dump(mode="json"), rubric.digest, steps_per_call, program_digest()]
    )
    unchanged = is_made_from(out, result.submission, inputs, key)
    looked("reports", hit=unchanged)
    if unchanged:
        return name
    circumstances = Circumstances(
        evidence=seen, steps_per_call=steps_per_call, created=datetime.now(UTC).isoformat(timespec="seconds"),
        previous=current_statement(out, result.submission, key.public),
    )  # fmt: skip
    page, proof = signed_report(evidence, result, rubric, key, circumstances)
    written = page.encode(), proof.text + b"\n"
    write_bytes_atomically(out / name, written[0], durable=False)  # what is lost is made again from the evidence
    write_bytes_atomically(proof_file(out, result.submission), written[1], durable=False)
    say_made_from(out, result.submission, inputs, written, key)
    return name


def signed_report(
    evidence: Evidence, result: Result, rubric: Rubric, key: SigningKey, circumstances: Circumstances
) -> tuple[str, Proof]:
    """The page with its statement, and the statement. Reads and writes nothing."""
    statement = claim(evidence, result, rubric, circumstances)
    page = render_report(evidence, result, rubric, signature=(statement, key.public.text))
    proof = sign(statement.model_copy(update={"page": page_claim(page.encode())}), key)
    return put_in(page, proof.text), proof


def proof_file(out: Path, submission: str) -> Path:
    """Where a submission's current statement is kept."""
    return out / "reports" / f"{submission}.proof.json"


def current_statement(out: Path, submission: str, key: PublicKey) -> Statement | None:
    """The statement kept with the results; None unless it is about that submission and signed with that key."""
    try:
        proof = read_proof(read_file(proof_file(out, submission), MAXIMUM_PROOF_BYTES).removesuffix(b"\n"))
    except UsageError:
        return None
    if proof is None or not proof.holds or proof.key != key:
        return None
    return proof.statement if proof.statement.submission.id == submission else None
