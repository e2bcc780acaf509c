"""Tutorials' prose is recognised; students' own is not. The tutorials' text itself stays out of the repository."""

from __future__ import annotations

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.answers import fingerprint
from grader.answers.find import find_answers
from grader.answers.fingerprint import copied_share, is_tutorial_line, make_fingerprint
from grader.evidence.model import Cell
from grader.rubric.model import Question

MADE_UP = (
    "## Bread for beginners\n\n"
    "Bread rises because yeast turns sugar into gas, and the gas is caught in the gluten of the dough. "
    "Let the dough rest overnight in a cool place, then bake it hot on a stone for forty minutes."
)
OWN = "I think the holes come from little gas bubbles, which the yeast makes while I sleep."


@pytest.fixture
def bread_tutorial(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know a tutorial of our own making instead of the published ones."""
    made = make_fingerprint([MADE_UP])
    unpack = fingerprint.unpack
    monkeypatch.setattr(fingerprint, "_known", lambda name: unpack(made[name]))


@pytest.mark.usefixtures("bread_tutorial")
def test_a_copy_is_recognised_and_ones_own_words_are_not() -> None:
    assert copied_share(MADE_UP) == 1.0
    assert copied_share("**Bread** rises because _yeast_ turns   sugar into gas,\nand the gas") == 1.0
    assert copied_share(OWN) == 0.0


@pytest.mark.usefixtures("bread_tutorial")
def test_a_copy_with_a_word_changed_is_still_mostly_a_copy() -> None:
    assert copied_share(MADE_UP.replace("overnight", "for hours")) > 0.85


@pytest.mark.usefixtures("bread_tutorial")
def test_short_lines_count_as_a_whole() -> None:
    assert is_tutorial_line("### Bread for beginners")
    assert not is_tutorial_line("Bread for experts")
    assert copied_share("Bread for beginners") == 1.0
    assert copied_share("gluten of the dough") == 0.0


@pytest.mark.usefixtures("bread_tutorial")
def test_copied_prose_under_a_question_is_no_answer_but_shown() -> None:
    questions = (Question(id="bread", text="Why does bread rise?"),)
    copied, mixed = (
        find_answers((Cell(position=1, kind="markdown", source=f"### Why does bread rise?\n{text}"),), questions)[0]
        for text in (MADE_UP.split("\n\n")[1], MADE_UP.split("\n\n")[1] + " " + OWN)
    )
    assert (copied.found, copied.flags) == (False, ("tutorial_text",))
    assert copied.text.startswith("Bread rises")
    assert (mixed.found, mixed.flags) == (True, ("tutorial_text",))


@pytest.mark.usefixtures("bread_tutorial")
def test_a_tutorials_heading_asks_nothing() -> None:
    questions = (Question(id="bread", text="Bread for beginners"),)
    cell = Cell(position=1, kind="markdown", source=f"## Bread for beginners\n{OWN}")
    assert not find_answers((cell,), questions)[0].found


def test_the_stored_fingerprint_holds_digests_and_no_prose() -> None:
    stored = json.loads(resources.files("grader.answers").joinpath("tutorials.json").read_text("utf-8"))
    assert set(stored) == {"about", "lines", "shingles"}
    assert len(fingerprint.unpack(stored["shingles"])) > 5_000
    assert " " not in stored["shingles"]


def test_headings_of_the_published_tutorial_are_known() -> None:
    assert is_tutorial_line("### Freeze the convolutional base")
    assert is_tutorial_line("## Fine tuning")
    assert not is_tutorial_line("### Why I froze my base")


@given(st.text(st.characters(), max_size=500))
def test_a_share_is_always_between_none_and_all(text: str) -> None:
    assert 0.0 <= copied_share(text) <= 1.0
