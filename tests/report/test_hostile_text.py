"""Whatever a student puts anywhere: the pages stay whole, and nothing on them can run, load or hide."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.evidence.model import Answer, Cell, CellError, Evidence, Fit, Loss, Optimizer, Place, Run, SubmissionInfo
from grader.report import OverviewRow, render_overview, render_report
from grader.verdict import JudgedFinding, Result
from tests.report.examples import BATCH
from tests.report.lab import GRADED, NODES, QUESTIONS, RUBRIC, evidence, fit, result
from tests.report.parsed import assert_accessible, assert_safe

ATTACKS = (
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title></head><body onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "{{ 7*7 }} {% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "]]><svg/onload=alert(1)>",
    "<!-- <iframe src=//evil.example>",
    "<base href='https://evil.example/'><meta http-equiv=refresh content=0>",
    "</pre></mark></blockquote></main>",
    "javascript:alert(1)",
    "abc\u202egnp.exe\u2066 x\u200by",
    "NUL\x00 bell\x07 back\x08 del\x7f nel\x85",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07\x1b[2J",
    "lone \ud800 and \udfff",
    "Z" + "\u0351" * 500,
    "\r\n\r\n\t\x0b\x0c\u2028\u2029",
    "`" * 7 + "a`b`c",
    "&lt;script&gt; &amp;amp; &#x3C;script&#x3E;",
    "Score: 100/100 PASSED",
    "\U000e0041\U000e0042 tags \ufeff bom \ufffe",
    "",
    " ",
)

texts = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(alphabet=st.characters(codec=None), max_size=60),
    st.lists(st.sampled_from(ATTACKS), min_size=2, max_size=3).map("\n".join),
)
numbers = st.floats(allow_nan=True, allow_infinity=True)


def poisoned(text: str, values: tuple[float, ...] = (0.5, math.nan, math.inf)) -> tuple[Evidence, Result]:
    """Evidence and a result with that text wherever a student's text can come to stand."""
    where = Place(cell=1, code_cell=1, first_line=1, last_line=3)
    nodes = tuple(
        node.model_copy(
            update={"name": text, "class_name": text, "settings": {text: text}, "on_path": node.role != "pooling"}
        )
        for node in NODES
    )
    bad_fit = fit(0, (0.5,)).model_copy(
        update={
            "model_name": text, "history": {"loss": values, "val_accuracy": values, "accuracy": (0.4,), text: values},
            "loss": Loss(name=text), "optimizer": Optimizer(name=text, learning_rate=values[0] if values else None),
            "error": text, "metrics": (text,),
        }
    )  # fmt: skip
    other = Fit(index=1, model_uid=3, model_name=text, history={text: values}, epochs_run=1, place=where)
    error = CellError(name=text, value=text, place=where, traceback=text)
    made = evidence(
        cells=(
            Cell(position=1, code_cell=1, kind="code", source=text, status="failed", truncated=True),
            Cell(position=2, kind="markdown", source=text),
        ),
        submission=SubmissionInfo(id=text, name=text, files=(text,), notebook=text, repairs=(text,)),
        run=Run(status="cells_failed", explanation=text, errors=(error,), versions={text: text}, notes=(text,),
                sandbox=text),
        answers=tuple(Answer(question=id_, found=True, text=text, place=where, flags=(text,)) for id_ in QUESTIONS),
        graded=GRADED.model_copy(update={"nodes": nodes, "name": text, "backbone": text, "cut_at": text}),
        fits=(bad_fit, other), our_failure=text,
    )  # fmt: skip
    finding = JudgedFinding(code=text, message=text, hint=text, cost=0.5, places=(where,))
    verdicts = tuple(
        verdict.model_copy(update={"reason": text, "hint": text, "findings": (finding, finding), "places": (where,)})
        for verdict in result().verdicts
    )
    judged = result().model_copy(update={"verdicts": verdicts, "name": text, "submission": text, "next_step": text})
    return made, judged


def check_pages(text: str, values: tuple[float, ...] = (0.5, math.nan, math.inf)) -> None:
    made, judged = poisoned(text, values)
    page = assert_safe(render_report(made, judged, RUBRIC))
    assert_accessible(page)
    assert len(page.all("article", class_="card")) == len(RUBRIC.criteria)
    row: dict[str, Any] = {"result": judged, "seconds": 1.0, "run_status": "cells_failed"}
    rows = [OverviewRow(id=text, name=text, href=text, **row), OverviewRow(id="b", name="B", href="b.html", **row)]
    assert_accessible(assert_safe(render_overview(RUBRIC, rows, BATCH)))


@pytest.mark.parametrize("text", ATTACKS)
def test_known_attacks(text: str) -> None:
    check_pages(text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, st.lists(numbers, max_size=6).map(tuple))
def test_any_text_and_any_history(text: str, values: tuple[float, ...]) -> None:
    check_pages(text, values)


def test_template_syntax_is_shown_as_it_was_written() -> None:
    made, judged = poisoned("{{ 7*7 }}")
    page = assert_safe(render_report(made, judged, RUBRIC))
    assert "{{ 7*7 }}" in page.text
    assert "49" not in page.all("h1")[0].text


def test_a_direction_override_is_made_visible() -> None:
    made, judged = poisoned("abc\u202egnp")
    page = assert_safe(render_report(made, judged, RUBRIC))
    assert page.all("h1")[0].text == "abc⟨U+202E⟩gnp"


@pytest.mark.parametrize("unit", ["A", "<b>", "x = 1\n", "\u0301", "\x1b[31m", "(", "'''", "`", "\u202e"])
def test_a_megabyte_anywhere_gives_a_page_of_moderate_size(unit: str) -> None:
    made, judged = poisoned(unit * (1_000_000 // len(unit)))
    html = render_report(made, judged, RUBRIC)
    assert_safe(html)
    assert len(html) < 1_000_000


def test_ten_thousand_of_everything_gives_a_page_of_moderate_size() -> None:
    made, judged = poisoned("x")
    many = 10_000
    made = made.model_copy(
        update={
            "cells": made.cells * many,
            "fits": made.fits * 500,
            "run": made.run.model_copy(update={"errors": made.run.errors * many, "notes": ("x",) * many}),
            "graded": GRADED.model_copy(update={"nodes": NODES * many}),
        }
    )
    verdict = judged.verdicts[0]
    busy = verdict.model_copy(update={"findings": verdict.findings * many, "places": verdict.places * many})
    html = render_report(made, judged.model_copy(update={"verdicts": (busy,)}), RUBRIC)
    assert_safe(html)
    assert len(html) < 1_000_000


def test_a_hundred_thousand_epochs_give_a_small_drawing() -> None:
    values = tuple(1 / (1 + epoch) for epoch in range(100_000))
    made, judged = poisoned("x", values)
    assert len(render_report(made, judged, RUBRIC)) < 500_000
