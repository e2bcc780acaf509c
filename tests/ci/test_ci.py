"""What a CI job ends with and leaves behind, read as the services read it."""

from __future__ import annotations

import base64
import json
from pathlib import Path, PurePosixPath

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.ci.classroom import classroom_result, in_one_line
from grader.ci.code_quality import code_quality
from grader.ci.command import deliver_to_ci, inside, matrix
from grader.ci.notebook_lines import NotebookLines, lines_of
from grader.ci.summary import LARGEST, plain, summary
from grader.ci.threshold import Minimum, Outcome, outcome, parse_minimum, worst
from grader.ci.workflow_commands import printable, workflow_commands
from grader.errors import UsageError
from grader.evidence.model import Place
from tests.ci.workflow_log import commands_in
from tests.exports.other_forms import ACCURACY, FROZEN, OPEN, criterion, entry, failed_on_our_side, results, valid
from tests.exports.test_other_forms import ANY_TEXT

NOTEBOOK = nbformat.v4.new_notebook(
    cells=[
        nbformat.v4.new_markdown_cell("# Lab\n\ntext"),
        nbformat.v4.new_code_cell("import keras\nbase = 1\nbase.trainable = False"),
        nbformat.v4.new_code_cell(""),
    ]
)


class TestThreshold:
    """Of 9 points that can be reached, 3 are earned, 2 lost, 4 open."""

    ENTRY = entry(FROZEN, ACCURACY, OPEN)

    @pytest.mark.parametrize(
        ("minimum", "expected"),
        [
            ("33%", Outcome.REACHED),  # even if the person gives nothing
            ("50%", Outcome.OPEN),
            ("78%", Outcome.BELOW),  # even if the person gives everything
            ("3", Outcome.REACHED),
            ("7", Outcome.OPEN),
            ("7.5", Outcome.BELOW),
        ],
    )
    def test_open_points_are_neither_won_nor_lost(self, minimum: str, expected: Outcome) -> None:
        assert outcome(self.ENTRY, parse_minimum(minimum)) == expected

    def test_our_failure_is_nobodys_failure(self) -> None:
        assert outcome(failed_on_our_side(), parse_minimum("0%")) == Outcome.OUR_FAILURE

    def test_what_is_not_counted_again_leaves_the_maximum(self) -> None:
        blocked = criterion("pooling", "blocked", 0, 7, blocked_by="frozen")
        assert outcome(entry(FROZEN, blocked), parse_minimum("100%")) == Outcome.REACHED
        assert outcome(entry(FROZEN, blocked), parse_minimum("10")) == Outcome.REACHED

    def test_of_several_the_worst_counts(self) -> None:
        assert worst([Outcome.REACHED, Outcome.OPEN, Outcome.BELOW]) == Outcome.BELOW
        assert worst([Outcome.BELOW, Outcome.OUR_FAILURE]) == Outcome.OUR_FAILURE
        assert worst([]) == Outcome.REACHED

    @pytest.mark.parametrize("wrong", ["", "-1", "101%", "sixty", "60 percent", "1e3", "٦٠%"])
    def test_a_minimum_that_is_none(self, wrong: str) -> None:
        with pytest.raises(UsageError, match="60%"):
            parse_minimum(wrong)


