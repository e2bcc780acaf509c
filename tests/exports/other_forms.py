"""Results of several kinds for tests of the forms of other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import xmlschema

from grader.evidence.model import Place
from grader.exports.results_json import (
    CriterionResult,
    Identity,
    LabIdentity,
    ResultsDocument,
    RubricIdentity,
    SubmissionResult,
)
from grader.verdict import ResultStatus, Status, Total

SCHEMAS = Path(__file__).parent / "schemas"
DECIDED = ("met", "partial", "unmet")


def criterion(id_: str, status: Status, points: float, maximum: float, **changes: Any) -> CriterionResult:
    values: dict[str, Any] = {
        "id": id_, "title": id_.replace("-", " ").capitalize(), "status": status,
        "points": points if status in DECIDED else None, "maximum": maximum, "reason": f"It is {status}.",
        "hint": "" if status == "met" else "Do this next.",
        "place": Place(cell=4, code_cell=2, first_line=1, last_line=2),
    }  # fmt: skip
    return CriterionResult(**{**values, **changes})


FROZEN = criterion("frozen", "met", 3, 3)
PARTLY = criterion("head", "partial", 1.25, 2.5)
ACCURACY = criterion("accuracy", "unmet", 0, 2, public=False)
BLOCKED = criterion("pooling", "blocked", 0, 2, blocked_by="head")
OPEN = criterion("why-freeze", "needs_review", 0, 4, place=Place(cell=9))


def entry(
    *criteria: CriterionResult, id_: str = "anna-lee", name: str = "Anna Lee", **changes: Any
) -> SubmissionResult:
    given = criteria or (FROZEN, PARTLY, ACCURACY, BLOCKED, OPEN)
    waiting = sum(c.maximum for c in given if c.status in ("needs_review", "infrastructure_error"))
    excluded = sum(c.maximum for c in given if c.status == "blocked")
    counted = sum(c.maximum for c in given if c.status in DECIDED)
    status: ResultStatus = "needs_review" if waiting else "graded"
    values: dict[str, Any] = {
        "submission": Identity(id=id_, name=name, notebook="lab.ipynb"), "status": status, "run_status": "completed",
        "criteria": given,
        "total": Total(
            points=sum(c.points or 0 for c in given), counted=counted, pending=waiting, excluded=excluded,
            maximum=counted + waiting + excluded, final=not waiting,
        ),
    }  # fmt: skip
    return SubmissionResult(**{**values, **changes})


def failed_on_our_side(id_: str = "ben") -> SubmissionResult:
    ours = [criterion(c.id, "infrastructure_error", 0, c.maximum, reason="Out of disk.") for c in (FROZEN, OPEN)]
    return entry(*ours, id_=id_, name="Ben", status="infrastructure_error")


def results(*entries: SubmissionResult) -> ResultsDocument:
    given = entries or (entry(),)
    criteria = given[0].criteria
    return ResultsDocument(
        lab=LabIdentity(id="lab06", title="Transfer learning"),
        rubric=RubricIdentity(
            digest="ab" * 32, maximum=sum(c.maximum for c in criteria), criteria=tuple(c.id for c in criteria)
        ),
        pack=None, policy="full", grader_version="0.1.0", started="2026-01-01T00:00:00+00:00", seconds=1.0,
        submissions=given,
    )  # fmt: skip


def valid(document: Any, schema: str) -> Any:
    """`document` after its JSON has passed the schema of that name."""
    text = json.dumps(document, ensure_ascii=True)
    loaded = json.loads(text)
    jsonschema.validate(loaded, json.loads((SCHEMAS / schema).read_text(encoding="utf-8")))
    return loaded


def junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / "jenkins-junit-10.xsd")
