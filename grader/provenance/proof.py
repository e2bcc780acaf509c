"""A statement with its signature, as one line of text."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from grader.provenance.canonical import canonical
from grader.provenance.keys import PublicKey, SigningKey
from grader.provenance.statement import Part, Statement

PURPOSE = "report 1"
MAXIMUM_PROOF_BYTES = 512 << 10


class _Signed(Part):
    key: str
    signature: str
    statement: Statement


@dataclass(frozen=True)
class Proof:
    """A statement, whose key it claims, and whether that key really signed it. Trust is another question."""

    statement: Statement
    key: PublicKey
    signature: str
    holds: bool

    @property
    def text(self) -> bytes:
        """The canonical form: what stands in the page and beside it."""
        return canonical(
            {"key": self.key.text, "signature": self.signature, "statement": self.statement.model_dump(mode="json")}
        )


def sign(statement: Statement, key: SigningKey) -> Proof:
    """Sign the canonical form of a statement."""
    signature = key.sign(PURPOSE, canonical(statement.model_dump(mode="json")))
    return Proof(statement, key.public, signature, holds=True)


def read_proof(text: bytes) -> Proof | None:
    """Read a proof from a stranger. None: it is no such text, in its one spelling.

    Only the canonical spelling is admitted, so that nothing can be slipped in between what is signed.
    """
    if len(text) > MAXIMUM_PROOF_BYTES:
        return None
    try:
        signed = _Signed.model_validate_json(text)
        content = canonical(signed.statement.model_dump(mode="json"))
    except (ValidationError, ValueError, RecursionError):
        return None
    key = PublicKey.parse(signed.key)
    if key is None:
        return None
    proof = Proof(signed.statement, key, signed.signature, key.verifies(PURPOSE, content, signed.signature))
    return proof if proof.text == text else None
