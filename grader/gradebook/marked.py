"""What the grader itself found of one submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.verdict import Result


@dataclass(frozen=True, slots=True)
class Marked:
    """One submission as the grader marked it."""

    result: Result
    bases: Mapping[str, str]
    """Digest of the work, by criterion."""
    evidence_digest: str
    rubric_digest: str
