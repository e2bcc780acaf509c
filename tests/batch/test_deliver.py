"""From stored evidence to pages and tables: for a class of any size, and nothing that is there already."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from grader.batch import marking_server
from grader.batch.deliver import deliver
from grader.batch.spool import Spool
from grader.errors import EvidenceError
from grader.evidence.model import Place
from grader.evidence.store import evidence_folder
from grader.exports.results_json import ResultsDocument
from grader.provenance import signed_report
from grader.provenance.key_store import signing_key
from grader.provenance.keys import SigningKey
from grader.rubric.load import load_rubric
from tests.evidence_examples import fit
from tests.provenance.reports import RECORD, RUBRIC_FILE, graded, handed_in, mark, store

FILES = ("ada.html", "ada.proof.json")


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SigningKey:
    monkeypatch.setenv("GRADER_HOME", str(tmp_path / "home"))
    return signing_key()


def reports(out: Path) -> list[bytes]:
    return [(out / "reports" / name).read_bytes() for name in FILES]


def test_a_report_that_would_say_the_same_stays_as_it_is(tmp_path: Path, key: SigningKey) -> None:
    """The student's copy of last week is still the current one."""
    out = graded(tmp_path / "out", key)
    before = reports(out)
    again = mark(out, key)
    assert reports(out) == before
    assert again.results[0].name == "Ada Lovelace"


def test_a_report_that_somebody_touched_is_made_again(tmp_path: Path, key: SigningKey) -> None:
    out = graded(tmp_path / "out", key)
    page = out / "reports/ada.html"
    page.write_bytes(page.read_bytes().replace(b"3 of 3", b"2 of 3"))
    mark(out, key)
    assert b"2 of 3 points" not in page.read_bytes()
    (out / "reports/ada.proof.json").unlink()
    mark(out, key)
    assert (out / "reports/ada.proof.json").exists()


@pytest.mark.attack("P3")
def test_p3_a_forged_note_about_a_report_is_not_believed(tmp_path: Path, key: SigningKey) -> None:
    """An edited page, and a note beside it that names its new digest."""
    out = graded(tmp_path / "out", key)
    forged = graded(tmp_path / "forged", SigningKey.new())
    note = evidence_folder(out, "ada") / "report.json"
    note.write_bytes((evidence_folder(forged, "ada") / "report.json").read_bytes())
    for name in FILES:
        (out / "reports" / name).write_bytes((forged / "reports" / name).read_bytes())
    mark(out, key)
    assert signed_report.current_statement(out, "ada", key.public) is not None


def test_new_evidence_another_program_or_steps_make_another_report(
    tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = graded(tmp_path / "out", key)
    seen = [reports(out)]
    store(out, key, [handed_in("ada", "Ada Lovelace", fits=(fit(frozen="no"),))])
    mark(out, key)
    seen.append(reports(out))
    monkeypatch.setattr(signed_report, "program_digest", lambda: "one line of a template changed")
    mark(out, key)
    seen.append(reports(out))
    assert len({report[0] for report in seen}) == 3


def test_the_tables_of_a_large_class_are_the_same_on_several_cores(
    tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"s{number}" for number in range(6)]
    students = [handed_in(name, name.upper(), fits=(fit(frozen="no" if name < "s3" else "yes"),)) for name in names]
    alone, together = tmp_path / "alone", tmp_path / "together"
    for out in (alone, together):
        store(out, key, students)
    mark(alone, key, names)
    monkeypatch.setattr(marking_server, "MANY", 4)
    monkeypatch.setattr(marking_server, "usable_cores", lambda: 2)
    found = mark(together, key, names)
    for table in ("grades.csv", "results.json", "index.html"):
        assert (together / table).read_bytes() == (alone / table).read_bytes()
    assert [result.submission for result in found.results] == names
    assert {path.name for path in (together / "reports").iterdir()} == {
        path.name for path in (alone / "reports").iterdir()
    }


def test_damage_found_on_another_core_is_told_as_ever(
    tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = store(tmp_path, key, [handed_in(f"s{number}", "x") for number in range(6)])
    (evidence_folder(tmp_path, "s4") / "evidence.json").write_text("{")
    monkeypatch.setattr(marking_server, "MANY", 4)
    monkeypatch.setattr(marking_server, "usable_cores", lambda: 2)
    with pytest.raises(EvidenceError, match=r"s4/evidence\.json.*Expected evidence"):
        mark(tmp_path, key, names)
    assert not (tmp_path / "results.json").exists()
    assert [path.name for path in tmp_path.glob(".aside*")] == []


def test_results_written_one_by_one_are_the_document(tmp_path: Path, key: SigningKey) -> None:
    """Byte for byte what writing it in one piece gives, for none, one and two."""
    rubric = load_rubric(str(RUBRIC_FILE))
    store(tmp_path, key)
    for ids in ((), ("ada",), ("ada", "ben")):
        deliver(tmp_path, rubric, RECORD.model_copy(update={"submissions": ids}), key)
        text = (tmp_path / "results.json").read_text()
        document = ResultsDocument.model_validate_json(text)
        assert len(document.submissions) == len(ids)
        assert text == document.model_dump_json(indent=2) + "\n" == json.dumps(json.loads(text), indent=2,
                                                                              ensure_ascii=False) + "\n"  # fmt: skip


def test_a_spool_gives_back_what_was_put_in_also_while_it_grows() -> None:
    spool = Spool(Place)
    places = [Place(cell=number, first_line=10**number) for number in range(1, 6)]
    for place in places:
        spool.append(place)
        assert spool[-1] == place
        assert spool[0] == places[0]
    assert list(spool) == places
    assert spool[1:3] == places[1:3]
    with pytest.raises(IndexError):
        spool[5]


def test_an_error_arrives_from_another_process_as_it_was() -> None:
    error = EvidenceError(expected="evidence", received="{", where="x.json", todo="Run it again.")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), type(again), again.todo) == (str(error), EvidenceError, "Run it again.")
