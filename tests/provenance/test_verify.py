"""`grader verify` as typed, on reports that were changed, swapped, renamed or kept too long."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.batch.deliver import save_record
from grader.cli import cli
from grader.errors import UsageError
from grader.provenance.examine import examine
from grader.provenance.keys import SigningKey
from grader.provenance.page import CLOSING, OPENING, take_out
from grader.provenance.signed_report import current_statement
from grader.rubric.load import load_rubric
from tests.evidence_examples import fit, ran
from tests.provenance.reports import RECORD, ROOT, RUBRIC_FILE, graded, handed_in, mark, notebook, store


def verify(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["verify", *map(str, arguments)])


def test_the_exit_codes_reach_the_shell(results: Path, tmp_path: Path) -> None:
    report = results / "reports/ada.html"
    (tmp_path / "ben.ipynb").write_bytes(notebook("ben"))
    other = SigningKey.new().public.text
    cases: list[tuple[int, list[object]]] = [
        (0, [report]),
        (1, [edited(report, "</body>", "</body> ")]),
        (2, [tmp_path / "missing.html"]),
        (3, [report, "--key", other]),
        (4, [report, "--notebook", tmp_path / "ben.ipynb"]),
    ]
    for code, arguments in cases:
        done = subprocess.run(
            [sys.executable, "-m", "grader", "verify", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr


def edited(report: Path, old: str, new: str) -> Path:
    """A copy of the report with one thing changed."""
    page = report.read_text(encoding="utf-8")
    assert old in page
    copy = report.with_name("copy.html")
    copy.write_text(page.replace(old, new, 1), encoding="utf-8")
    return copy


def statement_of(report: Path) -> bytes:
    signed = take_out(report.read_bytes())
    assert signed is not None
    return signed.statement


def test_an_original_is_told_as_one(results: Path) -> None:
    done = verify(results / "reports/ada.html")
    assert done.exit_code == 0
    assert done.output.startswith("ORIGINAL: this is the report that was made: ada.html\n")
    assert "Ada Lovelace (ada)" in done.output
    assert "20 of 20 decided, 4 open, of 24 in all" in done.output


def test_the_public_key_is_all_that_another_machine_needs(
    results: Path, key: SigningKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "elsewhere"))
    report = results / "reports/ada.html"
    assert verify(report, "--key", key.public.text).exit_code == 0
    asked = verify(report)
    assert isinstance(asked.exception, UsageError)
    assert "grader key show" in str(asked.exception)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("<bdi>Ben Ito</bdi>", "<bdi>Ada Lovelace</bdi>", "the top of the page"),
        ("<strong>15</strong>", "<strong>20</strong>", "“Your result”"),
        ("0 of 3 points", "3 of 3 points", "the criterion base-frozen (signed: 0 of 3)"),
        ("</main>", "<p>Passed with distinction.</p></main>", "“Signature”"),
        ("</body>", "</body><!-- -->", "“Signature”"),
        ("<!doctype html>", "\ufeff<!doctype html>", "the page's head"),
    ],
)
def test_one_change_on_the_page_is_noticed_and_named(results: Path, old: str, new: str, where: str) -> None:
    done = verify(edited(results / "reports/ben.html", old, new))
    assert done.exit_code == 1
    assert done.output.startswith("EDITED")
    assert where in done.output
    assert "What was signed:" in done.output


def test_every_single_character_counts(results: Path, key: SigningKey) -> None:
    page = (results / "reports/ada.html").read_bytes()
    for place in range(0, len(page), 97):
        changed = page[:place] + bytes([page[place] ^ 1]) + page[place + 1 :]
        assert examine(changed, key.public).status in ("edited", "unsigned"), place
    assert examine(page, key.public).status == "original"


def test_changed_marks_in_the_statement_are_named_with_what_was_signed(results: Path) -> None:
    report = edited(
        results / "reports/ben.html",
        '"base-frozen","maximum":3.0,"points":0.0',
        '"base-frozen","maximum":3.0,"points":3.0',
    )
    done = verify(report, "--results", results)
    assert done.exit_code == 1
    assert "its signature does not fit" in done.output
    assert "marks.base-frozen.points: the page says 3.0, signed was 0.0." in done.output
    assert "nobody to vouch for it" in done.output


def test_white_space_in_the_statement_is_an_edit_too(results: Path) -> None:
    assert verify(edited(results / "reports/ben.html", '"statement":{', '"statement": {')).exit_code == 1


def test_two_swapped_statements(results: Path) -> None:
    ada, ben = results / "reports/ada.html", results / "reports/ben.html"
    copy = results / "reports/copy.html"
    copy.write_bytes(ben.read_bytes().replace(statement_of(ben), statement_of(ada)))
    done = verify(copy)
    assert done.exit_code == 1
    assert "Ada Lovelace (ada)" in done.output


def test_two_statements_on_one_page(results: Path) -> None:
    page = (results / "reports/ada.html").read_bytes()
    copy = results / "reports/copy.html"
    for place in (b"<main", b"</main>"):
        copy.write_bytes(page.replace(place, OPENING + statement_of(results / "reports/ben.html") + CLOSING + place, 1))
        done = verify(copy)
        assert done.exit_code == 1
        assert "more than one signed statement" in done.output


def test_a_page_without_a_statement(results: Path) -> None:
    page = (results / "reports/ada.html").read_text(encoding="utf-8")
    copy = results / "reports/copy.html"
    copy.write_text(re.sub(r'<section id="signature".*?</section>', "", page, flags=re.DOTALL), encoding="utf-8")
    done = verify(copy)
    assert done.exit_code == 1
    assert done.output.startswith("UNSIGNED")


def test_line_ends_changed_on_the_way_are_no_edit(results: Path) -> None:
    report = results / "reports/ada.html"
    report.write_bytes(report.read_bytes().replace(b"\n", b"\r\n"))
    assert verify(report).exit_code == 0


def test_a_report_signed_by_somebody_else(results: Path, tmp_path: Path) -> None:
    forged = graded(tmp_path / "forged", SigningKey.new(), [handed_in("ben", "Ben Ito")])
    done = verify(forged / "reports/ben.html", "--results", results)
    assert done.exit_code == 3
    assert done.output.startswith("UNKNOWN KEY")
    assert "nobody to vouch for it" in done.output


def test_a_report_signed_with_a_former_key_says_so(results: Path) -> None:
    CliRunner().invoke(cli, ["key", "new", "--replace"])
    done = verify(results / "reports/ada.html")
    assert done.exit_code == 3
    assert "a key of yours, replaced on" in done.output


def test_the_current_report_of_a_class(results: Path) -> None:
    for folder in (results, results / "results.json"):
        done = verify(results / "reports/ada.html", "--results", folder)
        assert done.exit_code == 0
        assert "It is the current report of these results." in done.output


def test_an_older_report_after_the_rubric_changed(results: Path, key: SigningKey) -> None:
    report = results / "reports/ben.html"
    old = report.with_name("old.html")
    old.write_bytes(report.read_bytes())
    rubric = load_rubric(str(RUBRIC_FILE))
    kinder = tuple(c.model_copy(update={"points": 1.0}) if c.id == "base-frozen" else c for c in rubric.criteria)
    mark(results, key, rubric=rubric.model_copy(update={"criteria": kinder, "digest": "e" * 64}))

    assert verify(old).exit_code == 0, "it is still what it was"
    done = verify(old, "--results", results)
    assert done.exit_code == 4
    assert done.output.startswith("REPLAYED")
    assert "an older report: number 1" in done.output
    assert "The current one is number 2" in done.output
    assert "base-frozen: the report says 0 of 3, the results say 0 of 1." in done.output
    new = verify(report, "--results", results)
    assert new.exit_code == 0
    assert f"lab06 {'e' * 64}" in new.output


def test_an_older_report_of_a_notebook_that_was_run_again(results: Path, key: SigningKey) -> None:
    old = results / "reports/old.html"
    old.write_bytes((results / "reports/ada.html").read_bytes())
    mark(results, key, store(results, key, [handed_in("ada", "Ada Lovelace", fits=(fit(frozen="no"),))]))
    done = verify(old, "--results", results)
    assert done.exit_code == 4
    assert "base-frozen: the report says 3 of 3, the results say 0 of 3." in done.output


def test_a_report_of_other_results(results: Path, key: SigningKey, tmp_path: Path) -> None:
    other = graded(tmp_path / "other", key, [handed_in("cleo", "Cleo Park")])
    done = verify(other / "reports/cleo.html", "--results", results)
    assert done.exit_code == 4
    assert "The results know no submission cleo." in done.output


def test_results_that_somebody_wrote_into(results: Path) -> None:
    """results.json is not signed; a report that says otherwise shows it."""
    table = results / "results.json"
    table.write_text(table.read_text().replace('"points": 0.0', '"points": 3.0', 1))
    done = verify(results / "reports/ben.html", "--results", results)
    assert done.exit_code == 4
    assert "the report says 0 of 3, the results say 3 of 3" in done.output


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 5000, b"\xff"])
def test_results_that_are_none(results: Path, content: bytes) -> None:
    (results / "results.json").write_bytes(content)
    done = verify(results / "reports/ben.html", "--results", results)
    assert isinstance(done.exception, UsageError)


def test_the_report_of_somebody_else(results: Path, tmp_path: Path) -> None:
    """Ben shows Ada's report as his own: it is real, but not of his notebook and not of his name."""
    his = tmp_path / "lab06.ipynb"
    his.write_bytes(notebook("ben"))
    report = results / "reports/ada.html"
    done = verify(report, "--notebook", his)
    assert done.exit_code == 4
    assert "about another notebook" in done.output
    assert verify(report, "--submission", "ben").exit_code == 4
    assert verify(report, "--submission", "Ada Lovelace").exit_code == 0
    his.write_bytes(notebook("ada"))
    assert verify(report, "--notebook", his).exit_code == 0


