"""What a person can do, as data. Every kind of entry has a value of its own; the tables keep it as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from grader.evidence.model import Document

LONGEST_TEXT = 5_000
"""Characters of a remark, a comment, an appeal or an answer to it."""

Kind: TypeAlias = Literal["mark", "remark", "comment", "wording", "appeal", "reply", "acceptance"]
Text: TypeAlias = Annotated[str, Field(max_length=LONGEST_TEXT)]
Points: TypeAlias = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class Mark(Document):
    """`mark`: points for one criterion of one submission. None takes the decision back: the grader's verdict counts."""

    points: Points | None
    maximum: Points
    """What the criterion was worth when it was marked."""
    basis: str
    """Digest of the work that was marked (see `grader.gradebook.basis`)."""
    suggested: Points | None = None
    """What was suggested at that moment, if anything was."""
    automatic: bool = False
    """Accepted without a look, because someone turned that on for this question."""


class Remark(Document):
    """`remark`: what a person wrote to this student about this criterion. Empty takes it back."""

    text: Text


class Comment(Document):
    """`comment`: a reusable comment (the entry's target) was given to this submission, or taken away."""

    given: bool


class Wording(Document):
    """`wording`: the words of a reusable comment, for everyone who has it. Empty and retired takes it out of use."""

    text: Text
    retired: bool = False


class Appeal(Document):
    """`appeal`: a student's question about a criterion (the entry's target is its id). Empty takes it back."""

    text: Text


class Reply(Document):
    """`reply`: the answer to an appeal. Empty takes it back."""

    text: Text


class Acceptance(Document):
    """`acceptance`: whether suggested marks of a question count without a look."""

    on: bool
    agreement: float | None = None
    """Measured when it was turned on: share of marks that the suggestion met when that mark was left out."""
    marks: int = 0
    """Marks that were given then."""


Value: TypeAlias = Mark | Remark | Comment | Wording | Appeal | Reply | Acceptance

VALUES: Final[dict[Kind, type[Value]]] = {
    "mark": Mark, "remark": Remark, "comment": Comment, "wording": Wording, "appeal": Appeal, "reply": Reply,
    "acceptance": Acceptance,
}  # fmt: skip
_KINDS: Final = {type_: kind for kind, type_ in VALUES.items()}

NOTHING: Final[dict[Kind, Value | None]] = {
    "remark": Remark(text=""), "comment": Comment(given=False), "wording": Wording(text="", retired=True),
    "appeal": Appeal(text=""), "reply": Reply(text=""), "acceptance": Acceptance(on=False),
    "mark": None,
}  # fmt: skip
"""What stands before anything was entered; for marks it depends on the criterion."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about. `submission` is empty for what concerns the class; `target` is a comment or an appeal."""

    kind: Kind
    criterion: str
    submission: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Something a person wants to enter.

    `seen` is the number of the newest entry on the subject that the person knew, 0 for none. Where another one has
    come since, the change is refused (`OvertakenError`). None: whatever is there, this comes after it.
    """

    subject: Subject
    value: Value
    seen: int | None = None

    def __post_init__(self) -> None:
        if _KINDS[type(self.value)] != self.subject.kind:
            raise TypeError(f"Expected a value for {self.subject.kind}. Received {type(self.value).__name__}.")
