"""Submission by submission: overriding, appeals, and the report as it counts."""

from __future__ import annotations

from pathlib import Path

from tests.review.classes import Field, Visitor
from tests.review.test_marking import points


def decide(visitor: Visitor, criterion: str = "head", **fields: Field) -> None:
    """Send the controls of one criterion."""
    response = visitor.send(f"/submissions/ada/criteria/{criterion}", {"seen": 0, "remark_seen": 0, **fields})
    assert response.status_code == 303, response.text


def test_any_criterion_can_be_overridden_and_given_back(visitor: Visitor) -> None:
    decide(visitor, points=1.5, remark="The branch counts half.")
    assert points(visitor, "ada", "head") == 1.5
    report = visitor.text("/submissions/ada/report")
    assert "The branch counts half." in report
    assert "The grader itself had found:" in report
    decide(visitor, do="withdraw", seen=1, remark="The branch counts half.", remark_seen=1)
    assert points(visitor, "ada", "head") is None


def test_points_can_be_typed_with_a_comma(visitor: Visitor) -> None:
    decide(visitor, typed="1,3", do="save")
    assert points(visitor, "ada", "head") == 1.3


def test_saving_a_remark_gives_no_points(visitor: Visitor) -> None:
    decide(visitor, typed="", do="save", remark="Nice model.")
    assert points(visitor, "ada", "head") is None
    assert "Nice model." in visitor.text("/submissions/ada/report")


def test_an_appeal_is_recorded_answered_and_in_the_report(visitor: Visitor, out: Path) -> None:
    visitor.post("/submissions/ada/appeals/head", text="Is <GlobalMaxPooling2D> not pooling?")
    assert "Appeals to answer" in visitor.text("/")
    standing = visitor.classroom.standing().get("ada", "head")
    (asked,) = standing.appeals
    visitor.post("/submissions/ada/appeals/head", appeal=asked.id, reply_seen=0, text="It is. Full points.")
    assert "Appeals to answer" not in visitor.text("/")
    visitor.post("/export/write")
    page = (out / "reports/ada.html").read_text()
    assert "Is &lt;GlobalMaxPooling2D&gt; not pooling?" in page
    assert "It is. Full points." in page


def test_the_report_in_the_frame_runs_nothing(visitor: Visitor) -> None:
    assert "sandbox></iframe>" in visitor.text("/submissions/ada")
    assert "script-src" not in visitor.get("/submissions/ada/report").headers["Content-Security-Policy"]


def test_unknown_pages_are_not_there(visitor: Visitor) -> None:
    for page in ("/submissions/nobody", "/submissions/..%2F..%2Fetc", "/questions/head", "/questions/x", "/comments/x"):
        assert visitor.get(page).status_code == 404
    assert visitor.post("/submissions/ada/criteria/x", points=1, seen=0).status_code == 404
    assert visitor.post("/undo", action="0" * 32).status_code == 404