HOSTILE = (
    "<script>alert(1)</script>",
    "</pre><img src=x>",
    '"}}',
    "\x1b[2J\x1b]0;owned\x07",
    "a\u202eb",
    "\ud800",
    "n\nx",
    "&lt;",
    "x" * 5000,
    "Ada\n  points      24 of 24",
    "\u2028",
    "{{ 7*7 }}",
    "-->",
    "\x7f",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_sign_and_print_as_text(tmp_path: Path, key: SigningKey, name: str) -> None:
    out = graded(tmp_path / "out", key, [handed_in("mallory", name)])
    report = out / "reports/mallory.html"
    signed = statement_of(report)
    assert not set(signed) & set(b"<>&\x7f")
    assert signed.isascii()
    done = verify(report, "--results", out)
    assert done.exit_code == 0, done.output
    assert all(character.isprintable() or character == "\n" for character in done.output)
    assert len([line for line in done.output.splitlines() if line.startswith("  points ")]) == 1


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=200).map(lambda inside: b"<p>" + OPENING + inside + CLOSING),
        st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=10).map(
            lambda value: OPENING + repr(value).encode("utf-8", "replace") + CLOSING
        ),
        st.sampled_from([b"[", b'{"statement":', b"9"]).map(lambda unit: OPENING + unit * 100_000 + CLOSING),
    )
)
def test_any_bytes_get_a_verdict(page: bytes) -> None:
    assert examine(page, _ANY).status in ("edited", "unsigned")