class TestLines:
    @pytest.mark.parametrize("indent", [1, 4])
    def test_each_line_of_a_cell_has_a_line_in_the_file(self, indent: int) -> None:
        text = json.dumps(json.loads(nbformat.writes(NOTEBOOK)), indent=indent)
        rows = text.splitlines()
        lines = lines_of(text.encode())
        for cell, line, words in ((1, 3, "text"), (2, 1, "import keras"), (2, 3, "base.trainable = False")):
            place = lines.line(cell, line)
            assert place is not None
            assert words in rows[place - 1]

    def test_a_file_on_one_line_has_one_line(self) -> None:
        text = json.dumps(json.loads(nbformat.writes(NOTEBOOK)))
        assert lines_of(text.encode()).line(2, 3) == 1

    def test_a_source_in_one_string_keeps_its_line(self) -> None:
        text = '{\n"cells": [\n{"source":\n"a\\nb\\nc"}]}'
        assert [lines_of(text.encode()).line(1, line) for line in (1, 2, 3, 9)] == [4, 4, 4, 4]

    def test_strings_that_hold_half_lines(self) -> None:
        text = '{"cells": [{"source": [\n"a",\n"b\\n",\n"c"]}]}'
        assert [lines_of(text.encode()).line(1, line) for line in (1, 2)] == [2, 4]

    def test_cells_that_are_not_there(self) -> None:
        assert NotebookLines().line(1, 1) is None
        assert lines_of(nbformat.writes(NOTEBOOK).encode()).line(4, 1) is None

    @given(
        st.one_of(st.binary(max_size=300), st.text(alphabet='{}[]":,cells source\\n0\n', max_size=200).map(str.encode))
    )
    def test_any_bytes_are_read_without_an_error(self, content: bytes) -> None:
        lines = lines_of(content)
        assert all(row >= 1 for cell in lines.cells for row in cell)
        assert all(cell for cell in lines.cells)


class TestWorkflowCommands:
    def test_a_finding_stands_at_its_line_in_the_file(self) -> None:
        lines = lines_of(nbformat.writes(NOTEBOOK).encode())
        unmet = criterion("frozen", "unmet", 0, 3, place=Place(cell=2, code_cell=1, first_line=2, last_line=3))
        (command,) = commands_in(printable(workflow_commands(entry(unmet), PurePosixPath("labs/a,b:c.ipynb"), lines)))
        assert (command.name, command.properties["file"]) == ("error", "labs/a,b:c.ipynb")
        row = nbformat.writes(NOTEBOOK).splitlines()[int(command.properties["line"]) - 1]
        assert "base = 1" in row
        assert int(command.properties["endLine"]) == int(command.properties["line"]) + 1
        assert "code cell 1, lines 2–3" in command.properties["title"]

    def test_kinds(self) -> None:
        found = commands_in(printable(workflow_commands(entry(), PurePosixPath("lab.ipynb"), NotebookLines())))
        assert sorted(command.name for command in found) == ["error", "notice", "warning"]

    def test_ten_of_a_kind_and_the_costliest_first(self) -> None:
        many = [criterion(f"c{n}", "unmet", 0, n) for n in range(1, 16)]
        found = commands_in(printable(workflow_commands(entry(*many), None, NotebookLines())))
        assert len(found) == 10
        assert "C15" in found[0].properties["title"]

    @pytest.mark.attack("H6")
    @given(
        st.one_of(
            ANY_TEXT, st.sampled_from(["::error::x", "%0A::set-output name=a::b", "a\r\n::add-mask::x", "##[error]"])
        )
    )
    def test_no_text_becomes_a_command_of_its_own(self, text: str) -> None:
        hostile = criterion("head", "unmet", 0, 1, reason=text, title=text, hint=text)
        file = PurePosixPath("a") / (text.replace("\0", "").replace("/", "") or "b")
        log = printable(workflow_commands(entry(hostile, name=text or "x"), file, NotebookLines()))
        (command,) = commands_in(log)
        assert command.name == "error"
        assert set(command.properties) == {"file", "line", "endLine", "title"}
        assert command.properties["line"] == "1"


