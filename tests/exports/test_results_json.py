"""The results for machines, and the description of their form."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from grader.evidence.model import Measurement
from grader.exports import Batch, results_schema, submission_result, write_results_json
from grader.exports.results_json import PackIdentity
from tests.exports.examples import RUBRIC, evidence, result

DOCS = Path(__file__).parents[2] / "docs"

BATCH = Batch(
    policy="capped", grader_version="0.1.0", started="2026-01-01T00:00:00+00:00", seconds=12.5,
    pack=PackIdentity(name="demo", digest="ef" * 32, imagenet=False),
)  # fmt: skip
ENTRY = submission_result(
    RUBRIC, evidence(), result(), report="reports/anna-lee.html", evidence_file="evidence/anna-lee.json"
)


def test_the_file_says_what_the_overview_shows(tmp_path: Path) -> None:
    write_results_json(tmp_path / "results.json", RUBRIC, BATCH, [ENTRY])
    written = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert (written["schema_version"], written["policy"], written["seconds"]) == (1, "capped", 12.5)
    assert written["rubric"] == {"digest": "ab" * 32, "maximum": 9.5, "criteria": ["frozen", "accuracy", "why"]}
    (submission,) = written["submissions"]
    assert submission["submission"]["id"] == "anna-lee"
    assert submission["accuracy"] == {
        "value": 0.95, "examples": 200, "reference": 0.97, "road": None, "why": None,
    }  # fmt: skip
    assert submission["total"]["final"] is False
    assert submission["criteria"][0] == {
        "id": "frozen", "title": "Base frozen", "status": "met", "points": 3.0, "maximum": 3.0, "strength": "observed",
        "reason": "Frozen.", "hint": "", "blocked_by": None, "findings": ["frozen"], "public": True,
        "decision": None, "comments": [], "appeals": [],
        "place": {"cell": 4, "code_cell": 2, "first_line": 1, "last_line": 2, "document": None},
    }  # fmt: skip


def test_undecided_points_are_null_and_not_zero(tmp_path: Path) -> None:
    write_results_json(tmp_path / "results.json", RUBRIC, BATCH, [ENTRY])
    criteria = json.loads((tmp_path / "results.json").read_text())["submissions"][0]["criteria"]
    assert [criterion["points"] for criterion in criteria] == [3.0, 1.25, None]


def test_what_was_not_measured_is_null(tmp_path: Path) -> None:
    unmeasured = evidence().model_copy(update={"measurement": Measurement(rebuilt=False, problem="no model")})
    write_results_json(
        tmp_path / "r.json", RUBRIC, Batch("none", "0", "t", 0.0), [submission_result(RUBRIC, unmeasured, result())]
    )
    written = json.loads((tmp_path / "r.json").read_text())
    assert written["pack"] is None
    assert written["submissions"][0]["accuracy"] is None


def test_the_file_follows_the_published_schema(tmp_path: Path) -> None:
    write_results_json(tmp_path / "results.json", RUBRIC, BATCH, [ENTRY])
    schema = json.loads((DOCS / "results.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads((tmp_path / "results.json").read_text()), schema)


def test_the_published_schema_is_the_one_the_code_makes() -> None:
    """After a change on purpose: `grader schema results > docs/results.schema.json`."""
    assert json.loads((DOCS / "results.schema.json").read_text(encoding="utf-8")) == results_schema()


def test_every_field_is_described_in_the_documentation() -> None:
    described = (DOCS / "results-json.md").read_text(encoding="utf-8")
    schema = results_schema()
    fields = set(schema["properties"])
    for name in ("SubmissionResult", "CriterionResult", "Accuracy", "Total"):
        fields |= set(schema["$defs"][name]["properties"])
    assert [field for field in sorted(fields) if f"`{field}`" not in described] == []
