"""Rubric and Criterion: what a lab asks, what it is worth, and the words used about it.

Numbers and booleans are strict: `points = "2"` is a mistake in the file, not a 2.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from grader.evidence.model import Document, Strength
from grader.rubric.answer_key import KeyPoint, Misconception

Number: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Identifier: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""Safe in file names, column headings and HTML ids."""
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]
Cost: TypeAlias = Annotated[Number, Field(ge=0, le=1)] | Literal["review"]
"""Fraction of the criterion's points that a finding costs, or `review`: a person decides."""


class LaterCriterion(Document):
    """A criterion that this file only names: in a student's kit, what is decided when the lab is graded."""

    title: Words
    points: Annotated[Number, Field(gt=0, le=1000)]


class Lab(Document):
    """The `[lab]` table."""

    id: Identifier
    title: Words
    description: str = ""
    reference: Words | None = None
    """Path of the reference notebook, relative to the rubric file. Grading needs it; a student's kit has none."""
    template: Words | None = None
    """Path of the notebook students start from, relative to the rubric file: its text is no one's answer."""
    assets: Words = "demo"
    """Asset pack used when the command names none."""
    later: tuple[LaterCriterion, ...] = ()
    """Written by `grader kit`."""


class Question(Document):
    """A written question. `phrases` are other ways its heading is written in notebooks."""

    id: Identifier
    text: Words
    phrases: tuple[Words, ...] = ()
    key_points: Annotated[tuple[KeyPoint, ...], Field(max_length=30)] = ()
    """What a good answer says; without any, marks can only be suggested after the teacher has given some."""
    misconceptions: Annotated[tuple[Misconception, ...], Field(max_length=30)] = ()
    full_at: Annotated[Number, Field(gt=0)] | None = None
    """Sum of weights that earns full marks; all of them when it is not given."""
    public: Annotated[bool, Field(strict=True)] = True
    """Whether a student's report may name key points and misconceptions."""
    reference_answers: Annotated[tuple[Words, ...], Field(max_length=10)] = ()
    """Answers that earn full marks. They help a little where there are no key points."""

    @property
    def full_marks_at(self) -> float:
        """Sum of weights that earns full marks."""
        return self.full_at or math.fsum(point.weight for point in self.key_points)


class Criterion(Document):
    """One line of the rubric."""

    id: Identifier
    title: Words
    check: str
    """Name of the check that decides it (see `grader.checks.registry`)."""
    points: Annotated[Number, Field(gt=0, le=1000)]
    depends_on: tuple[str, ...] = ()
    """Criteria whose failure explains a failure here; then this one is `blocked` and costs nothing more. An entry
    is a criterion's id, or `id.finding` for one of its findings only."""
    void_when_unmet: bool = False
    """While one of `depends_on` is `unmet`, this one is `blocked` whatever was seen: it would say nothing then."""
    requires: Strength = "observed"
    """Weakest strength on which points may rest; anything weaker goes to a person."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """Settings of the check."""
    costs: dict[str, Cost] = Field(default_factory=dict)
    """Overrides of what each finding costs."""
    messages: dict[str, Words] = Field(default_factory=dict)
    """Overrides of the sentence for each finding; `{placeholders}` are the finding's values."""
    hints: dict[str, str] = Field(default_factory=dict)
    """Overrides of the "what to do next" for each finding; an empty text means there is nothing to do."""
    question: Question | None = None
    """Only for written questions."""
    public: Annotated[bool, Field(strict=True)] = True
    """Whether students see it before grading: in the self-check and in the kit made for them."""

    def causes(self) -> tuple[tuple[str, str | None], ...]:
        """`depends_on` as pairs of criterion id and finding code (None: any of its findings)."""
        return tuple((entry.partition(".")[0], entry.partition(".")[2] or None) for entry in self.depends_on)


class Limits(Document):
    """The `[limits]` table, in seconds."""

    cell_seconds: Annotated[Number, Field(gt=0)] = 1800.0
    notebook_seconds: Annotated[Number, Field(gt=0)] = 3600.0


class Environment(Document):
    """The `[environment]` table."""

    framework: Literal["auto", "keras3", "tf_keras"] = "auto"
    """`keras3`, or `tf_keras` for Keras 2; `auto` takes Keras 3 unless a notebook is spelled for Keras 2 only."""


class Reports(Document):
    """The `[reports]` table: what a written report without a notebook is worth."""

    accepted: Annotated[bool, Field(strict=True)] = True
    """Whether points may rest on what a report states; if not, a person decides each of them."""


class Rubric(Document):
    """A whole rubric file."""

    schema_version: Literal[1] = Field(alias="schema")
    checks: Words | None = None
    """Name of a Python file beside the rubric with checks of the lab's own."""
    lab: Lab
    limits: Limits = Limits()
    environment: Environment = Environment()
    reports: Reports = Reports()
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=200)]
    path: Path
    """The file it was read from."""
    digest: str
    """SHA-256 of the file's bytes, and of the file of checks after them where there is one."""
    checks_source: str | None = None
    """Text of the file of checks."""

    @property
    def maximum(self) -> float:
        """Sum of all criteria's points."""
        return math.fsum(criterion.points for criterion in self.criteria)

    def questions(self) -> tuple[Question, ...]:
        """The written questions, in the rubric's order."""
        return tuple(c.question for c in self.criteria if c.question is not None)
