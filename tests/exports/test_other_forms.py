"""The forms of other programs, each held against that program's own schema or documented fields."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from grader.errors import UsageError
from grader.exports.autolab import autolab_output
from grader.exports.check50 import check50_results
from grader.exports.class_tables import NBGRADER_COLUMNS, nbgrader_grades, otter_final_grades
from grader.exports.gradescope import GradescopeView, gradescope_results
from grader.exports.junit import junit_xml
from grader.exports.mark import mark_of
from grader.exports.prairielearn import LARGEST, prairielearn_results
from grader.exports.write import OF_ONE, write_export
from tests.attacks.test_h_tables import starts_a_formula
from tests.exports.other_forms import (
    ACCURACY,
    FROZEN,
    OPEN,
    PARTLY,
    criterion,
    entry,
    failed_on_our_side,
    junit_schema,
    results,
    valid,
)

JUNIT = junit_schema()
ANY_TEXT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\x00\x1b\ufffe\uffff]]>&<\"'\n\r=+-@:%")))


def junit(*entries: Any) -> JUnitXml:
    text = junit_xml(results(*entries))
    JUNIT.validate(text)
    return JUnitXml.fromstring(text.encode())


class TestJUnit:
    def test_a_suite_per_submission_and_a_case_per_criterion(self) -> None:
        read = junit(entry(), entry(id_="ben", name="Ben"))
        assert [suite.name for suite in read] == ["Anna Lee", "Ben"]
        assert (read.tests, read.failures, read.errors) == (10, 4, 0)

    def test_what_waits_for_a_person_is_skipped_and_not_failed(self) -> None:
        (suite,) = junit(entry(FROZEN, OPEN))
        passed, waits = list(suite)
        assert passed.is_passed
        assert waits.is_skipped
        assert "A person decides" in waits.result[0].message

    def test_our_failure_is_an_error_and_not_a_failure(self) -> None:
        read = junit(failed_on_our_side())
        assert (read.errors, read.failures) == (2, 0)

    def test_points_are_properties(self) -> None:
        (suite,) = junit(entry(PARTLY, OPEN))
        properties = {item.get("name"): item.get("value") for item in suite._elem.iter("property")}
        assert (properties["points"], properties["counted"], properties["pending"]) == ("1.25", "2.5", "4")
        assert properties["points.head"] == "1.25 of 2.5"
        assert properties["points.why-freeze"] == "open, 4 possible"

    def test_a_failure_says_why_where_and_what_next(self) -> None:
        (suite,) = junit(entry(PARTLY))
        text = next(iter(suite)).result[0].text
        assert "It is partial." in text
        assert "code cell 2, lines 1–2" in text
        assert "Do this next." in text

    @pytest.mark.attack("H5")
    @given(ANY_TEXT)
    def test_any_text_gives_a_document_that_the_schema_takes(self, text: str) -> None:
        hostile = criterion("head", "unmet", 0, 1, reason=text, title=text, hint=text)
        (suite,) = junit(entry(hostile, name=text or "x"))
        assert len(list(suite)) == 1

    def test_the_schema_does_refuse(self) -> None:
        with pytest.raises(xmlschema.XMLSchemaException):
            JUNIT.validate(junit_xml(results()).replace("<properties>", '<properties colour="red">'))


class TestGradescope:
    def test_only_documented_fields_and_a_score(self) -> None:
        document = valid(gradescope_results(results(), entry(FROZEN, PARTLY, OPEN), seconds=12), "gradescope.json")
        assert (document["score"], document["execution_time"]) == (4.25, 12)
        assert [test.get("status") for test in document["tests"]] == ["passed", "failed", None]

    def test_what_is_open_has_no_score_and_is_not_0(self) -> None:
        document = valid(gradescope_results(results(), entry(FROZEN, OPEN)), "gradescope.json")
        assert "score" not in document["tests"][1]
        assert "can only rise" in document["output"]

    def test_what_is_not_counted_again_does_not_lower_the_score(self) -> None:
        """3 of 3 with 2 points left out is all of 5."""
        blocked = criterion("pooling", "blocked", 0, 2, blocked_by="frozen")
        document = valid(gradescope_results(results(), entry(FROZEN, blocked)), "gradescope.json")
        assert document["score"] == 5

    def test_a_criterion_that_is_not_public_is_seen_after_publication(self) -> None:
        document = valid(gradescope_results(results(), entry(FROZEN, ACCURACY)), "gradescope.json")
        assert [test["visibility"] for test in document["tests"]] == ["visible", "after_published"]
        view = GradescopeView(tests="after_due_date", hidden_tests="hidden")
        document = valid(gradescope_results(results(), entry(FROZEN, ACCURACY), view), "gradescope.json")
        assert [test["visibility"] for test in document["tests"]] == ["after_due_date", "hidden"]

    def test_students_output_never_becomes_markup(self) -> None:
        document = valid(gradescope_results(results(), entry()), "gradescope.json")
        assert {document[f"{part}format"] for part in ("output_", "test_output_", "test_name_")} == {"text"}
        assert document["stdout_visibility"] == "hidden"

    def test_no_file_where_our_side_failed(self) -> None:
        assert gradescope_results(results(), failed_on_our_side()) is None

    def test_the_schema_does_refuse(self) -> None:
        document = gradescope_results(results(), entry())
        assert document is not None
        for wrong in ({"colour": "red"}, {"visibility": "secret"}, {"score": "7"}):
            with pytest.raises(jsonschema.ValidationError):
                valid({**document, **wrong}, "gradescope.json")


class TestPrairieLearn:
    def test_the_score_is_the_share_of_what_is_decided(self) -> None:
        document = valid(prairielearn_results(results(), entry(FROZEN, ACCURACY, OPEN)), "prairielearn.json")
        assert document["score"] == pytest.approx(3 / 5)
        assert [test["name"] for test in document["tests"]] == ["Frozen", "Accuracy"]
        assert "Why freeze: a person decides" in document["message"]

    @pytest.mark.parametrize("status", ["infrastructure_error", "unreadable"])
    def test_what_could_not_be_graded_is_no_0(self, status: str) -> None:
        document = valid(prairielearn_results(results(), entry(status=status)), "prairielearn.json")
        assert document["gradable"] is False
        assert "score" not in document

    def test_at_most_a_megabyte(self) -> None:
        many = [criterion(f"c{n}", "unmet", 0, 1, reason="x" * 2000, hint="y" * 2000) for n in range(200)]
        document = valid(prairielearn_results(results(), entry(*many)), "prairielearn.json")
        assert len(json.dumps(document)) <= LARGEST
        assert len(document["tests"]) == 200


class TestCheck50:
    def test_passed_failed_and_nothing_decided(self) -> None:
        read = valid(check50_results(results(), entry()), "check50.json")["results"]
        assert [one["passed"] for one in read] == [True, False, False, None, None]
        assert [one["dependency"] for one in read] == [None, None, None, "head", None]
        assert read[1]["cause"] == {"rationale": "It is partial.", "help": "Do this next."}
        assert read[0]["cause"] is None

    def test_our_failure_is_an_error_without_results(self) -> None:
        document = valid(check50_results(results(), failed_on_our_side()), "check50.json")
        assert document["error"]["value"] == "Out of disk."


class TestAutolab:
    def test_the_last_line_holds_the_scores_of_what_is_decided(self) -> None:
        feedback, scores = autolab_output(results(), entry()).splitlines()
        assert json.loads(scores) == {"scores": {"frozen": 3.0, "head": 1.25, "accuracy": 0.0}, "scoreboard": [4.25]}
        assert json.loads(feedback)["_presentation"] == "semantic"
        assert json.loads(feedback)["Criteria"]["Frozen"] == {"passed": True, "hint": {}}

    @pytest.mark.attack("K8")
    @given(ANY_TEXT)
    def test_no_text_of_a_student_can_forge_a_line(self, text: str) -> None:
        hostile = criterion("head", "unmet", 0, 1, reason=f'\n{{"scores":{{"head":99}}}}{text}')
        lines = autolab_output(results(), entry(hostile)).split("\n")
        assert len(lines) == 3
        assert json.loads(lines[1])["scores"] == {"head": 0.0}


class TestTables:
    def test_otter_has_points_per_question_first_and_leaves_open_what_is_open(self) -> None:
        first, anna = csv.DictReader(io.StringIO(otter_final_grades(results(entry(FROZEN, OPEN))), newline=""))
        assert (first["file"], first["frozen"], first["total_points_earned"]) == ("points-per-question", "3", "7")
        assert (anna["frozen"], anna["why-freeze"], anna["percent_correct"]) == ("3", "", "1")

    def test_nbgrader_gets_a_score_only_when_it_is_final(self) -> None:
        final, provisional = csv.DictReader(
            io.StringIO(nbgrader_grades(results(entry(FROZEN), entry(FROZEN, OPEN, id_="ben"))), newline="")
        )
        assert tuple(final) == NBGRADER_COLUMNS
        assert (final["raw_score"], final["score"], final["max_score"]) == ("3", "3", "3")
        assert (provisional["raw_score"], provisional["score"]) == ("3", "")

    @pytest.mark.attack("H4")
    @given(ANY_TEXT)
    def test_no_cell_starts_a_formula(self, text: str) -> None:
        for make in (otter_final_grades, nbgrader_grades):
            for row in csv.reader(io.StringIO(make(results(entry(name=text or "x"))), newline="")):
                assert not any(starts_a_formula(cell) for cell in row)


def test_a_mark_is_scaled_to_what_the_gradebook_expects() -> None:
    mark = mark_of(entry(FROZEN, PARTLY).total, possible=100)
    assert mark is not None
    assert (mark.value, mark.final) == (77.27, True)


@pytest.mark.parametrize("form", sorted(OF_ONE))
def test_a_file_for_one_and_a_folder_for_many(form: str, tmp_path: Path) -> None:
    both = results(entry(), entry(id_="ben", name="Ben"))
    write_export(form, results(entry()), tmp_path / "one")
    assert (tmp_path / "one").is_file()
    write_export(form, both, tmp_path / "many")
    assert sorted(path.stem for path in (tmp_path / "many").iterdir()) == ["anna-lee", "ben"]
    write_export(form, both, tmp_path / "ben", submission="Ben")
    assert (tmp_path / "ben").is_file()
    with pytest.raises(UsageError, match="Expected one submission"):
        write_export(form, both, tmp_path / "nobody", submission="Nobody")


def test_a_class_where_our_side_failed_on_one_says_so(tmp_path: Path) -> None:
    assert write_export("gradescope", results(entry(), failed_on_our_side()), tmp_path / "out") == ["ben"]
