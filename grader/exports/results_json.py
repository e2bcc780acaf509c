"""`results.json`: all that the class overview shows, for machines. Described in `docs/results-json.md`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, TypeAdapter

from grader.evidence.model import Document, Evidence, Place, RunStatus, Sender, Strength
from grader.facts import Facts, read_facts
from grader.rubric.model import Rubric
from grader.verdict import PersonDecision, Result, ResultStatus, Status, Total, Verdict
from grader.worked_out import worked_out

_FACTS = TypeAdapter(Facts)
SCHEMA_VERSION: Literal[1] = 1
"""Raised when a reader of the older form would misread the newer one; added fields do not raise it."""


class LabIdentity(Document):
    """Which lab was graded."""

    id: str
    title: str


class RubricIdentity(Document):
    """By which rubric. `digest` is the SHA-256 of the rubric file's bytes."""

    digest: str
    maximum: float
    criteria: tuple[str, ...]
    """Ids in the rubric's order; every submission's `criteria` stand in the same order."""


class PackIdentity(Document):
    """Which asset pack answered for the outside world."""

    name: str
    digest: str
    imagenet: bool
    """False: the weights were not ImageNet weights, and accuracies only compare within this pack."""


class Identity(Document):
    """Who handed in what."""

    id: str
    """Unique within the batch, safe as a file name."""
    name: str
    files: tuple[str, ...] = ()
    notebook: str | None = None
    sender: Sender | None = None
    """Who that is on the learning platform it was downloaded from."""


class PersonsMark(Document):
    """A person's mark, which counts over what the grader found."""

    at: str
    """ISO 8601 in UTC."""
    automatic: bool
    """A suggested mark that counts by a rule which a person turned on; nobody looked at this one."""
    again: tuple[Literal["points", "work"], ...]
    """What changed since it was given. While this is not empty the total is not final."""
    machine_status: Status
    machine_points: float | None
    """What the grader itself had said; None where it had decided nothing."""


class AppealResult(Document):
    """A student's question about a criterion, and its answer (empty while there is none)."""

    question: str
    asked: str
    reply: str
    replied: str


class CriterionResult(Document):
    """The decision on one criterion."""

    id: str
    title: str
    status: Status
    points: float | None
    """None while nothing is decided (`needs_review`, `blocked`, `infrastructure_error`): that is not 0."""
    maximum: float
    strength: Strength | None = None
    """How well the decision is founded: `verified`, `observed`, `stated`; None when it rests on nothing seen."""
    reason: str
    hint: str = ""
    place: Place | None = None
    """Where the code or text that decided it stands, if it stands anywhere."""
    blocked_by: str | None = None
    findings: tuple[str, ...] = ()
    """Codes of what the check saw, without repetition."""
    public: bool = True
    """Whether the rubric lets students see it before grading."""
    decision: PersonsMark | None = None
    """Set where a person's mark counts: `status` and `points` are then theirs."""
    comments: tuple[str, ...] = ()
    """What people wrote to the student about this."""
    appeals: tuple[AppealResult, ...] = ()


class Accuracy(Document):
    """Held-out accuracy as a fraction, measured in a clean process on the rebuilt model."""

    value: float
    examples: int | None = None
    reference: float | None = None
    """What the reference solution reached by the same road, under the same pack."""
    road: Literal["replay", "full", "capped"] | None = None
    """`replay`: the student's head was trained again by us on the frozen base's features. `full`: the notebook's own
    training. None in results of older versions."""
    why: str | None = None
    """Why this road, as a sentence for people."""


class SubmissionResult(Document):
    """One submission."""

    submission: Identity
    status: ResultStatus
    run_status: RunStatus
    total: Total
    accuracy: Accuracy | None = None
    report: str | None = None
    """Address of the HTML report, relative to this file."""
    evidence: str | None = None
    """Address of the evidence, relative to this file."""
    criteria: tuple[CriterionResult, ...] = Field(default=())
    facts: Facts | None = None
    """What was seen, in fixed words, apart from the rubric (docs/facts.md)."""


class ResultsDocument(Document):
    """The whole file."""

    schema_version: Literal[1] = SCHEMA_VERSION
    lab: LabIdentity
    rubric: RubricIdentity
    pack: PackIdentity | None
    policy: str
    """Training policy asked for: `auto`, `replay`, `full`, `capped`, or `none` when nothing was run."""
    grader_version: str
    started: str
    """ISO 8601 in UTC."""
    seconds: float
    """Wall-clock time of the whole batch."""
    submissions: tuple[SubmissionResult, ...]


