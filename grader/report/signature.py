"""What the page says about its own signature."""

from __future__ import annotations

from dataclasses import dataclass

from grader.provenance.statement import Statement
from grader.report.run_facts import Fact
from grader.report.visible_text import prose
from grader.report.wording import moment


@dataclass(frozen=True, slots=True)
class Signature:
    """The section about the signature; `facts` as in "what was run"."""

    sentence: str
    remark: str
    facts: tuple[Fact, ...]


def describe(statement: Statement, key: str) -> Signature:
    """The section, from the statement before the page's digest is in it. `key` is the public key as text."""
    evidence = statement.evidence
    number = statement.sequence
    remark = "" if evidence.sealed else (
        "What was stored about the notebook bears no valid seal of this key: it was stored with another key or by "
        "an older version, or was changed since."
    )  # fmt: skip
    return Signature(
        sentence=f"Signed on {moment(statement.created)}"
        + (f", as report {number} on this submission." if number > 1 else "."),
        remark=remark,
        facts=(
            Fact("Public key", (prose(key, 80),), digest=True),
            Fact(
                "What else was signed",
                (f"evidence {evidence.sha256}", f"environment {statement.environment}"),
                digest=True,
            ),
        ),
    )
