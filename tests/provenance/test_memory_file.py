"""What was worked out of evidence is used again for this very evidence, program and key, and for no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from grader.batch.marking import Assignment, MarkedSubmission, mark
from grader.evidence.model import Answer, Place
from grader.evidence.store import evidence_folder
from grader.gradebook.standing import standings
from grader.provenance import memory_file
from grader.provenance.keys import SigningKey
from grader.provenance.memory_file import read_memory, write_memory
from grader.report import excerpts, feedback
from grader.rubric.load import load_rubric
from grader.worked_out import Memory, remembering, worked_out
from tests.provenance.reports import RUBRIC_FILE, handed_in, store

WORDS = TypeAdapter(tuple[str, ...])


def written(out: Path, key: SigningKey) -> Path:
    """A memory of one thing, on disk."""
    (evidence_folder(out, "ada")).mkdir(parents=True)
    memory = Memory()
    with remembering(memory):
        worked_out("words", ["a b"], WORDS, lambda: ("a", "b"))
    write_memory(out, "ada", "1" * 64, key, memory)
    return evidence_folder(out, "ada") / "memory.txt"


def knows(memory: Memory) -> bool:
    """Whether the thing above need not be worked out again."""
    with remembering(memory):
        found = worked_out("words", ["a b"], WORDS, lambda: ("worked", "out"))
    return found == ("a", "b")


def test_it_is_read_back_for_the_same_evidence_key_and_program(tmp_path: Path, key: SigningKey) -> None:
    written(tmp_path, key)
    assert knows(read_memory(tmp_path, "ada", "1" * 64, key))


@pytest.mark.parametrize("changed", ["evidence", "key", "program", "student"])
def test_nothing_is_known_of_anything_else(
    tmp_path: Path, key: SigningKey, changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, key)
    if changed == "program":
        monkeypatch.setattr(memory_file, "program_digest", lambda: "one line of a check changed")
    if changed == "student":
        evidence_folder(tmp_path, "ben").mkdir()
        (evidence_folder(tmp_path, "ben") / "memory.txt").write_bytes(file.read_bytes())
    found = read_memory(
        tmp_path, "ben" if changed == "student" else "ada", ("2" if changed == "evidence" else "1") * 64,
        SigningKey.new() if changed == "key" else key,
    )  # fmt: skip
    assert not knows(found)


@pytest.mark.attack("P3")
@given(position=st.integers(0, 400), bit=st.integers(0, 7))
def test_p3_a_memory_that_somebody_touched_is_not_believed(
    tmp_path_factory: pytest.TempPathFactory, position: int, bit: int
) -> None:
    """A forged draft or an excerpt of code that the student never wrote would be shown as ours."""
    out, key = tmp_path_factory.mktemp("out"), SigningKey.new()
    file = written(out, key)
    data = bytearray(file.read_bytes())
    data[position % len(data)] ^= 1 << bit
    file.write_bytes(data)
    assert not knows(read_memory(out, "ada", "1" * 64, key))


@given(st.binary(max_size=300))
def test_any_bytes_are_no_memory(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    out, key = tmp_path_factory.mktemp("out"), SigningKey.new()
    written(out, key).write_bytes(data)
    assert not knows(read_memory(out, "ada", "1" * 64, key))


@given(st.lists(st.text(), max_size=4))
def test_what_comes_back_is_what_was_worked_out(words: list[str]) -> None:
    """Whatever the student wrote: line ends, quotes, halves of characters."""
    memory = Memory()
    for _ in range(2):
        with remembering(memory):
            assert worked_out("words", words, WORDS, lambda: tuple(words)) == tuple(words)


def test_inputs_are_told_apart_by_where_they_end() -> None:
    with remembering(Memory()):
        assert worked_out("words", ["a", "b"], WORDS, lambda: ("first",)) == ("first",)
        assert worked_out("words", ["ab"], WORDS, lambda: ("second",)) == ("second",)


ADA = handed_in(
    "ada", "Ada Lovelace", answers=(
        Answer(question="freezing", found=True, place=Place(cell=9),
               text="Because large gradients would destroy the pretrained weights; <b>it learns too fast</b>."),
    ),
)  # fmt: skip


def marked(out: Path, key: SigningKey, rubric: Path) -> tuple[MarkedSubmission, str]:
    """The marks, and the page without its signature."""
    one = mark(Assignment(out, load_rubric(rubric), standings([]), None, key.pem), key, "ada")
    page = (out / "reports/ada.html").read_text(encoding="utf-8")
    return one, re.sub(r'<section id="signature".*?</section>|<pre id="statement">.*?</pre>', "", page, flags=re.DOTALL)


def test_after_a_change_of_points_only_the_points_are_worked_out_anew(
    tmp_path: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And everything that people get is what a first marking by the new rubric gives."""
    changed = RUBRIC_FILE.read_text(encoding="utf-8").replace("points = 3", "points = 4")
    rubric = tmp_path / "changed.toml"
    rubric.write_text(changed.replace('"../', f'"{RUBRIC_FILE.parents[1]}/'), encoding="utf-8")
    classes = [tmp_path / "again", tmp_path / "first"]
    for out in classes:
        (out / "reports").mkdir(parents=True)
        store(out, key, [ADA])
    first = marked(classes[0], key, RUBRIC_FILE)
    fresh = marked(classes[1], key, rubric)
    monkeypatch.setattr(feedback, "draft_mark", lambda *_, **__: pytest.fail("drafted again"))
    monkeypatch.setattr(excerpts, "_styled_lines", lambda *_: pytest.fail("coloured again"))
    monkeypatch.setattr("grader.exports.results_json.read_facts", lambda _: pytest.fail("facts read again"))
    again = marked(classes[0], key, rubric)
    assert again == fresh
    assert again != first
