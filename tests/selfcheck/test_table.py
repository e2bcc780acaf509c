"""What a student is told, and in which order."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from grader.evidence.model import Evidence
from grader.judge import judge
from grader.rubric.load import load_rubric
from grader.rubric.public import public_part
from grader.selfcheck.page import fragment
from grader.selfcheck.table import SelfCheck, self_check
from grader.selfcheck.terminal import print_self_check
from grader.selfcheck.wording import told_together
from tests.evidence_examples import QUESTIONS, answered, cells, dense, fit, good, model, node, nothing

RUBRIC = load_rubric("lab06")


def told(evidence: Evidence) -> SelfCheck:
    return self_check(RUBRIC, evidence, judge(public_part(RUBRIC), evidence), "run")


def printed(answer: SelfCheck, **settings: object) -> str:
    text = io.StringIO()
    print_self_check(answer, Console(file=text, width=80, highlight=False, **settings))  # type: ignore[arg-type]
    return text.getvalue()


def test_good_work_has_nothing_to_fix_and_learns_what_only_grading_decides() -> None:
    answer = told(good(answers=answered(*QUESTIONS)))
    assert answer.to_fix == ()
    assert [later.title for later in answer.later] == ["The trained model is as accurate as the reference"]


def test_held_out_accuracy_is_nowhere() -> None:
    """The evidence knows it; the student is not told."""
    text = printed(told(good(measurement=good().measurement)))
    assert "0.96" not in text
    assert "accuracy" not in {row.criterion for row in told(good()).rows}


def test_what_costs_most_comes_first_with_what_was_asked_found_and_what_to_try() -> None:
    answer = told(good(fits=(fit(frozen="no", moved=True),)))
    first = answer.rows[0]
    assert (first.criterion, first.group) == ("base-frozen", "fix")
    assert "stay as they are" in first.expected
    assert "trainable in the first training" in first.found
    assert first.hint.startswith("Set `base_model.trainable = False`")


def test_where_names_the_cell_the_line_and_the_code() -> None:
    answer = told(good(graded=model(node("base", "Functional"), dense(1)), cells=cells()))
    places = [place for row in answer.rows for place in row.where if place.code]
    assert any(re.fullmatch(r"code cell \d+, line 1", place.words) for place in places)


def test_one_mistake_is_told_once() -> None:
    """Without a model, everything about models has one cause."""
    answer = told(nothing())
    together = told_together(answer, "fix")
    assert max(len(rows) for rows in together) >= 4
    assert printed(answer).count("There is no trained model") <= 1


def test_every_line_fits_80_columns() -> None:
    for evidence in (good(), nothing(), good(fits=(fit(frozen="no", moved=True),))):
        assert max(len(line) for line in printed(told(evidence)).splitlines()) <= 80


def test_colours_are_left_out_where_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """no-color.org: set and not empty."""
    answer = told(good())
    assert "\x1b[3" in printed(answer, force_terminal=True, color_system="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in printed(answer, force_terminal=True)


HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J::error::x"


def test_what_a_notebook_says_is_inert_on_the_terminal_and_in_the_page() -> None:
    answer = told(good())
    row = answer.rows[0].model_copy(update={"group": "fix", "found": HOSTILE, "title": HOSTILE, "hint": HOSTILE})
    hostile = answer.model_copy(update={"rows": (row, *answer.rows[1:]), "lab": HOSTILE, "notes": (HOSTILE,)})
    assert "\x1b[2J" not in printed(hostile)
    assert "::error" not in printed(hostile)
    page = fragment(hostile)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</style>") == 1


def test_the_answer_survives_json() -> None:
    answer = told(good())
    assert SelfCheck.model_validate_json(answer.model_dump_json()) == answer
