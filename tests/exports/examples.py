"""A rubric, evidence and results for tests of the exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grader.evidence.model import Evidence, Measurement, Place, Provenance, Reference, Run, SubmissionInfo
from grader.rubric.model import Criterion, Lab, Rubric
from grader.verdict import JudgedFinding, Result, Total, Verdict

RUBRIC = Rubric(
    schema=1,
    lab=Lab(id="lab06", title="Transfer learning", reference="reference.ipynb"),
    criteria=(
        Criterion(id="frozen", title="Base frozen", check="frozen_base", points=3),
        Criterion(id="accuracy", title="Accuracy", check="accuracy", points=2.5),
        Criterion(id="why", title="Why freeze?", check="written_answer", points=4),
    ),
    path=Path("lab06.toml"),
    digest="ab" * 32,
)


def result(name: str = "Anna Lee", id_: str = "anna-lee", **changes: Any) -> Result:
    verdicts = (
        Verdict(
            criterion="frozen", title="Base frozen", status="met", points=3, maximum=3, strength="observed",
            reason="Frozen.",
            findings=(JudgedFinding(code="frozen", message="m"), JudgedFinding(code="frozen", message="m")),
            places=(Place(cell=4, code_cell=2, first_line=1, last_line=2),),
        ),
        Verdict(criterion="accuracy", title="Accuracy", status="partial", points=1.25, maximum=2.5, reason="Below."),
        Verdict(
            criterion="why", title="Why freeze?", status="needs_review", points=0, maximum=4, reason="Not marked.",
        ),
    )  # fmt: skip
    total = Total(points=4.25, counted=5.5, pending=4, excluded=0, maximum=9.5, final=False)
    values: dict[str, Any] = {
        "submission": id_, "name": name, "status": "needs_review", "verdicts": verdicts, "total": total,
    }  # fmt: skip
    return Result(**{**values, **changes})


def evidence(id_: str = "anna-lee") -> Evidence:
    return Evidence(
        submission=SubmissionInfo(id=id_, name="Anna Lee", files=("cats.csv",), notebook="lab.ipynb"),
        run=Run(status="completed"),
        measurement=Measurement(rebuilt=True, accuracy=0.95, examples=200),
        reference=Reference(accuracy=0.97, examples=200, digest="cd" * 32),
        provenance=Provenance(grader_version="0.1.0", created="2026-01-01T00:00:00+00:00"),
    )
