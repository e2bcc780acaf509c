"""The signed statement: what was graded, by what, with which marks, and which page says so.

Described for people in `docs/provenance.md`. Digests are SHA-256 in hexadecimal, dates ISO 8601 in UTC.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from grader.provenance.canonical import digest

STATEMENT_VERSION: Literal[1] = 1
MOST_PARTS = 1_000
LONGEST_TEXT = 400
"""Characters of a name; names from outside are cut to this when a statement is made."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Part(BaseModel):
    """Base of all parts: frozen, nothing converted, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SubmissionClaim(Part):
    """Whose work it is, and which file."""

    id: Text
    name: Text
    notebook: Text | None
    notebook_sha256: Sha256 | None
    """Of the file's bytes; None when no notebook could be read."""


class NamedDigest(Part):
    """Something with a name and a digest."""

    name: Text
    sha256: Sha256


class ReferenceClaim(Part):
    """What the reference solution reached. `sha256` covers its notebook, pack, policy, grader and versions."""

    sha256: Sha256
    accuracy: Number | None


class TrainingClaim(Part):
    """The training policy; `steps` per call under `capped`, else None."""

    policy: Text
    steps: int | None


class EvidenceClaim(Part):
    """The stored evidence that was marked, and the version that gathered it. `sealed`: signed when it was stored,
    and unchanged since."""

    sha256: Sha256
    created: Text
    grader_version: Text
    sealed: bool


class Mark(Part):
    """The decision on one criterion. `points` is None while nothing is decided."""

    criterion: Text
    status: Text
    points: Number | None
    maximum: Number


class TotalClaim(Part):
    """The sum, as in `grader.verdict.Total`."""

    points: Number
    counted: Number
    pending: Number
    excluded: Number
    maximum: Number


class PagePart(Part):
    """A piece of the page: its name, and the first 16 digits of its digest. Tells where a page was edited."""

    name: Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class PageClaim(Part):
    """The page without the statement on it. `sha256` decides; `parts` say where to look."""

    sha256: Sha256
    parts: Annotated[tuple[PagePart, ...], Field(max_length=MOST_PARTS + 1)]


class Statement(Part):
    """Everything that is signed."""

    version: Literal[1] = STATEMENT_VERSION
    submission: SubmissionClaim
    rubric: NamedDigest
    pack: NamedDigest | None
    reference: ReferenceClaim | None
    training: TrainingClaim
    sandbox: Text
    """What stood between the notebook and this machine, its keys included: `none` is nothing."""
    environment: Sha256
    """Of the versions and the machine named on the page."""
    grader_version: Text
    """Of the version that marked."""
    evidence: EvidenceClaim
    marks: tuple[Mark, ...]
    total: TotalClaim
    page: PageClaim
    created: Text
    """When these marks were given and signed; the notebook ran at `evidence.created`."""
    sequence: Annotated[int, Field(ge=1, le=2**53)]
    """Counts the statements about this submission in one results folder, from 1."""
    replaces: Sha256 | None
    """Digest of the statement before this one, if there was one."""

    @property
    def digest(self) -> str:
        """Digest of this statement, by which the next one names it."""
        return digest(self.model_dump(mode="json"))