class TestSummary:
    def test_a_table_with_the_outcome(self) -> None:
        text = summary(results(), [(entry(FROZEN, OPEN), Outcome.OPEN)], Minimum(0.6, True))
        assert "### ⏳ Anna Lee" in text
        assert "Minimum 60 %\\: depends on what a person still decides." in text
        assert "| Frozen | met | 3 of 3 | It is met. |" in text

    @pytest.mark.attack("H7")
    @pytest.mark.parametrize(
        "text",
        [
            "# Score 100/100",
            "| a | b |",
            "<h1>x</h1>",
            "[x](javascript:1)",
            "![](http://a)",
            "`x`",
            "**b**",
            "a\n\n# b",
        ],
    )
    def test_a_students_text_is_no_markup(self, text: str) -> None:
        hostile = criterion("head", "unmet", 0, 1, reason=text)
        rows = [
            row for row in summary(results(), [(entry(hostile), Outcome.BELOW)], None).splitlines() if "Head" in row
        ]
        (row,) = rows
        cell = row.split(" | ")[-1].removesuffix(" |").split("<br>")[0]
        assert plain(" ".join(text.split())) == cell
        bare = cell.replace("\\\\", "").replace("\\", "\0")
        assert not any(mark in bare.replace(f"\0{mark}", "") for mark in "#|<>[]`*!")

    def test_github_drops_what_is_too_long_so_it_is_cut(self) -> None:
        many = [
            (entry(criterion("c", "unmet", 0, 1, reason="x" * 2000), id_=f"s{n}"), Outcome.BELOW) for n in range(900)
        ]
        text = summary(results(), many, None)
        assert len(text.encode()) <= LARGEST
        assert "more do not fit here" in text


class TestForms:
    def test_classroom(self) -> None:
        result = valid(classroom_result(entry(FROZEN, ACCURACY, OPEN)), "classroom.json")
        assert (result["status"], result["max_score"], len(result["tests"])) == ("fail", 5, 2)
        assert json.loads(base64.b64decode(in_one_line(result))) == result

    def test_classroom_hears_of_our_failure_as_an_error(self) -> None:
        result = valid(classroom_result(failed_on_our_side()), "classroom.json")
        assert (result["status"], result["tests"]) == ("error", [])

    def test_gitlab(self) -> None:
        found = valid(code_quality(entry(), PurePosixPath("lab.ipynb"), NotebookLines()), "gitlab-code-quality.json")
        assert {one["check_name"]: one["severity"] for one in found} == {
            "head": "minor", "accuracy": "major", "why-freeze": "info",
        }  # fmt: skip
        assert len({one["fingerprint"] for one in found}) == 3


def test_a_job_leaves_everything_behind(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.json").write_text(results(entry(FROZEN, ACCURACY)).model_dump_json(), encoding="utf-8")
    (tmp_path / "lab.ipynb").write_text(nbformat.writes(NOTEBOOK), encoding="utf-8")
    github = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output")}
    job = deliver_to_ci(out, {"anna-lee": tmp_path / "lab.ipynb"}, parse_minimum("60%"), tmp_path, github)
    assert job.outcome == Outcome.REACHED
    assert {path.name for path in out.iterdir()} == {
        "results.json", "junit.xml", "gl-code-quality-report.json", "summary.md", "classroom.json",
    }  # fmt: skip
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert (outputs["outcome"], outputs["points"], outputs["maximum"]) == ("reached", "3", "5")
    assert (tmp_path / "summary").read_text(encoding="utf-8") == (out / "summary.md").read_text(encoding="utf-8")


def test_a_file_outside_the_repository_has_no_path_in_it(tmp_path: Path) -> None:
    assert inside(tmp_path / "a" / "lab.ipynb", tmp_path) == PurePosixPath("a/lab.ipynb")
    assert inside(tmp_path / "lab.ipynb", tmp_path / "a") is None


def test_a_matrix_names_each_submission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("anna", "ben"):
        (tmp_path / "submissions" / name).mkdir(parents=True)
        (tmp_path / "submissions" / name / "lab.ipynb").write_text(nbformat.writes(NOTEBOOK), encoding="utf-8")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.chdir(tmp_path)
    assert json.loads(matrix([Path("submissions")], scratch))["include"] == [
        {"id": "anna", "submission": "submissions/anna"}, {"id": "ben", "submission": "submissions/ben"},
    ]  # fmt: skip
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="Received none"):
        matrix([Path("empty")], scratch)
    notebooks = [tmp_path / "submissions" / name / "lab.ipynb" for name in ("anna", "ben")]
    assert [row["id"] for row in json.loads(matrix(notebooks, scratch))["include"]] == ["anna-lab", "ben-lab"]