@dataclass(frozen=True)
class Batch:
    """What is the same for all submissions of one run of the grader."""

    policy: str
    grader_version: str
    started: str
    seconds: float
    pack: PackIdentity | None = None


def results(rubric: Rubric, batch: Batch, entries: Iterable[SubmissionResult]) -> ResultsDocument:
    """The content of the file as a value."""
    return ResultsDocument(
        lab=LabIdentity(id=rubric.lab.id, title=rubric.lab.title),
        rubric=RubricIdentity(
            digest=rubric.digest, maximum=rubric.maximum, criteria=tuple(criterion.id for criterion in rubric.criteria)
        ),
        pack=batch.pack,
        policy=batch.policy,
        grader_version=batch.grader_version,
        started=batch.started,
        seconds=batch.seconds,
        submissions=tuple(entries),
    )


def results_schema() -> dict[str, Any]:
    """The JSON Schema of the file, published as `docs/results.schema.json`."""
    return ResultsDocument.model_json_schema(mode="serialization")


def submission_result(
    rubric: Rubric, evidence: Evidence, result: Result, report: str | None = None, evidence_file: str | None = None
) -> SubmissionResult:
    """One submission as it goes into the file; addresses are relative to the file."""
    info = evidence.submission
    verdicts = {verdict.criterion: verdict for verdict in result.verdicts}
    hidden = {criterion.id for criterion in rubric.criteria if not criterion.public}
    in_order = [verdicts[criterion.id] for criterion in rubric.criteria if criterion.id in verdicts]
    return SubmissionResult(
        submission=Identity(id=info.id, name=info.name, files=info.files, notebook=info.notebook, sender=info.sender),
        status=result.status,
        run_status=evidence.run.status,
        total=result.total,
        accuracy=_accuracy(evidence),
        report=report,
        evidence=evidence_file,
        criteria=tuple(_criterion(verdict, hidden) for verdict in in_order),
        facts=worked_out("facts", (), _FACTS, lambda: read_facts(evidence)),
    )


def revised(entry: SubmissionResult, result: Result) -> SubmissionResult:
    """`entry` as `result` decides it now: the same submission, perhaps with people's marks that came later."""
    hidden = {criterion.id for criterion in entry.criteria if not criterion.public}
    criteria = tuple(_criterion(verdict, hidden) for verdict in result.verdicts)
    return entry.model_copy(update={"status": result.status, "total": result.total, "criteria": criteria})


def _criterion(verdict: Verdict, hidden: set[str]) -> CriterionResult:
    undecided = verdict.status in {"needs_review", "blocked", "infrastructure_error"}
    return CriterionResult(
        id=verdict.criterion,
        title=verdict.title,
        status=verdict.status,
        points=None if undecided else verdict.points,
        maximum=verdict.maximum,
        strength=verdict.strength,
        reason=verdict.reason,
        hint=verdict.hint,
        place=verdict.places[0] if verdict.places else None,
        blocked_by=verdict.blocked_by,
        findings=tuple(dict.fromkeys(finding.code for finding in verdict.findings)),
        public=verdict.criterion not in hidden,
        decision=_decision(verdict.decision),
        comments=verdict.comments,
        appeals=tuple(AppealResult(**appeal.model_dump()) for appeal in verdict.appeals),
    )


def _decision(decision: PersonDecision | None) -> PersonsMark | None:
    if decision is None:
        return None
    nothing = decision.machine_status in {"needs_review", "blocked", "infrastructure_error"}
    return PersonsMark(
        at=decision.at, automatic=decision.automatic, again=decision.again, machine_status=decision.machine_status,
        machine_points=None if nothing else decision.machine_points,
    )  # fmt: skip


def _accuracy(evidence: Evidence) -> Accuracy | None:
    measured = evidence.decisive()
    if measured is None or measured.accuracy is None:
        return None
    road = evidence.road
    reference = None if evidence.reference is None else evidence.reference.accuracy
    return Accuracy(
        value=measured.accuracy, examples=measured.examples, reference=reference,
        road=None if road is None else road.decided, why=None if road is None else road.why,
    )  # fmt: skip
