"""The signed statement on the page: inert, read back exactly, and it fits a phone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.provenance.canonical import canonical
from grader.provenance.claims import Circumstances
from grader.provenance.examine import examine
from grader.provenance.keys import SigningKey
from grader.provenance.page import CLOSING, OPENING, put_in, take_out
from grader.provenance.proof import read_proof
from grader.provenance.signed_report import signed_report
from grader.provenance.statement import EvidenceClaim
from tests.report.examples import EXAMPLES
from tests.report.lab import RUBRIC
from tests.report.parsed import assert_accessible, assert_safe
from tests.report.test_browser import CHROMIUM, SIZE, ask
from tests.report.test_hostile_text import ATTACKS, poisoned

KEY = SigningKey.new()
AT = Circumstances(
    evidence=EvidenceClaim(sha256="7" * 64, created="2026-03-02T14:05:11+00:00", grader_version="0.1.0", sealed=True),
    steps_per_call=2, created="2026-03-02T14:06:00+00:00",
)  # fmt: skip


def signed(name: str) -> str:
    example = EXAMPLES[name]()
    page, _ = signed_report(example.evidence, example.result, RUBRIC, KEY, AT)
    return page


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_signed_page_is_as_safe_as_any_and_reads_back(name: str) -> None:
    html = signed(name)
    page = assert_safe(html)
    assert_accessible(page)
    shown = page.all("pre", id="statement")[0].text
    proof = read_proof(shown.encode())
    assert proof is not None
    assert proof.holds
    assert examine(html.encode(), KEY.public).status == "original"


@pytest.mark.parametrize("text", [*ATTACKS, (OPENING + CLOSING).decode(), '<pre id="statement">{}</pre>'])
def test_nothing_a_student_writes_passes_for_the_statement(text: str) -> None:
    evidence, result = poisoned(text)
    html, proof = signed_report(evidence, result, RUBRIC, KEY, AT)
    assert_accessible(assert_safe(html))
    assert html.count(OPENING.decode()) == 1
    found = examine(html.encode(), KEY.public)
    assert found.status == "original"
    assert found.proof == proof


def test_the_statement_names_what_was_used() -> None:
    example = EXAMPLES["exemplary"]()
    _, proof = signed_report(example.evidence, example.result, RUBRIC, KEY, AT)
    statement = proof.statement
    assert statement.submission.notebook_sha256 == example.evidence.submission.notebook_sha256
    assert statement.rubric.sha256 == RUBRIC.digest
    assert statement.pack is not None
    assert statement.reference is not None
    assert [mark.criterion for mark in statement.marks] == [criterion.id for criterion in RUBRIC.criteria]
    assert statement.training.steps is None, "steps say nothing about a full training"
    assert statement.replaces is None


def test_a_page_without_a_place_for_it_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="Expected one place"):
        put_in("<p>", b"{}")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(json_values)
def test_the_canonical_form_is_json_that_html_leaves_alone(value: object) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text
    assert text.isascii()
    assert not set(text) & set(b"<>&\n\r\x7f")
    taken = take_out(b"<p>" + OPENING + text + CLOSING + b"</p>")
    assert taken is not None
    assert taken.statement == text
    assert taken.rest == b"<p>" + OPENING + CLOSING + b"</p>"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_lacks_is_not_signed(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical([number])


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")
@pytest.mark.parametrize("width", [390, 1200])
def test_the_open_statement_wraps_and_a_browser_reads_it_exactly(tmp_path: Path, width: int) -> None:
    html = signed("exemplary")
    taken = take_out(html.encode())
    assert taken is not None
    opened = html.replace('<details class="statement">', '<details class="statement" open>')
    script = SIZE.replace(
        "return {",
        """
        const pre = page.getElementById("statement");
        return {text: pre.textContent, wide: pre.scrollWidth > pre.clientWidth, """,
    )
    found = ask(tmp_path, opened, script, width)
    assert found["text"].encode() == taken.statement
    assert not found["wide"]
    assert found["far"] == []
    assert found["page"] <= found["view"]