_ANY = SigningKey.new().public


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_signed_page_with_anything_put_anywhere_is_never_an_original(
    results: Path, key: SigningKey, data: st.DataObject
) -> None:
    page = (results / "reports/ada.html").read_bytes()
    place = data.draw(st.integers(0, len(page)))
    until = data.draw(st.integers(place, min(len(page), place + 50)))
    put = data.draw(st.binary(max_size=50).filter(lambda put: put != page[place:until]))
    changed = page[:place] + put + page[until:]
    same_text = changed.replace(b"\r\n", b"\n") == page
    assert (examine(changed, key.public).status == "original") == same_text


@pytest.mark.parametrize("wrong", ["missing.html", ".", "\0"])
def test_a_report_that_cannot_be_read_is_an_error(results: Path, wrong: str) -> None:
    assert isinstance(verify(results / wrong).exception, (UsageError, ValueError, SystemExit))


def test_a_report_marked_from_evidence_that_was_changed_says_so(results: Path, key: SigningKey) -> None:
    file = results / "evidence/ben/evidence.json"
    file.write_text(
        file.read_text().replace('"frozen": "no"', '"frozen": "yes"').replace('"moved": true', '"moved": false')
    )
    assert mark(results, key).unsealed == ("ben",)
    page = (results / "reports/ben.html").read_text()
    assert "bears no valid seal" in page
    done = verify(results / "reports/ben.html")
    assert "bore no valid seal of this key" in done.output
    assert "seal" not in verify(results / "reports/ada.html").output


def test_evidence_of_another_student_put_in_place(results: Path, key: SigningKey) -> None:
    for name in ("evidence.json", "seal.json"):
        content = (results / "evidence/ada" / name).read_text().replace('"id": "ada"', '"id": "ben"')
        (results / "evidence/ben" / name).write_text(content)
    mark(results, key)
    assert "bore no valid seal" in verify(results / "reports/ben.html").output


def test_judging_with_another_key_says_that_the_evidence_is_not_sealed_with_it(results: Path, tmp_path: Path) -> None:
    """A colleague marks again: the reports are theirs, and say on what they rest."""
    save_record(results, RECORD)
    CliRunner().invoke(cli, ["key", "new", "--out", str(tmp_path / "colleague.pem")])
    done = CliRunner().invoke(cli, ["judge", str(results), "--key", str(tmp_path / "colleague.pem")])
    assert "2 marked from evidence without a valid seal of this key (ada, ben)" in done.output


def test_judge_signs_anew_and_names_the_rubric(results: Path, key: SigningKey) -> None:
    save_record(results, RECORD)
    before = current_statement(results, "ada", key.public)
    rubric = results / "other.toml"
    text = RUBRIC_FILE.read_text(encoding="utf-8").replace("../reference_solution", str(ROOT / "reference_solution"))
    rubric.write_text(f"{text}\n# Points are as they were.\n", encoding="utf-8")
    done = CliRunner().invoke(cli, ["judge", str(results), "--rubric", str(rubric)])
    assert done.exit_code == 0, done.output
    after = current_statement(results, "ada", key.public)
    assert before is not None
    assert after is not None
    assert (after.sequence, after.replaces) == (2, before.digest)
    assert after.rubric.sha256 == load_rubric(str(rubric)).digest
    assert verify(results / "reports/ada.html", "--results", results).exit_code == 0
    assert not done.output.count("seal")


def test_a_run_without_a_sandbox_is_mentioned(tmp_path: Path, key: SigningKey) -> None:
    out = graded(tmp_path / "out", key, [handed_in("ada", "Ada", run=ran(sandbox="none"))])
    assert "without a sandbox" in verify(out / "reports/ada.html").output
